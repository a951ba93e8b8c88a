import type { TestResultView } from "@steward/client";
import { Link, Time } from "@steward/ui";

import { kindWords, recordHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";
import styles from "./requirement.module.css";

/** The items that do not pass, each with what is wrong and what shows it. */
export function ExceptionList({ exceptions, total }: { exceptions: TestResultView["exceptions"]; total: number }) {
  return (
    <>
      <ul className={styles.exceptions}>
        {exceptions.map((exception) => (
          <li key={`${exception.subjectKind}${exception.subjectId}${exception.message}`} className={styles.exception}>
            <div className={styles.exceptionTitle}>
              <Subject exception={exception} />
            </div>
            <div>{exception.message}</div>
            {exception.evidence.map((item) => (
              <div key={`${item.kind}${item.id}`} className={styles.muted}>
                {item.title ?? kindWords(item.kind)} <Time at={item.at} />
                {item.ledgerIndex === null ? null : (
                  <>
                    {" · "}
                    <Link href={paths.ledgerEntry(item.ledgerIndex)}>ledger entry {item.ledgerIndex}</Link>
                  </>
                )}
              </div>
            ))}
          </li>
        ))}
      </ul>
      {total > exceptions.length ? (
        <p className={styles.muted}>
          {exceptions.length} of {total.toLocaleString("en")} shown.
        </p>
      ) : null}
    </>
  );
}

function Subject({ exception }: { exception: TestResultView["exceptions"][number] }) {
  const { subjectKind, subjectId, subjectTitle } = exception;
  const title = subjectTitle ?? `${kindWords(subjectKind)} ${subjectId}`;
  const href = recordHref(subjectKind, subjectId);
  return href ? <Link href={href}>{title}</Link> : title;
}
