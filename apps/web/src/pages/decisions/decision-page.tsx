import { DECISION_FLAGS, type Decision } from "@steward/client";
import { ErrorState, EvidenceTrail, KeyValue, Link, PageHeader, Panel, Section, Time } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { decisionQuery } from "../../data/decisions.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { PagePending } from "../../shell/page-pending.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { DecisionCall } from "./decision-call.tsx";
import { releaseItems, whatItems } from "./decision-items.tsx";
import { DecisionConflicts } from "./decision-conflicts.tsx";
import { DecisionOutcomes } from "./decision-outcomes.tsx";
import { EntryProof } from "../proof/entry-proof.tsx";
import { differencesFrom } from "./decision-differences.ts";
import { decisionTrail } from "./decision-trail.ts";
import { decisionRoute } from "./decisions.routes.ts";
import styles from "./decisions.module.css";
import { Explanation } from "./explanation.tsx";
import { flagWords } from "./flags.tsx";

/** One decision: what, when, by which release, why, and the proof that nobody changed it since. */
export function DecisionPage() {
  const { id } = decisionRoute.useParams();
  const decision = useQuery(decisionQuery(id));
  usePageTitle(decision.data ? `Decision ${decision.data.externalId}` : undefined);
  if (decision.isPending) return <PagePending />;
  if (decision.isError && decision.data === undefined) {
    return (
      <>
        <PageHeader title="Decision" above={<Link href={paths.decisions()}>Decisions</Link>} />
        <ErrorState problem={problemView(decision.error)} onRetry={() => void decision.refetch()} />
      </>
    );
  }
  return <Loaded decision={decision.data} />;
}

function Loaded({ decision }: { decision: Decision }) {
  return (
    <>
      <PageHeader
        above={<Link href={paths.decisions({ systemId: decision.systemId ?? undefined })}>Decisions</Link>}
        title={`Decision ${decision.externalId}`}
        sentence={<DecisionSentence decision={decision} />}
      />
      {decision.flags.length > 0 ? <FlagPanel flags={decision.flags} /> : null}
      {decision.withheld === null ? null : <Withheld withheld={decision.withheld} />}
      <div className={styles.columns}>
        <div>
          <Section title="What was decided">
            <Panel>
              <KeyValue items={whatItems(decision)} />
            </Panel>
          </Section>
          <DecisionCall decision={decision} />
          <Section title="Why">
            <Panel>
              <Explanation explanation={decision.explanation} />
            </Panel>
          </Section>
          <Section title="What turned out to be true">
            <Panel>
              <DecisionOutcomes decision={decision} />
            </Panel>
          </Section>
          <DecisionConflicts decision={decision} />
          <Section title="Proof">
            <Panel>
              <EntryProof
                ledgerIndex={decision.ledgerIndex}
                claim={{ subjectId: decision.id, differs: (body) => differencesFrom(decision, body) }}
              />
            </Panel>
          </Section>
        </div>
        <div>
          <Section title="Evidence trail">
            <Panel>
              <EvidenceTrail steps={decisionTrail(decision)} />
            </Panel>
          </Section>
          <Section title="Which release">
            <Panel>
              <KeyValue items={releaseItems(decision)} />
            </Panel>
          </Section>
          <Section title="Groups" note="What decisions can be cut into slices by. Never a name or an id of a person.">
            <Panel>
              <Attributes attributes={decision.attributes} />
            </Panel>
          </Section>
        </div>
      </div>
    </>
  );
}

function DecisionSentence({ decision }: { decision: Decision }) {
  return (
    <>
      {decision.systemName} {decision.releaseVersion} decided “{decision.outcome}” <Time at={decision.occurredAt} />
      {decision.sandbox ? ", as a test call that does not count for the status" : ""}.
    </>
  );
}

/** What is not there any more, and why: a gap that is explained and proven. */
function Withheld({ withheld }: { withheld: NonNullable<Decision["withheld"]> }) {
  return (
    <Section title="Personal content is withheld">
      <Panel>
        Erased on <Time at={withheld.erasedAt} absolute /> by {withheld.by.name ?? "somebody who is not known any more"}
        {withheld.reason === null ? "." : `: “${withheld.reason}”`}{" "}
        <Link href={paths.ledgerEntry(withheld.erasedBy)}>Entry {withheld.erasedBy} of the ledger</Link> says so; the
        proof of this decision still holds.
      </Panel>
    </Section>
  );
}

function FlagPanel({ flags }: { flags: Decision["flags"] }) {
  return (
    <div className={styles.odd}>
      <Section title={flags.length === 1 ? "One thing is odd" : `${flags.length} things are odd`}>
        <Panel>
          <ul className={styles.flagList}>
            {flags.map((flag) => (
              <li key={flag} className={styles.flagItem}>
                <span className={styles.flag}>{flagWords(flag)}</span>
                <span>{DECISION_FLAGS[flag]}</span>
              </li>
            ))}
          </ul>
        </Panel>
      </Section>
    </div>
  );
}

function Attributes({ attributes }: { attributes: Decision["attributes"] }) {
  const entries = Object.entries(attributes);
  if (entries.length === 0) {
    return <p className={styles.muted}>None were sent. Without them nobody can see whether groups fare alike.</p>;
  }
  return (
    <KeyValue items={entries.map(([label, value]) => ({ label, value: value === null ? null : String(value) }))} />
  );
}
