import { Button, Fieldset, Group, Stack, Textarea } from "@mantine/core";
import { isEditConflict, type RecordView, type TaggedRecord } from "@steward/client";
import { FieldErrorSummary, sameValue } from "@steward/ui";

import { api } from "../../api.ts";
import type { FieldInfo, RegisterInfo } from "../../data/registers.ts";
import { LeaveGuard } from "../../forms/leave-guard.tsx";
import { type FieldErrors, useApiForm } from "../../forms/use-api-form.ts";
import { FieldInput } from "./field-input.tsx";

const REASON = "changeReason";

interface RecordFormProps {
  register: RegisterInfo;
  /** The version that is changed; none for a new record. */
  current?: TaggedRecord | undefined;
  prefilled?: Readonly<Record<string, unknown>>;
  onDone: (record: RecordView) => void;
  onCancel: () => void;
}

/** One column, help under each field, errors beside it and in a summary, and a question before changes are lost. */
export function RecordForm({ register, current, prefilled = {}, onDone, onCancel }: RecordFormProps) {
  const before = current?.record.values ?? {};
  const start = Object.fromEntries(
    register.fields.map((field) => [
      `values.${field.name}`,
      before[field.name] ?? prefilled[field.name] ?? emptyOf(field),
    ]),
  );
  const form = useApiForm<Record<string, unknown>, TaggedRecord>({
    initial: { ...start, [REASON]: "" },
    labels: {
      ...Object.fromEntries(register.fields.map((field) => [`values.${field.name}`, field.label])),
      [REASON]: "Reason",
    },
    check: (values) => missingFields(register, values),
    send: async (values) => {
      const filled = Object.fromEntries(register.fields.map(({ name }) => [name, values[`values.${name}`]]));
      const reason = String(values[REASON] ?? "").trim();
      const note = reason === "" ? {} : { changeReason: reason };
      const calls = api.records(register.path);
      if (current === undefined) return calls.create({ values: onlySet(filled), ...note });
      const changed = Object.entries(filled).filter(([name, value]) => !sameValue(value ?? null, before[name] ?? null));
      return calls
        .change(current.record.id, current.etag, { values: Object.fromEntries(changed), ...note })
        .catch((error: unknown) => {
          if (!isEditConflict(error)) throw error;
          throw new Error("Somebody changed this record meanwhile. Cancel, read what changed, and edit again.");
        });
    },
    onDone: ({ record }) => onDone(record),
  });
  const titles = Object.fromEntries(
    Object.entries(current?.record.references ?? {}).map(([id, { title }]) => [id, title]),
  );
  const sections = Map.groupBy(register.fields, (field) => field.section ?? "");
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 720 }}>
      <LeaveGuard isDirty={form.isDirty} />
      <FieldErrorSummary title="Something is missing" errors={form.summary} attempt={form.attempt} />
      <Stack gap={24}>
        {[...sections].map(([section, fields]) => (
          <Fieldset
            key={section}
            legend={section === "" ? undefined : section}
            variant={section === "" ? "unstyled" : "default"}
          >
            <Stack gap={16}>
              {fields.map((field) => (
                <FieldInput
                  key={field.name}
                  field={field}
                  input={form.field(`values.${field.name}`)}
                  value={form.values[`values.${field.name}`]}
                  onChange={(value) => form.set(`values.${field.name}`, value)}
                  titles={titles}
                />
              ))}
            </Stack>
          </Fieldset>
        ))}
        <Textarea
          {...form.field(REASON)}
          description={current ? "Why it changes; the history shows it." : "Why it is entered, if that is not plain."}
          value={String(form.values[REASON] ?? "")}
          onChange={(event) => form.set(REASON, event.currentTarget.value)}
        />
        <Group gap={8}>
          <Button type="submit" loading={form.busy}>
            {current ? "Save" : "Create"}
          </Button>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function emptyOf(field: FieldInfo): unknown {
  if (field.defaultValue !== null) return field.defaultValue;
  if (field.type === "lines" || field.type === "choices" || field.type === "refs") return [];
  if (field.type === "flag") return false;
  return null;
}

function missingFields(register: RegisterInfo, values: Record<string, unknown>): FieldErrors {
  const missing = register.fields.filter((field) => {
    const value = values[`values.${field.name}`];
    return field.required && (value === null || value === undefined || value === "");
  });
  return Object.fromEntries(missing.map((field) => [`values.${field.name}`, `Fill in: ${field.label}.`]));
}

/** A creation leaves out what is empty, so that the register's own defaults hold. */
function onlySet(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}
