import { Button, Divider, Stack, TextInput } from "@mantine/core";
import { FieldErrorSummary } from "@steward/ui";
import { useEffect, useRef } from "react";

import { api } from "../../api.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { PasskeyButton } from "./passkey-button.tsx";
import { useEnter } from "./use-enter.ts";

export interface Step {
  token: string;
  methods: ("app" | "passkey")[];
}

/** The second step of a sign-in: a passkey, a code of the authenticator app, or a recovery code. */
export function CodeForm({ step, next }: { step: Step; next?: string | undefined }) {
  const { token, methods } = step;
  const hasApp = methods.includes("app");
  const enter = useEnter();
  const input = useRef<HTMLInputElement>(null);
  // The page changed under the person's hands: they go on where the next answer is typed.
  useEffect(() => input.current?.focus(), []);
  const form = useApiForm({
    initial: { code: "" },
    labels: { code: "Code" },
    check: ({ code }) =>
      code.trim() === "" ? { code: hasApp ? "Give the code that your app shows." : "Give a recovery code." } : {},
    send: ({ code }) => api.completeSignIn({ body: { token, code: code.trim() } }),
    onDone: (session) => enter(session, next),
  });
  return (
    <form onSubmit={form.submit} noValidate>
      {methods.includes("passkey") ? <PasskeyButton next={next} /> : null}
      {methods.includes("passkey") ? (
        <Divider my={16} label={hasApp ? "or with a code" : "or with a recovery code"} />
      ) : null}
      <FieldErrorSummary title="You are not signed in yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <TextInput
          {...form.field("code")}
          description={
            hasApp
              ? "Six digits from your authenticator app. Without it, one of your recovery codes does once."
              : "Each of your recovery codes does once in place of the passkey."
          }
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
