import type { Decision, DecisionOutcome } from "@steward/client";
import { EmptyState, Link, Time } from "@steward/ui";

import { paths } from "../../paths.ts";
import styles from "./decisions.module.css";
import { outcomeExample } from "./outcome-example.ts";

/** The truth about a decision once it was known, with every correction of it. */
export function DecisionOutcomes({ decision }: { decision: Decision }) {
  const { outcomes } = decision;
  const held = outcomes.find(({ holds }) => holds);
  if (held === undefined) {
    return (
      <EmptyState
        title="It is not known yet"
        example={{ label: "Tell it when it is known", text: outcomeExample(window.location.origin, decision) }}
      >
        Late outcomes show how good the decisions are, over all and for each group.
      </EmptyState>
    );
  }
  return (
    <>
      <p className={styles.summary}>
        {held.outcome === decision.outcome
          ? `It was “${held.outcome}”, as decided.`
          : `It was “${held.outcome}”; decided was “${decision.outcome}”.`}
      </p>
      <ol className={styles.outcomes}>
        {outcomes.map((outcome) => (
          <Version key={outcome.version} outcome={outcome} />
        ))}
      </ol>
    </>
  );
}

function Version({ outcome }: { outcome: DecisionOutcome }) {
  const { version, holds, observedAt, source, note, ledgerIndex } = outcome;
  return (
    <li>
      <div>
        “{outcome.outcome}”, observed <Time at={observedAt} absolute />
        {source === null ? null : <> by {source}</>}
      </div>
      {note === null ? null : <div>{note}</div>}
      <div className={styles.muted}>
        Version {version}
        {holds ? ", holds" : ", does not hold any more"} ·{" "}
        <Link href={paths.ledgerEntry(ledgerIndex)}>Entry {ledgerIndex.toLocaleString("en")}</Link>
      </div>
    </li>
  );
}
