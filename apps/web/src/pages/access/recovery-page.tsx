import { Button, Stack, Text, TextInput } from "@mantine/core";
import { FieldErrorSummary } from "@steward/ui";
import { useState } from "react";

import { api } from "../../api.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { AccessCard } from "./access-card.tsx";

/** Asks for a link to set a new password. */
export function RecoveryPage() {
  usePageTitle("Lost password");
  const [asked, setAsked] = useState<string>();
  if (asked === undefined) {
    return (
      <AccessCard title="Lost your password?" lead="Steward mails you a link by which you set a new one.">
        <RecoveryForm onDone={setAsked} />
      </AccessCard>
    );
  }
  return (
    <AccessCard title="Look into your mailbox">
      <Stack gap={16}>
        <Text>
          If {asked} can sign in here, a mail with a link is on its way. The link works once, for an hour. Nothing came?
          Look among unwanted mail, or ask an administrator of your organisation.
        </Text>
        <AppLink href={paths.signIn()}>Back to sign-in</AppLink>
      </Stack>
    </AccessCard>
  );
}

function RecoveryForm({ onDone }: { onDone: (email: string) => void }) {
  const form = useApiForm({
    initial: { email: "" },
    labels: { email: "E-mail" },
    check: ({ email }) => (email.trim() === "" ? { email: "Give your e-mail address." } : {}),
    send: async ({ email }) => {
      await api.requestRecovery({ body: { email: email.trim() } });
      return email.trim();
    },
    onDone,
  });
  return (
    <form onSubmit={form.submit} noValidate>
      <FieldErrorSummary title="No mail was asked for yet" errors={form.summary} attempt={form.attempt} />
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
        <Button type="submit" size="md" loading={form.busy}>
          Mail me a link
        </Button>
        <AppLink href={paths.signIn()}>Back to sign-in</AppLink>
      </Stack>
    </form>
  );
}
