import { Alert, Button, Group, PasswordInput, Stack } from "@mantine/core";
import { FieldErrorSummary, Panel } from "@steward/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { PASSWORD_HELP, passwordError } from "../access/password.ts";

/** Changes the password of the signed-in person. */
export function PasswordSection() {
  const [round, setRound] = useState(0);
  return (
    <Panel>
      {round > 0 ? (
        <Alert title="The password is changed" mb={16}>
          Every other session of yours has ended.
        </Alert>
      ) : null}
      <PasswordForm key={round} onDone={() => setRound(round + 1)} />
    </Panel>
  );
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const queries = useQueryClient();
  const form = useApiForm({
    initial: { current: "", password: "" },
    labels: { current: "Present password", password: "New password" },
    check: ({ current, password }) => {
      const error = passwordError(password);
      return {
        ...(current === "" ? { current: "Give your present password." } : {}),
        ...(error === undefined ? {} : { password: error }),
      };
    },
    send: (values) => api.changePassword({ body: values }),
    onDone: async () => {
      await queries.invalidateQueries({ queryKey: ["account"] });
      onDone();
    },
  });
  const toggle = { "aria-label": "Show or hide the password" };
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 480 }}>
      <FieldErrorSummary title="The password is not changed yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <PasswordInput
          {...form.field("current")}
          autoComplete="current-password"
          value={form.values.current}
          onChange={(event) => form.set("current", event.currentTarget.value)}
          visibilityToggleButtonProps={toggle}
        />
        <PasswordInput
          {...form.field("password")}
          description={PASSWORD_HELP}
          autoComplete="new-password"
          value={form.values.password}
          onChange={(event) => form.set("password", event.currentTarget.value)}
          visibilityToggleButtonProps={toggle}
        />
        <Group>
          <Button type="submit" variant="default" loading={form.busy}>
            Change the password
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
