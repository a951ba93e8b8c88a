import type { RequirementStatusView } from "@steward/client";
import { countStatuses, Link, STATUS_MEANINGS, StatusBadge } from "@steward/ui";

import { paths } from "../../paths.ts";
import styles from "./overview.module.css";

/** How many requirements have which status; each leads to its list. */
export function Counts({ requirements }: { requirements: readonly RequirementStatusView[] }) {
  const counts = countStatuses(requirements.map(({ status }) => status)).filter(({ count }) => count > 0);
  return (
    <ul className={styles.counts} aria-label="How many requirements have which status">
      {counts.map(({ status, count }) => (
        <li key={status}>
          <Link href={paths.requirements({ status })} className={styles.count} title={STATUS_MEANINGS[status]}>
            <StatusBadge status={status} />
            <span className={styles.countNumber}>{count}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
