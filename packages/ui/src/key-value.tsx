import type { ReactNode } from "react";

import styles from "./key-value.module.css";

export interface KeyValueItem {
  label: string;
  value: ReactNode;
  /** What the label means, where it is not plain. */
  help?: string | undefined;
}

/** Facts as label and value; dense ones stand side by side, the label above. An empty value says so instead of leaving a gap. */
export function KeyValue({ items, dense = false }: { items: readonly KeyValueItem[]; dense?: boolean }) {
  return (
    <dl className={dense ? styles.dense : styles.list}>
      {items.map(({ label, value, help }) => (
        <div key={label} className={styles.item}>
          <dt className={styles.label} title={help}>
            {label}
          </dt>
          <dd className={styles.value}>
            {value === null || value === undefined || value === "" ? <span className={styles.none}>none</span> : value}
          </dd>
        </div>
      ))}
    </dl>
  );
}
