import { Alert, Stack, Text } from "@mantine/core";
import { ErrorState, LinesSkeleton, Link, PageHeader, Section } from "@steward/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { useMay, useSession } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { ProviderButtons } from "../access/provider-buttons.tsx";
import { PasswordSection } from "./account-password.tsx";
import { Sessions } from "./account-sessions.tsx";
import { Passkeys } from "./passkeys.tsx";
import { SecondFactor } from "./second-factor.tsx";

export const secondFactorQuery = queryOptions({
  queryKey: ["account", "second-factor"],
  queryFn: ({ signal }) => api.getSecondFactor({ signal }),
});

/** What people keep of their own account: second factor, password, and where they are signed in. */
export function AccountPage() {
  usePageTitle("Sign-in and sessions");
  const { account, secondFactor, singleSignOnNeeded } = useSession();
  const factor = useQuery(secondFactorQuery);
  return (
    <>
      <PageHeader
        title="Sign-in and sessions"
        sentence={`How ${account.email} signs in, and where it is signed in now.`}
      />
      {secondFactor === "required" ? (
        <Alert color="yellow" title="Your role here demands a second factor" mb={16}>
          Set up an authenticator app or a passkey below. Until then nothing else can be opened in this organisation.
        </Alert>
      ) : null}
      {secondFactor !== "required" && singleSignOnNeeded !== null ? (
        <SingleSignOnNeeded providers={singleSignOnNeeded} />
      ) : null}
      <Section title="Authenticator app" note="A code of the app, beside your password.">
        {factor.isPending ? <LinesSkeleton lines={2} /> : null}
        {factor.isError ? (
          <ErrorState problem={problemView(factor.error)} onRetry={() => void factor.refetch()} />
        ) : null}
        {factor.data ? <SecondFactor factor={factor.data} /> : null}
      </Section>
      <Section
        title="Passkeys"
        note="A passkey signs you in by itself and counts as the second factor: no password that can be stolen."
      >
        {factor.data ? <Passkeys hasApp={factor.data.enabled} /> : null}
      </Section>
      <Section title="Password" note="A new one ends every other session of yours.">
        <PasswordSection />
      </Section>
      <Section
        title="Sessions"
        note="Where you are signed in. End what you do not recognise, then change your password."
      >
        <Sessions />
      </Section>
    </>
  );
}

function SingleSignOnNeeded({ providers }: { providers: readonly { id: string; name: string }[] }) {
  const mayBreakGlass = useMay("access.break_glass").allowed;
  return (
    <Alert color="yellow" title="Your role here demands single sign-on" mb={16}>
      <Stack gap={12} align="flex-start">
        <Text size="sm">
          You came with a password or a passkey of your own. Until an identity provider vouches for you, nothing else
          can be opened in this organisation.
        </Text>
        <ProviderButtons providers={providers} next={undefined} />
        {providers.length === 0 ? (
          <Text size="sm">No identity provider is in use; an administrator must connect one.</Text>
        ) : null}
        {mayBreakGlass ? (
          <Text size="sm">
            The provider is away? <Link href={paths.settings("emergency")}>Take on roles in an emergency</Link>, with a
            reason; administrators and top management are told.
          </Text>
        ) : null}
      </Stack>
    </Alert>
  );
}
