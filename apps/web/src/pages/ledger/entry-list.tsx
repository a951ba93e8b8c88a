import { Button, TextInput } from "@mantine/core";
import type { LedgerEntrySummary } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, Hash, Link, Time } from "@steward/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";

import { entriesQuery } from "../../data/ledger.ts";
import { kindWords, recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";
import { useGo } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { actorText } from "./actor-text.ts";
import { ledgerRoute } from "./ledger.routes.ts";

const COLUMNS: readonly DataColumn<LedgerEntrySummary>[] = [
  { id: "index", header: "Entry", cell: ({ index }) => index.toLocaleString("en") },
  { id: "kind", header: "What happened", cell: ({ kind }) => kindWords(kind) },
  { id: "subject", header: "To what", cell: (entry) => <SubjectOf entry={entry} /> },
  { id: "actor", header: "By", cell: ({ actor }) => actorText(actor) },
  { id: "at", header: "When", cell: ({ at }) => <Time at={at} /> },
  { id: "leafHash", header: "Leaf hash", cell: ({ leafHash }) => <Hash value={leafHash} /> },
];

/** Every entry, newest first, by kind or by what it concerns. */
export function EntryList() {
  const { kind, subjectId } = ledgerRoute.useSearch();
  const entries = useInfiniteQuery(entriesQuery({ kind, subjectId }));
  const filtered = kind !== undefined || subjectId !== undefined;
  const rows = entries.data?.pages.flatMap((page) => page.items) ?? [];
  if (entries.isError && entries.data === undefined) {
    return <ErrorState problem={problemView(entries.error)} onRetry={() => void entries.refetch()} />;
  }
  return (
    <DataTable
      label="Ledger entries"
      storageKey="ledger"
      rows={rows}
      columns={COLUMNS}
      rowId={({ index }) => String(index)}
      rowHref={({ index }) => paths.ledgerEntry(index)}
      loading={entries.isPending}
      total={entries.data?.pages[0]?.total}
      more={
        entries.hasNextPage
          ? { load: () => void entries.fetchNextPage(), loading: entries.isFetchingNextPage }
          : undefined
      }
      toolbar={<EntryFilter key={`${kind ?? ""}|${subjectId ?? ""}`} kind={kind} subjectId={subjectId} />}
      empty={filtered ? <NothingFound /> : <NothingYet />}
    />
  );
}

function EntryFilter({ kind, subjectId }: { kind: string | undefined; subjectId: string | undefined }) {
  const go = useGo();
  const [wantedKind, setKind] = useState(kind ?? "");
  const [wantedSubject, setSubject] = useState(subjectId ?? "");
  function submit(event: FormEvent) {
    event.preventDefault();
    go(paths.ledger({ kind: wantedKind.trim(), subjectId: wantedSubject.trim() }));
  }
  return (
    <form onSubmit={submit} style={{ display: "contents" }}>
      <TextInput
        size="xs"
        label="What happened"
        placeholder="decision.recorded"
        value={wantedKind}
        onChange={(event) => setKind(event.currentTarget.value)}
      />
      <TextInput
        size="xs"
        label="Id of what it concerns"
        value={wantedSubject}
        onChange={(event) => setSubject(event.currentTarget.value)}
      />
      <Button type="submit" size="xs" variant="default">
        Filter
      </Button>
      {kind === undefined && subjectId === undefined ? null : <Link href={paths.ledger()}>Show all</Link>}
    </form>
  );
}

function SubjectOf({ entry: { subject } }: { entry: LedgerEntrySummary }) {
  const href = recordHref(subject.kind, subject.id);
  const words = `${subject.title ?? kindWords(subject.kind)}${subject.version === null ? "" : `, version ${subject.version}`}`;
  return href ? <Link href={href}>{words}</Link> : words;
}

function NothingFound() {
  return (
    <EmptyState title="No entry is like that" action={<Link href={paths.ledger()}>Show all entries</Link>}>
      The filter compares whole words: <code>decision.recorded</code>, not <code>decision</code>.
    </EmptyState>
  );
}

function NothingYet() {
  return (
    <EmptyState title="The ledger is empty">
      Every change and every decision becomes an entry here, in the same moment in which it is stored.
    </EmptyState>
  );
}
