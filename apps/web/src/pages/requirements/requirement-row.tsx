import { counted } from "@steward/kernel";
import type { RequirementStatusView } from "@steward/client";
import { Link, StatusBadge, Time, VerdictBadge } from "@steward/ui";

import { paths } from "../../paths.ts";
import styles from "./requirements.module.css";

/** One requirement in the list: number, title, status, why, its tests, since when. */
export function RequirementRow({ requirement }: { requirement: RequirementStatusView }) {
  const { ref, title, status, sentence, tests, since, evidenceCount } = requirement;
  return (
    <li className={styles.row}>
      <div className={styles.rowHead}>
        <Link href={paths.requirement(ref)} className={styles.rowLink}>
          <span className={styles.rowRef}>{ref}</span>
          <span>{title}</span>
        </Link>
      </div>
      <div className={styles.rowStatus}>
        <StatusBadge status={status} />
      </div>
      <div className={styles.rowSentence}>{sentence}</div>
      <div className={styles.rowMeta}>
        <span className={styles.tests}>
          <span>{counted(tests.length, "test")}</span>
          {tests.map((test) => (
            <VerdictBadge key={test.testId} verdict={test.verdict} shapeOnly />
          ))}
        </span>
        <span>
          {evidenceWords(evidenceCount)}
          <Time at={since} />
        </span>
      </div>
    </li>
  );
}

/** Nothing where the access of the reader leaves the count out. */
function evidenceWords(count: number | null): string {
  if (count === null) return "";
  return count === 0 ? "no evidence, " : `evidence: ${count.toLocaleString("en")}, `;
}
