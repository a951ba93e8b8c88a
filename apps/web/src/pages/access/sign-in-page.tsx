import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { EmptyState, FieldErrorSummary } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { signInOptionsQuery } from "../../data/session.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { AccessCard } from "./access-card.tsx";
import { signInRoute } from "./access.routes.ts";
import { CodeForm, type Step } from "./code-form.tsx";
import { PasskeyButton } from "./passkey-button.tsx";
import { SignInProviders } from "./provider-buttons.tsx";
import { useEnter } from "./use-enter.ts";

export function SignInPage() {
  usePageTitle("Sign in");
  const setup = useQuery({ queryKey: ["setup"], queryFn: ({ signal }) => api.getSetup({ signal }) });
  if (setup.data?.needed) return <NotSetUp />;
  return <SignIn />;
}

function SignIn() {
  const { next, provider } = signInRoute.useSearch();
  const [step, setStep] = useState<Step>();
  if (step !== undefined) {
    return (
      <AccessCard title="Your second factor">
        <CodeForm step={step} next={next} />
      </AccessCard>
    );
  }
  return (
    <AccessCard title="Sign in">
      <SignInProviders next={next} named={provider} />
      <PasswordForm next={next} onCodeNeeded={setStep} />
    </AccessCard>
  );
}

function PasswordForm({ next, onCodeNeeded }: { next: string | undefined; onCodeNeeded: (step: Step) => void }) {
  const enter = useEnter();
  const options = useQuery(signInOptionsQuery);
  const form = useApiForm({
    initial: { email: "", password: "" },
    labels: { email: "E-mail", password: "Password" },
    check: ({ email, password }) => ({
      ...(email.trim() === "" ? { email: "Give your e-mail address." } : {}),
      ...(password === "" ? { password: "Give your password." } : {}),
    }),
    send: ({ email, password }) => api.signIn({ body: { email: email.trim(), password } }),
    onDone: (answer) =>
      "secondFactorNeeded" in answer ? onCodeNeeded(answer.secondFactorNeeded) : enter(answer, next),
  });
  return (
    <form onSubmit={form.submit} noValidate>
      <FieldErrorSummary title="You are not signed in yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <TextInput
          {...form.field("email")}
          type="email"
          autoComplete="username"
          inputMode="email"
          size="md"
          value={form.values.email}
          onChange={(event) => form.set("email", event.currentTarget.value)}
        />
        <PasswordInput
          {...form.field("password")}
          autoComplete="current-password"
          size="md"
          value={form.values.password}
          onChange={(event) => form.set("password", event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show or hide the password" }}
        />
        <Button type="submit" size="md" loading={form.busy}>
          Sign in
        </Button>
        <PasskeyButton next={next} />
        {options.data?.recoveryByMail ? (
          <small>
            <AppLink href={paths.recovery()}>Lost your password?</AppLink>
          </small>
        ) : (
          <small>Lost your password? An administrator of your organisation can make you a new one-time link.</small>
        )}
      </Stack>
    </form>
  );
}

/** Nobody can sign in to an installation without an organisation. */
function NotSetUp() {
  return (
    <AccessCard
      title="Steward is not set up yet"
      lead="This installation still waits for its first organisation and its first person."
    >
      <EmptyState
        title="Open the one-time link"
        example={{ label: "The server printed it when it started:", text: "steward: set up at http://…/setup#token=…" }}
      >
        Whoever started the server finds the link in its output. It works once.
      </EmptyState>
    </AccessCard>
  );
}
