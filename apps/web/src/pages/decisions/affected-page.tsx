import type { OperationOutput } from "@steward/client";
import {
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorState,
  KeyValue,
  LinesSkeleton,
  Link,
  PageHeader,
  Panel,
  Section,
  Time,
} from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { affectedQuery, type DecisionFilter } from "../../data/decisions.ts";
import { recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { DecisionFilters, filterFrom } from "./decision-filters.tsx";
import { affectedRoute } from "./decisions.routes.ts";

type Affected = OperationOutput<"countAffected">;
type Group = Affected["groups"][number];

/** What an incident would have touched: how many decisions, of which releases, with which outcomes, about how many people. */
export function AffectedPage() {
  usePageTitle("Affected by an incident");
  const filter = affectedRoute.useSearch({ select: filterFrom });
  const affected = useQuery(affectedQuery(filter));
  return (
    <>
      <PageHeader
        above={<Link href={paths.decisions({ ...filter })}>Decisions</Link>}
        title="Affected by an incident"
        sentence="Say what went wrong: which system, which release, since when, which group. Counted are the decisions themselves, so the answer is exact."
      />
      <DecisionFilters filter={filter} page={paths.affected} />
      {affected.isError ? (
        <ErrorState problem={problemView(affected.error)} onRetry={() => void affected.refetch()} />
      ) : null}
      {affected.isPending ? <LinesSkeleton lines={6} /> : null}
      {affected.data === undefined ? null : <Answer affected={affected.data} filter={filter} />}
    </>
  );
}

function Answer({ affected, filter }: { affected: Affected; filter: DecisionFilter }) {
  const { decisions, subjects, firstAt, lastAt, groups } = affected;
  if (decisions === 0) {
    return (
      <EmptyState title="No decision is affected">
        The filter leaves none. Look at a longer time, or at more.
      </EmptyState>
    );
  }
  return (
    <>
      <Section title="How much">
        <Panel>
          <KeyValue
            items={[
              { label: "Decisions", value: decisions.toLocaleString("en") },
              {
                label: "People",
                value: subjects === 0 ? "not known: no pseudonyms were sent" : subjects.toLocaleString("en"),
              },
              { label: "First", value: firstAt === null ? null : <Time at={firstAt} absolute /> },
              { label: "Last", value: lastAt === null ? null : <Time at={lastAt} absolute /> },
            ]}
          />
        </Panel>
      </Section>
      <Section title="By system, release and outcome" note="The largest first. A number leads to the decisions.">
        <DataTable
          label="Affected decisions by system, release and outcome"
          storageKey="affected"
          rows={groups}
          columns={columnsFor(filter)}
          rowId={(group) => [group.systemName, group.releaseVersion, group.outcome].join("|")}
          empty={<EmptyState title="Nothing to show">There are no groups.</EmptyState>}
        />
      </Section>
    </>
  );
}

function columnsFor(filter: DecisionFilter): DataColumn<Group>[] {
  return [
    { id: "system", header: "System", cell: (group) => <SystemOf group={group} /> },
    { id: "release", header: "Release", cell: ({ releaseVersion }) => releaseVersion },
    { id: "outcome", header: "Decided", cell: ({ outcome }) => outcome },
    {
      id: "decisions",
      header: "Decisions",
      align: "end",
      cell: ({ systemId, releaseId, outcome, decisions }) => (
        <Link
          href={paths.decisions({
            ...filter,
            systemId: systemId ?? filter.systemId,
            releaseId: releaseId ?? filter.releaseId,
            outcome,
          })}
        >
          {decisions.toLocaleString("en")}
        </Link>
      ),
    },
  ];
}

function SystemOf({ group }: { group: Group }) {
  const href = group.systemId === null ? undefined : recordHref("system", group.systemId);
  return href ? <Link href={href}>{group.systemName}</Link> : group.systemName;
}
