import { counted } from "@steward/kernel";
import { Group, SegmentedControl, Select } from "@mantine/core";
import { type Task, TASK_KINDS, TASK_VIEWS } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, Link, PageHeader } from "@steward/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import {
  taskCountsQuery,
  type TaskFilter,
  type TaskKindName,
  tasksQuery,
  type TaskViewName,
} from "../../data/tasks.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { Due, whoseText } from "./due.tsx";
import { workRoute } from "./tasks.routes.ts";

/** What there is to do, the most urgent first. */
export function WorkPage() {
  usePageTitle("My work");
  const filter = workRoute.useSearch({
    select: ({ view, state, kind, systemId }) => ({ view, state, kind, systemId }),
  });
  const tasks = useInfiniteQuery(tasksQuery(filter));
  const counts = useQuery(taskCountsQuery).data;
  return (
    <>
      <PageHeader title="My work" sentence={sentenceOf(counts)} />
      {tasks.isError && tasks.data === undefined ? (
        <ErrorState problem={problemView(tasks.error)} onRetry={() => void tasks.refetch()} />
      ) : (
        <DataTable
          label="Tasks, the most urgent first"
          storageKey="tasks"
          rows={tasks.data?.pages.flatMap((page) => page.items) ?? []}
          columns={COLUMNS}
          rowId={({ id }) => id}
          rowHref={({ id }) => paths.task(id)}
          loading={tasks.isPending}
          total={tasks.data?.pages[0]?.total}
          more={
            tasks.hasNextPage
              ? { load: () => void tasks.fetchNextPage(), loading: tasks.isFetchingNextPage }
              : undefined
          }
          toolbar={<Filters filter={filter} counts={counts} />}
          empty={<Nothing filter={filter} />}
        />
      )}
    </>
  );
}

type Counts = Record<TaskViewName | "overdue", number>;

function sentenceOf(counts: Counts | undefined): string {
  if (counts === undefined) return "What there is to do, the most urgent first.";
  if (counts.mine + counts.escalated === 0) return "Nothing waits for you.";
  const late = counts.overdue === 0 ? "none is overdue" : `${counts.overdue} overdue`;
  const escalated =
    counts.escalated === 0 ? "" : ` ${counted(counts.escalated, "task")} of others came to you because they are late.`;
  return `${counted(counts.mine, "task")} for you, ${late}.${escalated}`;
}

const COLUMNS: DataColumn<Task>[] = [
  { id: "title", header: "Task", cell: ({ title }) => title },
  { id: "todo", header: "What closes it", cell: ({ todo }) => todo },
  { id: "kind", header: "Kind", cell: ({ kind }) => TASK_KINDS[kind] },
  { id: "system", header: "System", cell: ({ systemName }) => systemName ?? "none" },
  { id: "whose", header: "Whose", cell: whoseText },
  { id: "due", header: "Due", cell: dueCell },
  { id: "comments", header: "Comments", cell: ({ comments }) => comments, align: "end", hidden: true },
];

function dueCell(task: Task) {
  return <Due task={task} />;
}

function Filters({ filter, counts }: { filter: TaskFilter; counts: Counts | undefined }) {
  const navigate = workRoute.useNavigate();
  const set = (change: TaskFilter) => void navigate({ search: (before) => ({ ...before, ...change }) });
  const data = (Object.keys(TASK_VIEWS) as TaskViewName[]).map((value) => ({
    value,
    label: counts === undefined ? TASK_VIEWS[value] : `${TASK_VIEWS[value]} (${counts[value]})`,
  }));
  return (
    <Group gap={8} align="end">
      <Select
        label="Whose"
        allowDeselect={false}
        data={data}
        value={filter.view ?? "mine"}
        onChange={(view) => set({ view: view === "mine" || view === null ? undefined : (view as TaskViewName) })}
      />
      <Select
        label="Kind"
        placeholder="Any"
        clearable
        data={Object.entries(TASK_KINDS).map(([value, label]) => ({ value, label }))}
        value={filter.kind ?? null}
        onChange={(kind) => set({ kind: (kind ?? undefined) as TaskKindName | undefined })}
      />
      <SegmentedControl
        aria-label="State"
        data={[
          { value: "open", label: "Open" },
          { value: "closed", label: "Closed" },
        ]}
        value={filter.state ?? "open"}
        onChange={(state) => set({ state: state === "closed" ? "closed" : undefined })}
      />
    </Group>
  );
}

function Nothing({ filter }: { filter: TaskFilter }) {
  if (filter.kind !== undefined || filter.systemId !== undefined || filter.state !== undefined) {
    return (
      <EmptyState title="No task is like that" action={<Link href={paths.work()}>Show what is open for me</Link>}>
        The filter leaves nothing.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="Nothing waits here" action={<Link href={paths.work({ view: "all" })}>Show everybody’s</Link>}>
      Tasks come from drift, alerts, failed evaluations, changed models, requests and approvals that end, and go when
      those are settled.
    </EmptyState>
  );
}
