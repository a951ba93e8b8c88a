import { counted } from "@steward/kernel";
import type { Vulnerabilities } from "@steward/client";
import {
  type DataColumn,
  DataTable,
  Deadline,
  EmptyState,
  ErrorState,
  LinesSkeleton,
  Link,
  PageHeader,
  Section,
  Time,
} from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { vulnerabilitiesQuery } from "../../data/inventory.ts";
import { recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { ImportVulnerabilities } from "./import-vulnerabilities.tsx";
import { vulnerabilitiesRoute } from "./inventory.routes.ts";

type Vulnerability = Vulnerabilities["items"][number];
type Feed = Vulnerabilities["feeds"][number];

/** What is known to be vulnerable of what registered systems use, and where that is known from. */
export function VulnerabilitiesPage() {
  usePageTitle("Vulnerabilities");
  const { systemId } = vulnerabilitiesRoute.useSearch();
  const known = useQuery(vulnerabilitiesQuery(systemId));
  if (known.isError) return <ErrorState problem={problemView(known.error)} onRetry={() => void known.refetch()} />;
  if (known.isPending) return <LinesSkeleton lines={10} />;
  const { feeds, items, more, elsewhere } = known.data;
  return (
    <>
      <PageHeader
        title="Vulnerabilities"
        sentence={`${systemId === undefined ? "" : "Of one AI system: "}${sentenceOf(known.data)}`}
        actions={<ImportVulnerabilities />}
      />
      {feeds.length === 0 ? (
        <NoFeed />
      ) : (
        <>
          <DataTable
            label="Known vulnerabilities"
            storageKey="vulnerabilities"
            rows={items}
            columns={COLUMNS}
            rowId={({ id, component, version }) => `${id} ${component} ${version}`}
            total={items.length + more}
            empty={
              <EmptyState title="Nothing known">
                No imported statement concerns a component that is declared or found.
              </EmptyState>
            }
          />
          {systemId === undefined ? null : <Link href={paths.vulnerabilities()}>Of all AI systems</Link>}
          <Section title="Where it is known from" note={noteOf(elsewhere)}>
            <DataTable
              label="Imported vulnerability data"
              storageKey="vulnerability-feeds"
              rows={feeds}
              columns={FEED_COLUMNS}
              rowId={({ id }) => id}
              empty={null}
            />
          </Section>
        </>
      )}
    </>
  );
}

function sentenceOf({ feeds, items, more }: Vulnerabilities): string {
  if (feeds.length === 0) return "No vulnerability data was imported yet, so nothing is known.";
  const waiting = items.filter(isOpen);
  const critical = waiting.filter(({ fixBy }) => fixBy !== null).length;
  const count = more > 0 ? `At least ${waiting.length}` : String(waiting.length);
  return `${count} ${waiting.length === 1 && more === 0 ? "waits" : "wait"} to be fixed, ${critical} of them critical or of unknown severity.`;
}

function noteOf(elsewhere: number): string {
  const newest = "The newest import of each source.";
  if (elsewhere === 0) return newest;
  return `${newest} ${counted(elsewhere, "statement is", "statements are")} about what no registered AI system uses.`;
}

function isOpen({ state }: Vulnerability): boolean {
  return state === "affected" || state === "under_investigation";
}

const COLUMNS: readonly DataColumn<Vulnerability>[] = [
  { id: "id", header: "Vulnerability", cell: ({ id }) => id },
  {
    id: "component",
    header: "Component",
    cell: ({ component, version }) => (version === null ? `${component}, any version` : `${component} ${version}`),
  },
  { id: "severity", header: "Severity", cell: ({ severity }) => severity },
  { id: "state", header: "State", cell: ({ state }) => state.replaceAll("_", " ") },
  { id: "systems", header: "Used by", cell: ({ systems }) => <Users systems={systems} /> },
  { id: "since", header: "Known since", cell: ({ knownSince }) => <Time at={knownSince} /> },
  {
    id: "fixBy",
    header: "Fix by",
    cell: ({ fixBy, overdue }) => (fixBy === null ? "no deadline" : <Deadline at={fixBy} overdue={overdue} />),
  },
  {
    id: "entry",
    header: "Ledger entry",
    hidden: true,
    cell: ({ ledgerIndex }) => <Link href={paths.ledgerEntry(ledgerIndex)}>{ledgerIndex.toLocaleString("en")}</Link>,
  },
];

function Users({ systems }: Pick<Vulnerability, "systems">) {
  return systems.map(({ id, name }, index) => (
    <span key={id}>
      {index === 0 ? "" : ", "}
      <Link href={recordHref("system", id) ?? paths.map()}>{name}</Link>
    </span>
  ));
}

const FEED_COLUMNS: readonly DataColumn<Feed>[] = [
  { id: "source", header: "Source", cell: ({ source }) => source },
  { id: "format", header: "Format", cell: ({ format }) => format },
  { id: "statements", header: "Statements", cell: ({ statements }) => statements.toLocaleString("en"), align: "end" },
  { id: "at", header: "Imported", cell: ({ recordedAt }) => <Time at={recordedAt} /> },
  {
    id: "entry",
    header: "Ledger entry",
    cell: ({ ledgerIndex }) => <Link href={paths.ledgerEntry(ledgerIndex)}>{ledgerIndex.toLocaleString("en")}</Link>,
  },
];

function NoFeed() {
  return (
    <EmptyState
      title="Nothing was imported yet"
      example={{
        label: "With an API key that may publish the inventory",
        text: `osv-scanner scan source -r . --format json | steward vulnerabilities - --server ${window.location.origin}`,
      }}
    >
      Silence is not green: import what a scanner found, or the VEX document of a supplier, at least once a week.
    </EmptyState>
  );
}
