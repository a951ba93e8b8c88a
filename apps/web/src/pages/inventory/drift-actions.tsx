import { Button, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import type { DriftDetail, DriftDisposition } from "@steward/client";
import { ErrorState, FieldErrorSummary, endOfDay, Panel, Section, useUi } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { systemChoicesQuery } from "../../data/decisions.ts";
import { driftItemQuery } from "../../data/inventory.ts";
import { useMay, useSession } from "../../data/session.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { problemView } from "../../shell/page-error.tsx";
import styles from "./inventory.module.css";

export const DISPOSITION_WORDS = {
  attach: "Attached",
  not_ai: "Not AI",
  switched_off: "Switched off",
  accepted: "Accepted for a while",
} as const;
type Kind = keyof typeof DISPOSITION_WORDS;

const CHOICES: Readonly<Record<Kind, string>> = {
  attach: "It belongs to a registered system",
  not_ai: "It is not AI (another person agrees)",
  switched_off: "It is switched off (another person agrees)",
  accepted: "Accept it for a while (another person agrees)",
};

/** How a finding ends without a decision. */
const ENDS: Readonly<Partial<Record<DriftDetail["kind"], string>>> = {
  version_drift:
    "It ends by itself once the register names this version, or once a deployment of what runs is recorded.",
  silent: "It ends by itself once the system is seen again, or once its record says that it is not in operation.",
  retired_alive: "Switch it off and say so here, or correct its record. What is seen of it after that opens it again.",
};

/** Adds what is undeclared to the components of its system. */
export function Declare({ item }: { item: DriftDetail }) {
  const may = useMay("systems.write");
  const queries = useQueryClient();
  const declare = useMutation({
    mutationFn: async () => api.declareDrift({ body: { itemIds: [item.id] } }),
    onSuccess: async () => queries.invalidateQueries(),
  });
  return (
    <Section title="Declare it" note="It becomes a component of the system, and this finding ends.">
      <Panel>
        <Button
          disabled={!may.allowed}
          title={may.reason ?? undefined}
          loading={declare.isPending}
          onClick={() => declare.mutate()}
        >
          Declare as a component
        </Button>
        {may.allowed ? null : <p className={styles.note}>{may.reason}</p>}
        {declare.isError ? <ErrorState problem={problemView(declare.error)} /> : null}
      </Panel>
    </Section>
  );
}

/** What else can be decided than registering or declaring it. */
export function Settle({ item }: { item: DriftDetail }) {
  const may = useMay("drift.settle");
  const { timeZone } = useUi();
  const queries = useQueryClient();
  const systems = useQuery({ ...systemChoicesQuery, enabled: item.kind === "shadow" });
  const form = useApiForm({
    initial: { kind: item.choices[0] as Kind, systemId: null as string | null, until: "", reason: "" },
    labels: { kind: "What it is", systemId: "AI system", until: "Accepted until", reason: "Reason" },
    send: async ({ kind, systemId, until, reason }) =>
      api.disposeDrift({
        params: { id: item.id },
        body: {
          kind,
          reason,
          ...(kind === "attach" ? { systemId } : {}),
          // The last day ends where the organisation is.
          ...(kind === "accepted" ? { until: endOfDay(until, timeZone) } : {}),
        },
      }),
    onDone: async (changed) => {
      queries.setQueryData(driftItemQuery(item.id).queryKey, changed);
      await queries.invalidateQueries();
    },
  });
  return (
    <Section title={ENDS[item.kind] === undefined ? "Or settle it otherwise" : "Settle it"} note={ENDS[item.kind]}>
      <Panel>
        {may.allowed ? (
          <form onSubmit={form.submit} noValidate>
            <FieldErrorSummary title="Something is missing" errors={form.summary} attempt={form.attempt} />
            <Stack gap={12}>
              <Select
                {...form.field("kind")}
                allowDeselect={false}
                data={item.choices.map((value) => ({ value, label: CHOICES[value] }))}
                value={form.values.kind}
                onChange={(kind) => form.set("kind", kind as Kind)}
              />
              {form.values.kind === "attach" ? (
                <Select
                  {...form.field("systemId")}
                  searchable
                  data={(systems.data?.items ?? []).map(({ id, title }) => ({ value: id, label: title }))}
                  value={form.values.systemId}
                  onChange={(id) => form.set("systemId", id)}
                />
              ) : null}
              {form.values.kind === "accepted" ? (
                <TextInput
                  {...form.field("until")}
                  type="date"
                  description="Last day, a year away at most. It opens again by itself."
                  value={form.values.until}
                  onChange={(event) => form.set("until", event.currentTarget.value)}
                />
              ) : null}
              <Textarea
                {...form.field("reason")}
                description="Whoever approves or audits it reads this."
                autosize
                minRows={2}
                value={form.values.reason}
                onChange={(event) => form.set("reason", event.currentTarget.value)}
              />
              <Group>
                <Button type="submit" variant="default" loading={form.busy}>
                  {form.values.kind === "attach" ? "Attach" : "Ask for approval"}
                </Button>
              </Group>
            </Stack>
          </form>
        ) : (
          <p className={styles.note}>{may.reason}</p>
        )}
      </Panel>
    </Section>
  );
}

/** Approving is for another person than the one who asked. */
export function Decide({ disposition, itemId }: { disposition: DriftDisposition; itemId: string }) {
  const may = useMay("drift.approve");
  const session = useSession();
  const queries = useQueryClient();
  const decide = useMutation({
    mutationFn: async (decision: "approve" | "reject") =>
      api.decideDisposition({ params: { id: disposition.id }, body: { decision } }),
    onSuccess: async (changed) => {
      queries.setQueryData(driftItemQuery(itemId).queryKey, changed);
      await queries.invalidateQueries();
    },
  });
  const own = session.account.personId === disposition.requestedBy.id;
  const reason = own ? "Another person than the one who asked must decide." : may.reason;
  return (
    <>
      <Group gap={8} mt={8}>
        <Button disabled={reason !== null} loading={decide.isPending} onClick={() => decide.mutate("approve")}>
          Approve
        </Button>
        <Button
          variant="default"
          disabled={reason !== null}
          loading={decide.isPending}
          onClick={() => decide.mutate("reject")}
        >
          Reject
        </Button>
      </Group>
      {reason === null ? null : <p className={styles.note}>{reason}</p>}
      {decide.isError ? <ErrorState problem={problemView(decide.error)} /> : null}
    </>
  );
}
