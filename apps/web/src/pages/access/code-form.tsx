import { Button, Stack, TextInput } from "@mantine/core";
import { FieldErrorSummary } from "@steward/ui";
import { useEffect, useRef } from "react";

import { api } from "../../api.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { useEnter } from "./use-enter.ts";

/** The second step of a sign-in: a code of the authenticator app, or a recovery code. */
export function CodeForm({ token, next }: { token: string; next?: string | undefined }) {
  const enter = useEnter();
  const input = useRef<HTMLInputElement>(null);
  // The page changed under the person's hands: they go on where the next answer is typed.
  useEffect(() => input.current?.focus(), []);
  const form = useApiForm({
    initial: { code: "" },
    labels: { code: "Code" },
    check: ({ code }) => (code.trim() === "" ? { code: "Give the code that your app shows." } : {}),
    send: ({ code }) => api.completeSignIn({ body: { token, code: code.trim() } }),
    onDone: (session) => enter(session, next),
  });
  return (
    <form onSubmit={form.submit} noValidate>
      <FieldErrorSummary title="You are not signed in yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <TextInput
          {...form.field("code")}
          description="Six digits from your authenticator app. Without it, one of your recovery codes does once."
          autoComplete="one-time-code"
          ref={input}
          size="md"
          value={form.values.code}
          onChange={(event) => form.set("code", event.currentTarget.value)}
        />
        <Button type="submit" size="md" loading={form.busy}>
          Sign in
        </Button>
        <small>Lost both? An administrator of your organisation can take the second factor off your account.</small>
      </Stack>
    </form>
  );
}
