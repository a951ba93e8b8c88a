import { NativeSelect } from "@mantine/core";
import type { EvaluationSummary } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, Link, PageHeader, Section, Time } from "@steward/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { systemChoicesQuery } from "../../data/decisions.ts";
import { type EvaluationFilter, evaluationsQuery, seriesQuery } from "../../data/evaluations.ts";
import { recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";
import { useGo } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { actionWords } from "./action-words.ts";
import styles from "./evaluations.module.css";
import { evaluationsRoute, KINDS } from "./evaluations.routes.ts";
import { Multiples } from "./multiples.tsx";
import { EvaluationVerdict } from "./verdict.tsx";

const COLUMNS: readonly DataColumn<EvaluationSummary>[] = [
  { id: "suite", header: "Evaluation", cell: ({ suite }) => suite },
  { id: "verdict", header: "Verdict", cell: ({ verdict }) => <EvaluationVerdict verdict={verdict} /> },
  { id: "kind", header: "Kind", cell: ({ kind }) => KINDS[kind] },
  {
    id: "system",
    header: "System",
    cell: ({ systemId, systemName }) => {
      const href = recordHref("system", systemId);
      return href ? <Link href={href}>{systemName}</Link> : systemName;
    },
  },
  { id: "release", header: "Release", cell: ({ releaseVersion }) => releaseVersion },
  { id: "data", header: "Data", cell: ({ basis, dataset }) => (basis === "live_decisions" ? "live" : dataset.name) },
  { id: "cases", header: "Cases", cell: ({ cases }) => cases?.toLocaleString("en") ?? "not said", align: "end" },
  { id: "action", header: "Acted upon", cell: ({ action }) => actionWords(action) },
  { id: "recordedAt", header: "Recorded", cell: ({ recordedAt }) => <Time at={recordedAt} /> },
];

/** What tests of releases found: bias first, with every other suite beside it. */
export function EvaluationsPage() {
  usePageTitle("Evaluations");
  const filter = evaluationsRoute.useSearch({ select: ({ systemId, kind, verdict }) => ({ systemId, kind, verdict }) });
  const evaluations = useInfiniteQuery(evaluationsQuery(filter));
  const filtered = Object.values(filter).some((value) => value !== undefined);
  return (
    <>
      <PageHeader
        title="Evaluations"
        sentence="What was measured of each release: bias, accuracy, robustness, red teaming. The server judges every one itself, by thresholds that were committed before; where the data cannot tell, it says so."
      />
      {evaluations.isError && evaluations.data === undefined ? (
        <ErrorState problem={problemView(evaluations.error)} onRetry={() => void evaluations.refetch()} />
      ) : (
        <DataTable
          label="Evaluations, newest first"
          storageKey="evaluations"
          rows={evaluations.data?.pages.flatMap((page) => page.items) ?? []}
          columns={COLUMNS}
          rowId={({ id }) => id}
          rowHref={({ id }) => paths.evaluation(id)}
          loading={evaluations.isPending}
          more={
            evaluations.hasNextPage
              ? { load: () => void evaluations.fetchNextPage(), loading: evaluations.isFetchingNextPage }
              : undefined
          }
          toolbar={<Filters filter={filter} />}
          empty={filtered ? <NothingFound /> : <NothingYet />}
        />
      )}
      {filter.systemId === undefined ? null : <OverTime systemId={filter.systemId} kind={filter.kind ?? "bias"} />}
    </>
  );
}

function Filters({ filter }: { filter: EvaluationFilter }) {
  const go = useGo();
  const systems = useQuery(systemChoicesQuery);
  const choices = systems.data?.items.map(({ id, title }) => ({ value: id, label: title })) ?? [];
  const show = (change: EvaluationFilter) => go(paths.evaluations({ ...filter, ...change }));
  return (
    <search className={styles.filters} aria-label="Filter evaluations">
      <NativeSelect
        size="xs"
        label="AI system"
        value={filter.systemId ?? ""}
        onChange={(event) => show({ systemId: event.currentTarget.value || undefined })}
        data={[{ value: "", label: "All" }, ...choices]}
      />
      <NativeSelect
        size="xs"
        label="Kind"
        value={filter.kind ?? ""}
        onChange={(event) => show({ kind: (event.currentTarget.value || undefined) as EvaluationFilter["kind"] })}
        data={[{ value: "", label: "All" }, ...Object.entries(KINDS).map(([value, label]) => ({ value, label }))]}
      />
      <NativeSelect
        size="xs"
        label="Verdict"
        value={filter.verdict ?? ""}
        onChange={(event) => show({ verdict: (event.currentTarget.value || undefined) as EvaluationFilter["verdict"] })}
        data={[
          { value: "", label: "Any" },
          { value: "fail", label: "Fails" },
          { value: "insufficient", label: "Insufficient" },
          { value: "pass", label: "Passes" },
          { value: "none", label: "No verdict" },
        ]}
      />
    </search>
  );
}

function OverTime({ systemId, kind }: { systemId: string; kind: EvaluationSummary["kind"] }) {
  const series = useQuery(seriesQuery(systemId, kind));
  if (!series.data || series.data.series.length === 0) return null;
  return (
    <Section title="Over releases and time" note={`${KINDS[kind]}: what each rule found, oldest first.`}>
      <Multiples series={series.data.series} />
    </Section>
  );
}

function NothingFound() {
  return (
    <EmptyState
      title="No evaluation is like that"
      action={<Link href={paths.evaluations()}>Show all evaluations</Link>}
    >
      The filter leaves nothing. Take a part of it away.
    </EmptyState>
  );
}

function NothingYet() {
  return (
    <EmptyState
      title="No evaluation has arrived yet"
      example={{
        label: "Evaluate a file of predictions; it works without a server too",
        text: "steward bias evaluate predictions.csv --prediction granted --label repaid --attributes race,sex --policy bias-policy.yaml",
      }}
    >
      Test each release before it is deployed, in its own pipeline, and publish what was found. The policy with its
      thresholds is committed first, so that nobody can move them afterwards.
    </EmptyState>
  );
}
