import { EmptyState, Icon, Link, StatusBadge, Time } from "@steward/ui";

import { paths } from "../../paths.ts";
import type { Overview } from "./overview-page.tsx";
import styles from "./overview.module.css";

/** What moved, from which status to which, and because of what. */
export function Changes({ changes }: { changes: Overview["changes"] }) {
  if (changes.length === 0) {
    return (
      <EmptyState title="No status moved in the last seven days">
        A status moves by itself when evidence arrives, when a test finds something, or when evidence grows too old.
      </EmptyState>
    );
  }
  return (
    <ul className={styles.list}>
      {changes.map((change) => (
        <li key={`${change.requirementId}${change.at}`} className={styles.change}>
          <span className={styles.changeTitle}>
            <Link href={paths.requirement(change.ref)}>
              {change.ref} {change.title}
            </Link>
          </span>
          <span className={styles.move}>
            {change.from ? (
              <>
                <StatusBadge status={change.from} shapeOnly />
                <Icon name="right" size={12} />
              </>
            ) : null}
            <StatusBadge status={change.to} />
          </span>
          <span className={styles.because}>{change.because}</span>
          <span className={styles.when}>
            <Time at={change.at} />
            {change.ledgerIndex === null ? null : (
              <>
                {" · "}
                <Link href={paths.ledgerEntry(change.ledgerIndex)}>ledger entry {change.ledgerIndex}</Link>
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
