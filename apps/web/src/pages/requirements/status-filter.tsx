import type { RequirementStatusView } from "@steward/client";
import { countStatuses, Link, type Status, StatusBadge } from "@steward/ui";

import { paths } from "../../paths.ts";
import styles from "./requirements.module.css";

interface StatusFilterProps {
  requirements: readonly RequirementStatusView[];
  status: Status | undefined;
  q: string | undefined;
}

/** One status, or all: links, so that the choice stands in the address. */
export function StatusFilter({ requirements, status: chosen, q }: StatusFilterProps) {
  const counts = countStatuses(requirements.map(({ status }) => status));
  return (
    <nav aria-label="Filter by status" className={styles.statusFilter}>
      <Link href={paths.requirements({ q })} className={styles.choice} aria-current={chosen === undefined}>
        All {requirements.length}
      </Link>
      {counts
        .filter(({ status, count }) => count > 0 || status === chosen)
        .map(({ status, count }) => (
          <Link
            key={status}
            href={paths.requirements({ status, q })}
            className={styles.choice}
            aria-current={chosen === status}
          >
            <StatusBadge status={status} /> {count}
          </Link>
        ))}
    </nav>
  );
}
