import { Alert, Button, Checkbox, Group, SegmentedControl, Select } from "@mantine/core";
import type { DriftItem } from "@steward/client";
import { type DataColumn, DataTable, Deadline, EmptyState, ErrorState, Link, PageHeader } from "@steward/ui";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { DRIFT_STATES, DRIFT_WORDS, driftQuery, type DriftFilter, type DriftKindName } from "../../data/inventory.ts";
import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { DriftBadge } from "./drift-badge.tsx";
import { driftRoute } from "./inventory.routes.ts";

/** What is declared against what is found and seen: each difference is a task. */
export function DriftPage() {
  usePageTitle("Drift");
  const filter = driftRoute.useSearch({ select: ({ state, kind, systemId }) => ({ state, kind, systemId }) });
  const items = useInfiniteQuery(driftQuery(filter));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const rows = items.data?.pages.flatMap((page) => page.items) ?? [];
  const choose = (id: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  const declarable = rows.filter(isDeclarable);
  return (
    <>
      <PageHeader
        title="Drift"
        sentence="What code contains and what runs, against what the registers say. Each difference is a task with a deadline; settle it, or it counts against the status."
      />
      <Declare
        chosen={declarable.filter(({ id }) => chosen.has(id))}
        all={declarable}
        onChoose={(ids) => setChosen(new Set(ids))}
      />
      {items.isError && items.data === undefined ? (
        <ErrorState problem={problemView(items.error)} onRetry={() => void items.refetch()} />
      ) : (
        <DataTable
          label="Drift, the most urgent first"
          storageKey="drift"
          rows={rows}
          columns={declarable.length === 0 ? COLUMNS : [...COLUMNS, chooseColumn(chosen, choose)]}
          rowId={({ id }) => id}
          rowHref={({ id }) => paths.driftItem(id)}
          loading={items.isPending}
          total={items.data?.pages[0]?.total}
          more={
            items.hasNextPage
              ? { load: () => void items.fetchNextPage(), loading: items.isFetchingNextPage }
              : undefined
          }
          toolbar={<Filters filter={filter} />}
          empty={<Nothing filter={filter} />}
        />
      )}
    </>
  );
}

function isDeclarable({ kind, state }: DriftItem): boolean {
  return kind === "undeclared" && state === "open";
}

const COLUMNS: DataColumn<DriftItem>[] = [
  { id: "name", header: "What", cell: ({ subject }) => subject.name },
  { id: "kind", header: "Finding", cell: (item) => <DriftBadge item={item} /> },
  { id: "system", header: "System", cell: ({ systemName }) => systemName ?? "none" },
  { id: "message", header: "What was seen", cell: ({ message }) => message },
  { id: "owner", header: "Who may know", cell: ({ owner }) => owner?.name ?? "nobody yet" },
  {
    id: "due",
    header: "Settle until",
    cell: ({ dueAt, overdue }) => <Deadline at={dueAt} overdue={overdue} />,
  },
  { id: "waiting", header: "Waits for", cell: ({ awaiting }) => (awaiting === null ? "decision" : "approval") },
];

function chooseColumn(chosen: ReadonlySet<string>, onChoose: (id: string, on: boolean) => void): DataColumn<DriftItem> {
  return {
    id: "choose",
    header: "Choose",
    cell: (item) =>
      isDeclarable(item) ? (
        <Checkbox
          aria-label={`Choose ${item.subject.name}`}
          checked={chosen.has(item.id)}
          onChange={(event) => onChoose(item.id, event.currentTarget.checked)}
        />
      ) : (
        ""
      ),
  };
}

interface DeclareProps {
  chosen: readonly DriftItem[];
  all: readonly DriftItem[];
  onChoose: (ids: readonly string[]) => void;
}

/** Components that code or traffic shows become declared ones, many at once. */
function Declare({ chosen, all, onChoose }: DeclareProps) {
  const may = useMay("systems.write");
  const queries = useQueryClient();
  const declare = useMutation({
    mutationFn: async () => api.declareDrift({ body: { itemIds: chosen.map(({ id }) => id) } }),
    onSuccess: async () => {
      onChoose([]);
      await queries.invalidateQueries();
    },
  });
  if (all.length === 0) return null;
  return (
    <Group gap={8} mb={12}>
      <Button
        disabled={!may.allowed || chosen.length === 0}
        title={may.reason ?? undefined}
        loading={declare.isPending}
        onClick={() => declare.mutate()}
      >
        {chosen.length === 0 ? "Declare as components" : `Declare ${chosen.length} as components`}
      </Button>
      <Button variant="default" onClick={() => onChoose(chosen.length === all.length ? [] : all.map(({ id }) => id))}>
        {chosen.length === all.length ? "Choose none" : `Choose all ${all.length} undeclared`}
      </Button>
      {declare.isError ? (
        <Alert color="red" title={problemView(declare.error).title}>
          {problemView(declare.error).detail}
        </Alert>
      ) : null}
    </Group>
  );
}

function Filters({ filter }: { filter: DriftFilter }) {
  const navigate = driftRoute.useNavigate();
  const set = (change: DriftFilter) => void navigate({ search: (before) => ({ ...before, ...change }) });
  return (
    <Group gap={8} align="end">
      <SegmentedControl
        aria-label="State"
        data={Object.entries(DRIFT_STATES).map(([value, label]) => ({ value, label }))}
        value={filter.state ?? "open"}
        onChange={(state) => set({ state: state === "open" ? undefined : (state as DriftFilter["state"]) })}
      />
      <Select
        label="Finding"
        placeholder="Any"
        clearable
        data={Object.entries(DRIFT_WORDS).map(([value, label]) => ({ value, label }))}
        value={filter.kind ?? null}
        onChange={(kind) => set({ kind: (kind ?? undefined) as DriftKindName | undefined })}
      />
      {filter.systemId === undefined ? null : (
        <Link href={paths.drift({ state: filter.state, kind: filter.kind })}>All systems</Link>
      )}
    </Group>
  );
}

function Nothing({ filter }: { filter: DriftFilter }) {
  if (filter.kind !== undefined || filter.systemId !== undefined || filter.state !== undefined) {
    return (
      <EmptyState title="Nothing is like that" action={<Link href={paths.drift()}>Show all open drift</Link>}>
        The filter leaves nothing.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No drift is open"
      example={{
        label: "Publish a scan, with an API key that may publish the inventory",
        text: `steward scan . --publish "Your system" --server ${window.location.origin}\nkubectl get deploy,sts,pods -A -o json | steward observe - --format kubectl --publish --server ${window.location.origin}`,
      }}
    >
      Silence is not green: drift is only looked for where repositories are scanned and what runs is observed.
    </EmptyState>
  );
}
