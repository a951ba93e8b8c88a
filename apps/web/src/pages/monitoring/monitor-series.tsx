import { counted } from "@steward/kernel";
import type { MonitorView } from "@steward/client";
import { Time } from "@steward/ui";

import { figureOf } from "./monitor-words.ts";
import styles from "./monitoring.module.css";

const WIDTH = 320;
const HEIGHT = 64;
const PAD = 6;
/** Runs that the table lists; all of them are in the monitor's history. */
const TABLE_RUNS = 10;

/** The newest runs of a monitor: a line with its threshold, the same in words, and as a table. */
export function MonitorSeries({ monitor }: { monitor: MonitorView }) {
  const { series, measure } = monitor;
  const points = series.filter((point) => point.value !== null);
  const summary = seriesSummary(monitor);
  return (
    <div className={styles.series}>
      {points.length < 2 ? null : <Chart monitor={monitor} />}
      <p className={styles.note}>{summary}</p>
      {series.length === 0 ? null : (
        <details>
          <summary className={styles.summary}>Newest runs as a table</summary>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">Value</th>
                <th scope="col">Threshold</th>
                <th scope="col">Chance reaches</th>
                <th scope="col">Judged</th>
              </tr>
            </thead>
            <tbody>
              {series
                .slice(-TABLE_RUNS)
                .toReversed()
                .map((point) => (
                  <tr key={point.at}>
                    <th scope="row">
                      <Time at={point.at} />
                    </th>
                    <td>{figureOf(measure, point.value)}</td>
                    <td>{figureOf(measure, point.threshold)}</td>
                    <td>{point.chance === null ? "—" : figureOf(measure, point.chance)}</td>
                    <td>{point.judgement}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </details>
      )}
    </div>
  );
}

function seriesSummary({ series, measure }: MonitorView): string {
  const values = series.flatMap(({ value }) => (value === null ? [] : [value]));
  if (series.length === 0) return "No run yet.";
  if (values.length === 0) return `${counted(series.length, "run")}, none with a value yet.`;
  const beyond = series.filter(({ judgement }) => judgement === "beyond").length;
  const range = `${figureOf(measure, Math.min(...values))} to ${figureOf(measure, Math.max(...values))}`;
  return `${counted(series.length, "run")}: ${range}; ${beyond === 0 ? "never" : counted(beyond, "time")} beyond the limit.`;
}

/** Decoration: the sentence below it and the table say the same. */
function Chart({ monitor }: { monitor: MonitorView }) {
  const { series, threshold } = monitor;
  const values = series.flatMap((point) => (point.value === null ? [] : [point.value]));
  const low = Math.min(0, threshold, ...values);
  const high = Math.max(threshold, ...values);
  const y = (value: number) => HEIGHT - PAD - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * PAD);
  const x = (place: number) => PAD + (place / Math.max(1, series.length - 1)) * (WIDTH - 2 * PAD);
  const drawn = series.flatMap((point, place) =>
    point.value === null ? [] : [{ ...point, x: x(place), y: y(point.value) }],
  );
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={styles.chart} aria-hidden="true">
      <line x1={0} x2={WIDTH} y1={y(threshold)} y2={y(threshold)} className={styles.limit} />
      <polyline points={drawn.map((point) => `${point.x},${point.y}`).join(" ")} className={styles.line} />
      {drawn
        .filter(({ judgement }) => judgement === "beyond")
        .map((point) => (
          <rect key={point.at} x={point.x - 3} y={point.y - 3} width={6} height={6} className={styles.beyond} />
        ))}
    </svg>
  );
}
