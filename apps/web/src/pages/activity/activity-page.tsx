import { Group, Select, TextInput } from "@mantine/core";
import { type Activity, ACTIVITY_ACTORS, ACTIVITY_GROUPS } from "@steward/client";
import {
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorState,
  instantOfLocalField,
  Link,
  PageHeader,
  Time,
  useUi,
} from "@steward/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { systemChoicesQuery } from "../../data/decisions.ts";
import { kindWords, recordHref } from "../../data/links.ts";
import { choicesQuery } from "../../data/registers.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { actorText } from "../ledger/actor-text.ts";
import { type ActivityFilter, activityRoute } from "./activity.routes.ts";

/** Who did what, newest first. */
export function ActivityPage() {
  usePageTitle("Activity");
  const filter = activityRoute.useSearch({
    select: ({ actor, actorId, group, systemId, from, to }) => ({ actor, actorId, group, systemId, from, to }),
  });
  const { timeZone } = useUi();
  const activity = useInfiniteQuery({
    queryKey: ["activity", filter],
    queryFn: ({ pageParam, signal }) =>
      api.listActivity({ query: { ...asked(filter, timeZone), cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  return (
    <>
      <PageHeader
        title="Activity"
        sentence="Who did what, newest first; each line is an entry of the evidence ledger. What AI systems send by the thousand stands on its own pages."
      />
      {activity.isError && activity.data === undefined ? (
        <ErrorState problem={problemView(activity.error)} onRetry={() => void activity.refetch()} />
      ) : (
        <DataTable
          label="Activity, newest first"
          storageKey="activity"
          rows={activity.data?.pages.flatMap((page) => page.items) ?? []}
          columns={COLUMNS}
          rowId={({ ledgerIndex }) => String(ledgerIndex)}
          loading={activity.isPending}
          more={
            activity.hasNextPage
              ? { load: () => void activity.fetchNextPage(), loading: activity.isFetchingNextPage }
              : undefined
          }
          toolbar={<Filters filter={filter} />}
          empty={
            <EmptyState title="Nothing is like that" action={<Link href={paths.activity()}>Show what people did</Link>}>
              The filter leaves nothing.
            </EmptyState>
          }
        />
      )}
    </>
  );
}

/** Days are the organisation's: from the start of the first to the start of the day after the last. */
function asked({ actor, from, to, ...rest }: ActivityFilter, timeZone: string | undefined) {
  const startOf = (day: string) => instantOfLocalField(`${day}T00:00`, timeZone);
  const after = (day: string) => new Date(Date.parse(`${day}T12:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  return {
    ...rest,
    ...(actor === "anybody" || rest.actorId !== undefined ? {} : { actor: actor ?? ("person" as const) }),
    ...(from === undefined ? {} : { from: startOf(from) }),
    ...(to === undefined ? {} : { to: startOf(after(to)) }),
  };
}

const COLUMNS: DataColumn<Activity>[] = [
  { id: "who", header: "Who", cell: ({ actor }) => actorText(actor) },
  { id: "what", header: "Did what", cell: whatCell },
  { id: "subject", header: "To what", cell: subjectCell },
  { id: "system", header: "System", cell: ({ system }) => system?.name ?? "none" },
  { id: "at", header: "When", cell: ({ at }) => <Time at={at} absolute /> },
  {
    id: "entry",
    header: "Ledger entry",
    cell: ({ ledgerIndex }) => <Link href={paths.ledgerEntry(ledgerIndex)}>{ledgerIndex.toLocaleString("en")}</Link>,
  },
];

function whatCell({ kind, changed, reason }: Activity) {
  return (
    <>
      {kindWords(kind)}
      {changed.length === 0 ? "" : `: ${changed.join(", ")}`}
      {reason === null ? "" : ` (“${reason}”)`}
    </>
  );
}

function subjectCell({ subject }: Activity) {
  const href = recordHref(subject.kind, subject.id);
  const words = subject.title ?? kindWords(subject.kind);
  return href === undefined ? words : <Link href={href}>{words}</Link>;
}

function Filters({ filter }: { filter: ActivityFilter }) {
  const navigate = activityRoute.useNavigate();
  const people = useQuery(choicesQuery("people", ""));
  const systems = useQuery(systemChoicesQuery);
  const set = (change: ActivityFilter) => void navigate({ search: (before) => ({ ...before, ...change }) });
  const optionsOf = (names: Readonly<Record<string, string>>) =>
    Object.entries(names).map(([value, label]) => ({ value, label }));
  const titled = (items: readonly { id: string; title: string }[] = []) =>
    items.map(({ id, title }) => ({ value: id, label: title }));
  return (
    <Group gap={8} align="end">
      <Select
        label="Who"
        searchable
        allowDeselect={false}
        data={[
          { group: "All of a kind", items: optionsOf({ ...ACTIVITY_ACTORS, anybody: "Anybody" }) },
          { group: "One person", items: titled(people.data?.items) },
        ]}
        value={filter.actorId ?? filter.actor ?? "person"}
        onChange={(who) => {
          const isKind = who === "anybody" || (who !== null && Object.hasOwn(ACTIVITY_ACTORS, who));
          set({
            actor: isKind ? (who as ActivityFilter["actor"]) : undefined,
            actorId: isKind ? undefined : (who ?? undefined),
          });
        }}
      />
      <Select
        label="What"
        placeholder="Anything"
        clearable
        data={optionsOf(ACTIVITY_GROUPS)}
        value={filter.group ?? null}
        onChange={(group) => set({ group: (group ?? undefined) as ActivityFilter["group"] })}
      />
      <Select
        label="AI system"
        placeholder="Any"
        searchable
        clearable
        data={titled(systems.data?.items)}
        value={filter.systemId ?? null}
        onChange={(systemId) => set({ systemId: systemId ?? undefined })}
      />
      <TextInput
        label="From"
        type="date"
        value={filter.from ?? ""}
        onChange={(event) => set({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        label="To"
        type="date"
        value={filter.to ?? ""}
        onChange={(event) => set({ to: event.currentTarget.value || undefined })}
      />
    </Group>
  );
}
