import { Alert, PasswordInput } from "@mantine/core";
import { Panel } from "@steward/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { ApiForm } from "../../forms/api-form.tsx";
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
    <ApiForm form={form} button="Change the password" problem="The password is not changed yet" primary={false}>
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
    </ApiForm>
  );
}
