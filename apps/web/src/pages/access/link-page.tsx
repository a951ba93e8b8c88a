import { Button, PasswordInput, Stack, VisuallyHidden } from "@mantine/core";
import { EmptyState, ErrorState, FieldErrorSummary, LinesSkeleton } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { AccessCard } from "./access-card.tsx";
import { CodeForm, type Step } from "./code-form.tsx";
import { JoinForm } from "./join-form.tsx";
import { useLinkToken } from "./link-token.ts";
import { PASSWORD_HELP, passwordError } from "./password.ts";
import { useEnter } from "./use-enter.ts";

/** A one-time link: whoever holds it sets a password and is signed in. */
export function LinkPage() {
  usePageTitle("Set your password");
  const token = useLinkToken();
  if (token === undefined) {
    return (
      <AccessCard title="Set your password">
        <EmptyState title="This address lacks its token">
          Open the link exactly as it was sent to you. If it was cut off in a message, ask for it again.
        </EmptyState>
      </AccessCard>
    );
  }
  return <LinkOf token={token} />;
}

const { useLink: callUseLink } = api;

/** Sets the password; the operation is called useLink, but it is no hook. */
async function redeemLink(token: string, password: string) {
  return callUseLink({ body: { token, password } });
}

function LinkOf({ token }: { token: string }) {
  const [step, setStep] = useState<Step>();
  const link = useQuery({
    queryKey: ["link", token],
    queryFn: ({ signal }) => api.readLink({ body: { token }, signal }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (link.isPending) {
    return (
      <AccessCard title="Set your password">
        <LinesSkeleton />
      </AccessCard>
    );
  }
  if (link.isError) {
    return (
      <AccessCard title="Set your password" lead="An administrator of your organisation can make you a new link.">
        <ErrorState problem={problemView(link.error)} onRetry={() => void link.refetch()} />
      </AccessCard>
    );
  }
  const { name, email, organisation, joins } = link.data;
  if (joins) return <JoinForm token={token} email={email} organisation={organisation} />;
  if (step !== undefined) {
    return (
      <AccessCard title="Your second factor" lead="The password is set.">
        <CodeForm step={step} />
      </AccessCard>
    );
  }
  return (
    <AccessCard title={`Welcome, ${name}`} lead={`Set a password for ${email} to work in ${organisation}.`}>
      <PasswordForm token={token} email={email} onCodeNeeded={setStep} />
    </AccessCard>
  );
}

interface PasswordFormProps {
  token: string;
  email: string;
  onCodeNeeded: (step: Step) => void;
}

function PasswordForm({ token, email, onCodeNeeded }: PasswordFormProps) {
  const enter = useEnter();
  const form = useApiForm({
    initial: { password: "" },
    labels: { password: "New password" },
    check: ({ password }) => {
      const error = passwordError(password);
      return error === undefined ? {} : { password: error };
    },
    send: ({ password }) => redeemLink(token, password),
    onDone: (answer) => ("secondFactorNeeded" in answer ? onCodeNeeded(answer.secondFactorNeeded) : enter(answer)),
  });
  return (
    <form onSubmit={form.submit} noValidate>
      <FieldErrorSummary title="The password is not set yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        {/* Password managers store the password under this name. */}
        <VisuallyHidden>
          <input type="text" autoComplete="username" value={email} readOnly tabIndex={-1} aria-label="E-mail" />
        </VisuallyHidden>
        <PasswordInput
          {...form.field("password")}
          description={PASSWORD_HELP}
          autoComplete="new-password"
          size="md"
          value={form.values.password}
          onChange={(event) => form.set("password", event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show or hide the password" }}
        />
        <Button type="submit" size="md" loading={form.busy}>
          Set password and sign in
        </Button>
      </Stack>
    </form>
  );
}
