import { Button, Group, MultiSelect, NumberInput, Stack, Text, Textarea } from "@mantine/core";
import type { AuditorRead, BreakGlass } from "@steward/client";
import {
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorState,
  FieldErrorSummary,
  Link,
  PageHeader,
  Section,
  Time,
} from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { useEndEmergency } from "../../data/emergency.ts";
import { SESSION_KEY, useMay, useSession } from "../../data/session.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { ROLE_OPTIONS } from "./members.ts";

type Role = BreakGlass["roles"][number];
type EmergencyRole = Exclude<Role, "auditor" | "reader" | "top_management">;

const LASTING: readonly string[] = ["auditor", "reader", "top_management"];
const EMERGENCY_ROLES = ROLE_OPTIONS.filter(({ value }) => !LASTING.includes(value));
const MAX_HOURS = 8;

/** Roles taken on in emergencies, and what auditors were shown. */
export function EmergencyPage() {
  usePageTitle("Emergency and audit access");
  const mayRead = useMay("access.read");
  return (
    <>
      <PageHeader
        title="Emergency and audit access"
        sentence="Who took on roles in an emergency, and what auditors read. Both are written down before anything else happens."
      />
      {mayRead.allowed ? <Emergencies /> : <Text>{mayRead.reason}</Text>}
      <TakeOn />
      {mayRead.allowed ? <AuditorReads /> : null}
    </>
  );
}

function Emergencies() {
  const emergencies = useQuery({
    queryKey: ["break-glass"],
    queryFn: ({ signal }) => api.listBreakGlass({ query: {}, signal }),
  });
  const { allowed } = useMay("access.write");
  const close = useEndEmergency();
  const error = emergencies.error ?? close.error;
  return (
    <>
      {error ? <ErrorState problem={problemView(error)} onRetry={() => void emergencies.refetch()} /> : null}
      <DataTable
        label="Emergency access"
        storageKey="break-glass"
        rows={emergencies.data?.items ?? []}
        columns={emergencyColumns(allowed, (id) => close.mutate(id))}
        rowId={({ id }) => id}
        loading={emergencies.isPending}
        empty={<EmptyState title="Never yet">Nobody took on roles in an emergency.</EmptyState>}
      />
    </>
  );
}

function emergencyColumns(mayAll: boolean, onClose: (id: string) => void): DataColumn<BreakGlass>[] {
  return [
    { id: "name", header: "Who", cell: ({ name }) => name },
    {
      id: "roles",
      header: "Roles",
      cell: ({ roles }) => roles.map((role) => role.replaceAll("_", " ")).join(", "),
    },
    { id: "reason", header: "Reason", cell: ({ reason }) => reason },
    { id: "opened", header: "Since", cell: ({ openedAt }) => <Time at={openedAt} /> },
    { id: "until", header: "Until", cell: ({ expiresAt, closedAt }) => <Time at={closedAt ?? expiresAt} /> },
    {
      id: "act",
      header: "End",
      cell: ({ id, name, open, mine }) =>
        open ? (
          <Button
            size="compact-sm"
            variant="default"
            disabled={!mine && !mayAll}
            title={mine || mayAll ? undefined : "Only they, or an administrator, end it."}
            aria-label={`End the emergency access of ${name}`}
            onClick={() => onClose(id)}
          >
            End
          </Button>
        ) : (
          "over"
        ),
    },
  ];
}

function TakeOn() {
  const may = useMay("access.break_glass");
  const { emergency } = useSession();
  if (!may.allowed) {
    return (
      <Section title="Take on roles">
        <Text>{may.reason}</Text>
      </Section>
    );
  }
  return (
    <Section
      title="Take on roles"
      note="For an emergency that cannot wait. Administrators and top management are told, and it stands in the ledger."
    >
      {emergency ? <Text>You have taken on roles already; give them back first.</Text> : <TakeOnForm />}
    </Section>
  );
}

function TakeOnForm() {
  const queries = useQueryClient();
  const form = useApiForm({
    initial: { roles: [] as EmergencyRole[], reason: "", hours: 1 },
    labels: { roles: "Access roles", reason: "Reason", hours: "Hours" },
    check: ({ roles, reason }) => ({
      ...(roles.length === 0 ? { roles: "Choose the roles that you need." } : {}),
      ...(reason.trim() === "" ? { reason: "Say what happened, and why it cannot wait." } : {}),
    }),
    send: async (values) => api.openBreakGlass({ body: values }),
    onDone: async () => {
      await queries.invalidateQueries({ queryKey: ["break-glass"] });
      await queries.invalidateQueries({ queryKey: SESSION_KEY });
    },
  });
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 720 }}>
      <FieldErrorSummary title="Nothing was taken on yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <MultiSelect
          {...form.field("roles")}
          data={EMERGENCY_ROLES}
          value={form.values.roles}
          onChange={(roles) => form.set("roles", roles as EmergencyRole[])}
        />
        <Textarea
          {...form.field("reason")}
          description="Everybody who is told reads it."
          minRows={2}
          autosize
          value={form.values.reason}
          onChange={(event) => form.set("reason", event.currentTarget.value)}
        />
        <NumberInput
          {...form.field("hours")}
          min={1}
          max={MAX_HOURS}
          value={form.values.hours}
          onChange={(hours) => form.set("hours", Number(hours))}
        />
        <Group>
          <Button type="submit" loading={form.busy}>
            Take on the roles
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function AuditorReads() {
  const reads = useQuery({
    queryKey: ["auditor-reads"],
    queryFn: ({ signal }) => api.listAuditorReads({ query: {}, signal }),
  });
  return (
    <Section title="What auditors read" note="Newest first; words that were searched for are not kept.">
      {reads.isError ? (
        <ErrorState problem={problemView(reads.error)} onRetry={() => void reads.refetch()} />
      ) : (
        <DataTable
          label="What auditors read"
          storageKey="auditor-reads"
          rows={reads.data?.items ?? []}
          columns={READ_COLUMNS}
          rowId={({ id }) => id}
          loading={reads.isPending}
          empty={<EmptyState title="Nothing yet">No auditor has read anything.</EmptyState>}
        />
      )}
    </Section>
  );
}

const READ_COLUMNS: DataColumn<AuditorRead>[] = [
  { id: "name", header: "Who", cell: ({ name }) => name },
  { id: "what", header: "What", cell: ({ operationId }) => operationId },
  { id: "path", header: "Address", cell: ({ path }) => <code style={{ overflowWrap: "anywhere" }}>{path}</code> },
  { id: "at", header: "When", cell: ({ readAt }) => <Time at={readAt} /> },
  {
    id: "entry",
    header: "Ledger entry",
    cell: ({ ledgerIndex }) =>
      ledgerIndex === null ? (
        "after the day"
      ) : (
        <Link href={paths.ledgerEntry(ledgerIndex)}>{ledgerIndex.toLocaleString("en")}</Link>
      ),
  },
];
