import { Button, Checkbox, Fieldset, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import type { DriftDetail, DriftProposal } from "@steward/client";
import { ErrorState, FieldErrorSummary, LinesSkeleton, Panel, Section } from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { registersQuery } from "../../data/registers.ts";
import { useMay } from "../../data/session.ts";
import { LeaveGuard } from "../../forms/leave-guard.tsx";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { useGo } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import styles from "./inventory.module.css";

/** A registration filled in from what was found: an engineer reads, corrects and confirms. */
export function RegisterFromDrift({ item }: { item: DriftDetail }) {
  const may = useMay("systems.write");
  const proposal = useQuery({
    queryKey: ["drift", "proposal", item.id],
    queryFn: ({ signal }) => api.getDriftProposal({ params: { id: item.id }, signal }),
    enabled: may.allowed,
    // Fetching again would overwrite what a person is typing.
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Section
      title="Register it"
      note="Filled in from what was found. Say what it is for, correct what is wrong, and confirm."
    >
      <Panel>
        {may.allowed ? null : <p className={styles.note}>{may.reason}</p>}
        {proposal.isError ? <ErrorState problem={problemView(proposal.error)} /> : null}
        {may.allowed && proposal.isPending ? <LinesSkeleton lines={6} /> : null}
        {proposal.data === undefined ? null : <Form item={item} proposal={proposal.data} />}
      </Panel>
    </Section>
  );
}

function Form({ item, proposal }: { item: DriftDetail; proposal: DriftProposal }) {
  const go = useGo();
  const queries = useQueryClient();
  const stages = useQuery(registersQuery)
    .data?.find(({ kind }) => kind === "system")
    ?.fields.find(({ name }) => name === "lifecycle")?.choices;
  const text = (name: string) => (typeof proposal.values[name] === "string" ? String(proposal.values[name]) : "");
  const form = useApiForm({
    initial: {
      "values.name": text("name"),
      "values.purpose": text("purpose"),
      "values.lifecycle": text("lifecycle"),
      "values.supplier": text("supplier"),
      components: proposal.components.map((_, index) => String(index)),
    },
    labels: {
      "values.name": "Name",
      "values.purpose": "Purpose",
      "values.lifecycle": "Life cycle stage",
      "values.supplier": "Supplier",
      components: "Components",
    },
    check: (values) => ({
      ...(values["values.name"].trim() === "" ? { "values.name": "Give it a name." } : {}),
      ...(values["values.purpose"].trim() === "" ? { "values.purpose": "Say what it is for." } : {}),
    }),
    send: async (values) =>
      api.registerFromDrift({
        params: { id: item.id },
        body: {
          values: {
            ...onlySet(proposal.values),
            name: values["values.name"],
            purpose: values["values.purpose"],
            lifecycle: values["values.lifecycle"],
            supplier: values["values.supplier"].trim() === "" ? null : values["values.supplier"],
          },
          components: proposal.components.filter((_, index) => values.components.includes(String(index))),
        },
      }),
    onDone: async ({ systemId }) => {
      await queries.invalidateQueries();
      go(paths.record("systems", systemId));
    },
  });
  return (
    <form onSubmit={form.submit} noValidate>
      <LeaveGuard isDirty={form.isDirty} />
      <FieldErrorSummary title="Something is missing" errors={form.summary} attempt={form.attempt} />
      <Stack gap={12}>
        <TextInput
          {...form.field("values.name")}
          withAsterisk
          value={form.values["values.name"]}
          onChange={(event) => form.set("values.name", event.currentTarget.value)}
        />
        <Textarea
          {...form.field("values.purpose")}
          withAsterisk
          autosize
          minRows={2}
          description="What it is for, for whom, and what it must not be used for. Code does not say this."
          value={form.values["values.purpose"]}
          onChange={(event) => form.set("values.purpose", event.currentTarget.value)}
        />
        <Select
          {...form.field("values.lifecycle")}
          allowDeselect={false}
          data={(stages ?? []).map(({ value, label }) => ({ value, label }))}
          value={form.values["values.lifecycle"]}
          onChange={(stage) => form.set("values.lifecycle", stage ?? "build")}
        />
        <TextInput
          {...form.field("values.supplier")}
          description="Of its main model. Leave empty when you build it."
          value={form.values["values.supplier"]}
          onChange={(event) => form.set("values.supplier", event.currentTarget.value)}
        />
        <Components proposal={proposal} chosen={form.values.components} onChoose={(c) => form.set("components", c)} />
        <Group>
          <Button type="submit" loading={form.busy}>
            Confirm and register
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ComponentsProps {
  proposal: DriftProposal;
  chosen: string[];
  onChoose: (chosen: string[]) => void;
}

function Components({ proposal, chosen, onChoose }: ComponentsProps) {
  return (
    <Fieldset legend={`Components (${chosen.length} of ${proposal.components.length})`}>
      <Checkbox.Group value={chosen} onChange={onChoose} aria-label="Components">
        <Stack gap={8}>
          {proposal.components.map((component, index) => (
            <Checkbox
              key={`${component.componentKind} ${component.name}`}
              value={String(index)}
              label={component.name}
              description={[component.componentKind, component.version, component.supplier].filter(Boolean).join(", ")}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      <details>
        <summary>Where this was read</summary>
        <ul className={styles.list}>
          {proposal.evidence.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </details>
    </Fieldset>
  );
}

function onlySet(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}
