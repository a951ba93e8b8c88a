import type { Decision } from "@steward/client";
import { Link, Panel, Section, Time } from "@steward/ui";

import { paths } from "../../paths.ts";
import { differencesFrom } from "./decision-differences.ts";
import styles from "./decisions.module.css";

type Conflict = Decision["conflicts"][number];

/** What was sent under the same id and says something else: refused, and kept, because nobody knows yet who is right. */
export function DecisionConflicts({ decision }: { decision: Decision }) {
  const { conflicts } = decision;
  if (conflicts.length === 0) return null;
  return (
    <Section
      title="Something else was sent under the same id"
      note="It was refused: one id is one decision. Both are kept, so that you can find out which is right."
    >
      <Panel>
        <ol className={styles.outcomes}>
          {conflicts.map((conflict) => (
            <Refused key={conflict.id} decision={decision} conflict={conflict} />
          ))}
        </ol>
      </Panel>
    </Section>
  );
}

function Refused({ decision, conflict }: { decision: Decision; conflict: Conflict }) {
  const { body, sender, recordedAt, ledgerIndex } = conflict;
  return (
    <li>
      <div>{body === null ? "What it said was erased." : differenceSentence(decision, body)}</div>
      <div className={styles.muted}>
        Sent <Time at={recordedAt} absolute /> by {sender.name ?? "a key that is not known any more"} ·{" "}
        <Link href={paths.ledgerEntry(ledgerIndex)}>Entry {ledgerIndex.toLocaleString("en")}</Link> has all of it
      </div>
    </li>
  );
}

function differenceSentence(decision: Decision, body: Record<string, unknown>): string {
  const { outcome } = (body["decision"] ?? {}) as { outcome?: unknown };
  const others = differencesFrom(decision, body).filter((name) => name !== "the outcome" && name !== "the flags");
  const also = others.length === 0 ? "" : `; other than stored: ${others.join(", ")}`;
  return outcome === decision.outcome
    ? `The same outcome${also}.`
    : `“${String(outcome)}” instead of “${decision.outcome}”${also}.`;
}
