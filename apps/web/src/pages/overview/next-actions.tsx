import { EmptyState, Link } from "@steward/ui";

import { stepHref } from "../../data/links.ts";
import { paths } from "../../paths.ts";
import type { Overview } from "./overview-page.tsx";
import styles from "./overview.module.css";

/** More than these are a plan, not a next step. */
const SHOWN = 5;

/** What to do next, ordered by what it unlocks. */
export function NextActions({ overview }: { overview: Overview }) {
  const { nextActions: actions, status } = overview;
  if (status.evaluatedAt === null) {
    return (
      <EmptyState title="Nothing was computed yet">
        The status of this organisation begins with its first evaluation, which came later than this moment.
      </EmptyState>
    );
  }
  if (actions.length === 0) {
    return (
      <EmptyState title="Nothing is waiting">
        Every test that has a source passes. New actions appear when evidence ages or something changes.
      </EmptyState>
    );
  }
  return (
    <ol className={styles.list}>
      {actions.slice(0, SHOWN).map((action, index) => (
        <li key={`${action.action}${action.subjectId ?? ""}${action.text}`} className={styles.item}>
          <span className={styles.number}>{index + 1}</span>
          <div>
            <div className={styles.itemTitle}>
              <ActionText action={action} />
            </div>
            <div className={styles.itemNote}>
              Moves{" "}
              <span className={styles.refs}>
                {action.unlocks.map((ref) => (
                  <Link key={ref} href={paths.requirement(ref)}>
                    {ref}
                  </Link>
                ))}
              </span>
            </div>
          </div>
        </li>
      ))}
    </ol>
  );
}

function ActionText({ action }: { action: Overview["nextActions"][number] }) {
  const href = stepHref(action) ?? (action.unlocks[0] ? paths.requirement(action.unlocks[0]) : undefined);
  return href ? <Link href={href}>{action.text}</Link> : action.text;
}
