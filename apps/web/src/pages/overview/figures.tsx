import { Link } from "@steward/ui";
import type { ReactNode } from "react";

import { paths } from "../../paths.ts";
import type { Overview } from "./overview-page.tsx";
import styles from "./overview.module.css";

/** What runs now, each figure with its window. */
export function Figures({ figures }: { figures: Overview["figures"] }) {
  const perHour = figures.decisions24h / 24;
  return (
    <dl className={styles.figures}>
      <Figure
        name="Systems in operation"
        value={figures.systemsInOperation}
        note={figures.systems === 0 ? "register the first" : `of ${number(figures.systems)} registered`}
      />
      <Figure
        name="Decisions, 24 hours"
        value={<Link href={paths.decisions()}>{number(figures.decisions24h)}</Link>}
        note={
          figures.decisionsTotal === 0
            ? "none arrived yet"
            : `${rate(perHour)} an hour; ${number(figures.decisionsTotal)} in all`
        }
      />
      <Figure
        name="Flagged, 24 hours"
        value={figures.flagged24h}
        note={figures.decisions24h === 0 ? "no decisions to flag" : `of ${number(figures.decisions24h)} decisions`}
      />
      {figures.ledgerSize === null ? null : (
        <Figure
          name="Ledger"
          value={<Link href={paths.ledger()}>{number(figures.ledgerSize)}</Link>}
          note="entries, append-only"
        />
      )}
    </dl>
  );
}

function Figure({ name, value, note }: { name: string; value: ReactNode; note: string }) {
  return (
    <div className={styles.figure}>
      <dt className={styles.figureName}>{name}</dt>
      <dd className={styles.figureValue}>{typeof value === "number" ? number(value) : value}</dd>
      <dd className={styles.figureNote}>{note}</dd>
    </div>
  );
}

function number(value: number): string {
  return value.toLocaleString("en");
}

function rate(perHour: number): string {
  return perHour >= 10 ? number(Math.round(perHour)) : perHour.toFixed(1);
}
