import { EmptyState, Icon, Link, Time } from "@steward/ui";

import { paths } from "../../paths.ts";
import type { Overview } from "./overview-page.tsx";
import styles from "./overview.module.css";

const SHOWN = 8;

/** What runs out, soonest first: evidence that ages, terms that end. */
export function Clocks({ clocks }: { clocks: Overview["clocks"] }) {
  if (clocks.length === 0) {
    return (
      <EmptyState title="No clock is running">
        When evidence has a maximum age, or an exception an end, its clock stands here.
      </EmptyState>
    );
  }
  return (
    <ul className={styles.list}>
      {clocks.slice(0, SHOWN).map((clock) => (
        <li key={`${clock.at}${clock.text}`} className={styles.item}>
          <Icon name="clock" />
          <div>
            <div>
              {clock.text} <strong>{<Time at={clock.at} />}</strong>
            </div>
            <div className={styles.itemNote}>
              <span className={styles.refs}>
                {clock.requirementIds.map((id) => (
                  <Link key={id} href={paths.requirement(refOf(id))}>
                    {refOf(id)}
                  </Link>
                ))}
              </span>
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}

/** `iso42001:A.6.2.8` is called A.6.2.8. */
function refOf(requirementId: string): string {
  return requirementId.slice(requirementId.indexOf(":") + 1);
}
