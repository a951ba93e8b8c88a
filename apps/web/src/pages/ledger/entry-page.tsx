import type { LedgerEntry } from "@steward/client";
import {
  CopyButton,
  EmptyState,
  ErrorState,
  Hash,
  Icon,
  KeyValue,
  Link,
  PageHeader,
  Panel,
  Section,
  Time,
} from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { entryQuery } from "../../data/ledger.ts";
import { kindWords, recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { PagePending } from "../../shell/page-pending.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { VerifyPanel } from "../proof/verify-panel.tsx";
import { actorText } from "./actor-text.ts";
import { entryRoute } from "./ledger.routes.ts";
import styles from "./ledger.module.css";
import { prettyJson } from "./pretty-json.ts";

/** One entry of the ledger: what happened, its exact bytes, what it commits to, and the proof. */
export function EntryPage() {
  const { index } = entryRoute.useParams();
  usePageTitle(`Ledger entry ${index}`);
  const entry = useQuery(entryQuery(index));
  if (entry.isPending) return <PagePending />;
  if (entry.isError && entry.data === undefined) {
    return (
      <>
        <PageHeader title={`Entry ${index}`} above={<Link href={paths.ledger()}>Evidence ledger</Link>} />
        <ErrorState problem={problemView(entry.error)} onRetry={() => void entry.refetch()} />
      </>
    );
  }
  return <Loaded entry={entry.data} />;
}

function Loaded({ entry }: { entry: LedgerEntry }) {
  return (
    <>
      <PageHeader
        above={<Link href={paths.ledger()}>Evidence ledger</Link>}
        title={`Entry ${entry.index.toLocaleString("en")}`}
        sentence={
          <>
            {capital(kindWords(entry.kind))}: {subjectWords(entry)}, by {actorText(entry.actor)}, <Time at={entry.at} />
            .
          </>
        }
        actions={<Neighbours index={entry.index} />}
      />
      <Panel>
        <KeyValue
          items={[
            { label: "What happened", value: <code>{entry.kind}</code> },
            { label: "When", value: <Time at={entry.at} absolute /> },
            { label: "By", value: actorText(entry.actor) },
            { label: "To what", value: <SubjectLink entry={entry} /> },
            { label: "Leaf hash", value: <Hash value={entry.leafHash} whole what="leaf hash" /> },
          ]}
        />
      </Panel>
      <Section title="Proof">
        <Panel>
          <VerifyPanel entry={entry} claim={{ subjectId: entry.subject.id }} />
        </Panel>
      </Section>
      <Section
        title="What it says"
        note="The body that the entry commits to, field by field. It lies beside the ledger, so that it can be erased without breaking a proof."
      >
        <Disclosure entry={entry} />
      </Section>
      <Section
        title="The exact entry"
        note="These bytes are hashed. They name nobody: only random ids, digests and commitments."
      >
        <Text label="The entry’s bytes, as text" text={prettyJson(atob(entry.leaf))} copy={atob(entry.leaf)} />
      </Section>
      {entry.receipt === null ? null : (
        <Section
          title="Receipt"
          note="A C2SP tlog-proof: with it and the log’s key anybody can verify the entry offline."
        >
          <Text label="The receipt" text={entry.receipt} copy={entry.receipt} />
        </Section>
      )}
    </>
  );
}

function Disclosure({ entry }: { entry: LedgerEntry }) {
  if (entry.disclosure === null) {
    return (
      <EmptyState title="Erased or withheld">
        The entry stays, and every proof stays valid: what is gone are the values, and the gap shows that they are gone.
      </EmptyState>
    );
  }
  return <Text label="The body" text={prettyJson(entry.disclosure.body)} copy={entry.disclosure.body} />;
}

function Text({ label, text, copy }: { label: string; text: string; copy: string }) {
  return (
    <div>
      <CopyButton value={copy} what={label} />
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles.pre} tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </div>
  );
}

function Neighbours({ index }: { index: number }) {
  return (
    <nav aria-label="Entries before and after" className={styles.neighbours}>
      {index === 0 ? null : (
        <Link href={paths.ledgerEntry(index - 1)} className={styles.neighbour} rel="prev">
          <Icon name="left" /> {index - 1}
        </Link>
      )}
      <Link href={paths.ledgerEntry(index + 1)} className={styles.neighbour} rel="next">
        {index + 1} <Icon name="right" />
      </Link>
    </nav>
  );
}

function SubjectLink({ entry }: { entry: LedgerEntry }) {
  const href = recordHref(entry.subject.kind, entry.subject.id);
  const words = subjectWords(entry);
  return (
    <>
      {href ? <Link href={href}>{words}</Link> : words}{" "}
      <Link href={paths.ledger({ subjectId: entry.subject.id })} className={styles.muted}>
        all its entries
      </Link>
    </>
  );
}

function subjectWords({ subject }: LedgerEntry): string {
  const version = subject.version === null ? "" : `, version ${subject.version}`;
  return `${kindWords(subject.kind)} ${subject.title ?? subject.id}${version}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
