import type { EvaluationPlot } from "@steward/client";
import { shortNumber } from "@steward/ui";

import styles from "./evaluations.module.css";
import { IntervalTrack } from "./interval-track.tsx";

/** Dots with intervals that are a table at the same time: whoever cannot see the drawing reads the figures. */
export function PlotTable({ plot }: { plot: EvaluationPlot }) {
  return (
    <table className={styles.plot}>
      <caption>
        <span className={styles.plotTitle}>{plot.title}</span>
        {plot.meaning === "" ? null : <span className={styles.muted}> {plot.meaning}</span>}
        <span className={styles.summary}>{summaryOf(plot)}</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col" className={styles.trackCell}>
            <ScaleWords plot={plot} />
          </th>
          <th scope="col">Value [interval]</th>
        </tr>
      </thead>
      <tbody>
        {plot.rows.map((row) => (
          <tr key={row.label}>
            <th scope="row">
              {row.label === "" ? "The worst pair" : row.label}
              {row.note === "" ? null : <span className={styles.note}>{row.note}</span>}
              {row.thin ? <span className={styles.thin}>too few to judge</span> : null}
            </th>
            <td className={styles.trackCell}>
              <IntervalTrack plot={plot} row={row} />
            </td>
            <td className={styles.figure}>{row.text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ScaleWords({ plot }: { plot: EvaluationPlot }) {
  return (
    <span className={styles.scale}>
      <span>{shortNumber(plot.from)}</span>
      {plot.threshold ? <span>dashed: {plot.threshold.label}</span> : null}
      <span>{shortNumber(plot.to)}</span>
    </span>
  );
}

/** The plot in a sentence. */
export function summaryOf({ rows }: EvaluationPlot): string {
  const known = rows.flatMap((row) => (row.value === null ? [] : [{ label: row.label, value: row.value }]));
  if (known.length < 2) return "";
  const lowest = known.reduce((a, b) => (b.value < a.value ? b : a));
  const highest = known.reduce((a, b) => (b.value > a.value ? b : a));
  const thin = rows.filter((row) => row.thin).length;
  const few = thin === 0 ? "" : ` ${thin} of ${rows.length} groups have too few cases to judge.`;
  return `Lowest ${lowest.label} (${lowest.value.toFixed(3)}), highest ${highest.label} (${highest.value.toFixed(3)}).${few}`;
}
