import { Button, Group, Stack } from "@mantine/core";
import { FieldErrorSummary, type SummaryError } from "@steward/ui";
import type { FormEvent, ReactNode } from "react";

export interface ApiFormProps {
  form: {
    readonly submit: (event: FormEvent) => void;
    readonly summary: readonly SummaryError[];
    readonly attempt: number;
    readonly busy: boolean;
  };
  /** Above the errors, when something was refused. */
  problem?: string;
  /** What the button that sends it says. */
  button: string;
  /** The primary action of the page; others stay quiet. */
  primary?: boolean;
  /** Beside the button: another action, or what became of it. */
  beside?: ReactNode;
  children: ReactNode;
}

/** How a form of the settings looks: one column, its errors above, its button below. */
export function ApiForm({
  form,
  problem = "Something is missing",
  button,
  primary = true,
  beside,
  children,
}: ApiFormProps) {
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 720 }}>
      <FieldErrorSummary title={problem} errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        {children}
        <Group>
          <Button type="submit" variant={primary ? "filled" : "default"} loading={form.busy}>
            {button}
          </Button>
          {beside}
        </Group>
      </Stack>
    </form>
  );
}
