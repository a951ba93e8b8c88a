import type { EvaluationSummary } from "@steward/client";
import { VerdictBadge } from "@steward/ui";

import styles from "./evaluations.module.css";

/** The verdict of an evaluation; without a policy there is none, and the figures stand for themselves. */
export function EvaluationVerdict({ verdict }: { verdict: EvaluationSummary["verdict"] | null }) {
  if (verdict === null || verdict === "none") return <span className={styles.muted}>No verdict</span>;
  return <VerdictBadge verdict={verdict} />;
}
