import type { DriftItem } from "@steward/client";

import { DRIFT_WORDS } from "../../data/inventory.ts";
import styles from "./inventory.module.css";

/** Kind and state of an item in words; the colour only repeats them. */
export function DriftBadge({ item }: { item: Pick<DriftItem, "kind" | "state" | "overdue"> }) {
  const look = item.state === "open" ? (item.overdue ? "failing" : "open") : "quiet";
  const more = item.state === "open" ? (item.overdue ? ", overdue" : "") : `, ${item.state}`;
  return (
    <span className={styles.badge} data-look={look}>
      {DRIFT_WORDS[item.kind]}
      {more}
    </span>
  );
}
