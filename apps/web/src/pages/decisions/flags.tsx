import { DECISION_FLAGS, type DecisionFlag } from "@steward/client";

import styles from "./decisions.module.css";

/** A flag's name as people say it: `not_deployed` is "not deployed". */
export function flagWords(flag: DecisionFlag): string {
  return flag.replaceAll("_", " ");
}

/** The flags of a decision at a glance; what each means stands on the decision's page. */
export function Flags({ flags }: { flags: readonly DecisionFlag[] }) {
  if (flags.length === 0) return <span className={styles.muted}>none</span>;
  return (
    <span className={styles.flags}>
      {flags.map((flag) => (
        <span key={flag} className={styles.flag} title={DECISION_FLAGS[flag]}>
          {flagWords(flag)}
        </span>
      ))}
    </span>
  );
}
