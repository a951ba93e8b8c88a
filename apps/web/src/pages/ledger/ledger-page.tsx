import { counted } from "@steward/kernel";
import type { OperationOutput } from "@steward/client";
import { EmptyState, ErrorState, Hash, KeyValue, Link, PageHeader, Panel, Section, Time } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { ledgerQuery } from "../../data/ledger.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { PagePending } from "../../shell/page-pending.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { Checks } from "./checks.tsx";
import { EntryList } from "./entry-list.tsx";
import styles from "./ledger.module.css";

type Ledger = OperationOutput<"getLedger">;

/** The evidence ledger: how large, signed by whom, checked when, and every entry. */
export function LedgerPage() {
  usePageTitle("Evidence ledger");
  const ledger = useQuery(ledgerQuery);
  if (ledger.isPending) return <PagePending />;
  if (ledger.isError && ledger.data === undefined) {
    return (
      <>
        <PageHeader title="Evidence ledger" />
        <ErrorState problem={problemView(ledger.error)} onRetry={() => void ledger.refetch()} />
      </>
    );
  }
  return (
    <>
      <PageHeader title="Evidence ledger" sentence={ledgerSentence(ledger.data)} />
      <div className={styles.columns}>
        <Section
          title="Newest checkpoint"
          note="The log’s signed statement of its size and of a hash over every entry."
        >
          <CheckpointPanel ledger={ledger.data} />
        </Section>
        <Section
          title="Witnesses"
          note="Others who saw the log grow and signed for it, so that its operator alone cannot rewrite it."
        >
          <Witnesses witnesses={ledger.data.witnesses} size={ledger.data.size} />
        </Section>
      </div>
      <Section
        title="Self-checks"
        note="Every entry, tile, body and projection is read again and compared. The result is evidence itself."
      >
        <Checks />
      </Section>
      <Section title="Entries">
        <EntryList />
      </Section>
    </>
  );
}

function ledgerSentence({ size, lastCheck, witnesses }: Ledger): string {
  const entries = `${counted(size, "entry", "entries")}, append-only`;
  const check =
    lastCheck === null
      ? "not checked yet"
      : lastCheck.ok
        ? "the last self-check found nothing altered"
        : `the last self-check found ${counted(lastCheck.findings.length, "thing")} wrong`;
  const outside =
    witnesses.length === 0
      ? "no outside witness has signed"
      : counted(witnesses.length, "outside witness", "outside witnesses");
  return `${entries}; ${check}; ${outside}.`;
}

function CheckpointPanel({ ledger: { checkpoint, origin, verificationKey, epochs } }: { ledger: Ledger }) {
  const restores = epochs.map(({ size }) => ({
    label: "Restored from a backup",
    value: <EntryLink index={size} />,
    help: "This entry opens a new epoch and names what was signed before",
  }));
  const keys = [
    { label: "Origin", value: <code>{origin}</code>, help: "The log’s name" },
    { label: "Verification key", value: <Hash value={verificationKey} whole what="verification key" /> },
    ...restores,
  ];
  if (checkpoint === null) {
    return (
      <Panel>
        <KeyValue items={keys} />
        <p className={styles.muted}>The first checkpoint follows a second after the first entry.</p>
      </Panel>
    );
  }
  return (
    <Panel>
      <KeyValue
        items={[
          { label: "Signed", value: <Time at={checkpoint.at} /> },
          { label: "Size", value: `${checkpoint.size.toLocaleString("en")} entries` },
          { label: "Root hash", value: <Hash value={checkpoint.root} whole what="root hash" /> },
          ...keys,
        ]}
      />
      <details className={styles.note}>
        <summary>The signed note, to keep elsewhere</summary>
        {/* A region that scrolls must be reachable by keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className={styles.pre} tabIndex={0} aria-label="Signed note of the checkpoint">
          {checkpoint.note}
        </pre>
      </details>
    </Panel>
  );
}

function Witnesses({ witnesses, size }: { witnesses: Ledger["witnesses"]; size: number }) {
  if (witnesses.length === 0) {
    return (
      <EmptyState
        title="Nobody outside has signed yet"
        example={{
          label: "On a machine that somebody else runs",
          text: `steward ledger witness --server ${window.location.origin} --key "$STEWARD_KEY"`,
        }}
      >
        A log that only its operator signs does not bind the operator. Ask a partner, an auditor or another team to run
        a witness: it keeps the last checkpoint it saw, and signs only if the log has grown without a change.
      </EmptyState>
    );
  }
  return (
    <ul className={styles.list}>
      {witnesses.map((witness) => (
        <li key={witness.name} className={styles.item}>
          <strong>{witness.name}</strong>
          <span className={styles.muted}>
            signed for {witness.size.toLocaleString("en")} entries <Time at={witness.at} />
            {witness.size < size ? `; ${(size - witness.size).toLocaleString("en")} newer ones wait` : ""}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function EntryLink({ index }: { index: number }) {
  return <Link href={paths.ledgerEntry(index)}>entry {index.toLocaleString("en")}</Link>;
}
