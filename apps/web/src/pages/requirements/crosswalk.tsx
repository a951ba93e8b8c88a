import { EmptyState, Panel } from "@steward/ui";

import type { RequirementDetail } from "./requirement-page.tsx";
import styles from "./requirement.module.css";

type Row = RequirementDetail["crosswalk"][number];

const STRENGTHS: Readonly<Record<string, string>> = {
  full: "same record serves",
  partial: "serves in part",
  related: "related",
  none: "no counterpart",
};

/** What the same work answers in other standards and laws, grouped by them, strongest first. */
export function Crosswalk({ rows }: { rows: readonly Row[] }) {
  if (rows.length === 0) {
    return <EmptyState title="No counterpart is known">No other standard of the catalogue asks for this.</EmptyState>;
  }
  return (
    <Panel>
      {[...Map.groupBy(rows, ({ standardTitle }) => standardTitle)].map(([standard, group]) => (
        <details key={standard} className={styles.crossGroup}>
          <summary>
            {standard} ({group.length})
          </summary>
          <ul className={styles.crossList}>
            {group.map((row) => (
              <li key={row.id} className={styles.crossRow}>
                <span className={styles.crossRef}>{row.ref}</span> {row.title}
                <div className={styles.muted}>
                  {STRENGTHS[row.strength] ?? row.strength}: {row.reason}
                  {row.supported ? "" : " Our own reading; no outside source."}
                </div>
              </li>
            ))}
          </ul>
        </details>
      ))}
    </Panel>
  );
}
