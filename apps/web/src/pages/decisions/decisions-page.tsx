import { Button } from "@mantine/core";
import type { DecisionSummary } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, Link, PageHeader, shortNumber, Time } from "@steward/ui";
import { useInfiniteQuery } from "@tanstack/react-query";

import { decisionsQuery } from "../../data/decisions.ts";
import { recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { curlExample } from "../overview/first-steps.tsx";
import { DecisionFilters, filterFrom } from "./decision-filters.tsx";
import { decisionsRoute } from "./decisions.routes.ts";
import { Flags } from "./flags.tsx";

const COLUMNS: readonly DataColumn<DecisionSummary>[] = [
  { id: "outcome", header: "Decided", cell: ({ outcome }) => outcome },
  { id: "externalId", header: "Sender’s id", cell: ({ externalId }) => externalId },
  { id: "occurredAt", header: "When", cell: ({ occurredAt }) => <Time at={occurredAt} /> },
  { id: "system", header: "System", cell: (row) => <SystemOf row={row} /> },
  { id: "release", header: "Release", cell: ({ releaseVersion }) => releaseVersion },
  { id: "score", header: "Score", cell: ({ score }) => (score === null ? "none" : shortNumber(score)), align: "end" },
  { id: "truth", header: "Turned out", cell: ({ trueOutcome }) => trueOutcome ?? "not known", hidden: true },
  { id: "flags", header: "Flags", cell: ({ flags }) => <Flags flags={flags} /> },
  { id: "recordedAt", header: "Recorded", cell: ({ recordedAt }) => <Time at={recordedAt} />, hidden: true },
  {
    id: "ledger",
    header: "Ledger",
    cell: ({ ledgerIndex }) => <Link href={paths.ledgerEntry(ledgerIndex)}>{ledgerIndex.toLocaleString("en")}</Link>,
    align: "end",
  },
];

/** What the AI systems decided, newest first. */
export function DecisionsPage() {
  usePageTitle("Decisions");
  const filter = decisionsRoute.useSearch({
    select: filterFrom,
  });
  const decisions = useInfiniteQuery(decisionsQuery(filter));
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const rows = decisions.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader
        title="Decisions"
        sentence="What the AI systems decided, each with the exact release that decided it. A flag says what is odd; nothing that arrives well formed is refused."
        actions={
          <Button component={AppLink} href={paths.affected({ ...filter })} variant="default">
            Count what an incident touches
          </Button>
        }
      />
      {decisions.isError && decisions.data === undefined ? (
        <>
          <DecisionFilters filter={filter} />
          <ErrorState problem={problemView(decisions.error)} onRetry={() => void decisions.refetch()} />
        </>
      ) : (
        <DataTable
          label="Decisions, newest first"
          storageKey="decisions"
          rows={rows}
          columns={COLUMNS}
          rowId={({ id }) => id}
          rowHref={({ id }) => paths.decision(id)}
          loading={decisions.isPending}
          total={decisions.data?.pages[0]?.total}
          more={
            decisions.hasNextPage
              ? { load: () => void decisions.fetchNextPage(), loading: decisions.isFetchingNextPage }
              : undefined
          }
          toolbar={<DecisionFilters filter={filter} />}
          empty={filtered ? <NothingFound /> : <NothingYet />}
        />
      )}
    </>
  );
}

function SystemOf({ row }: { row: DecisionSummary }) {
  const href = row.systemId === null ? undefined : recordHref("system", row.systemId);
  return href ? <Link href={href}>{row.systemName}</Link> : row.systemName;
}

function NothingFound() {
  return (
    <EmptyState title="No decision is like that" action={<Link href={paths.decisions()}>Show all decisions</Link>}>
      The filter leaves nothing. Take a part of it away, or look at a longer time.
    </EmptyState>
  );
}

function NothingYet() {
  return (
    <EmptyState
      title="No decision has arrived yet"
      example={{
        label: "Send one, with an API key that may send decisions",
        text: curlExample(window.location.origin),
      }}
    >
      Let the AI system send each decision as it makes it. The call answers when the decision is durable and in the
      ledger, and sending it twice stores it once.
    </EmptyState>
  );
}
