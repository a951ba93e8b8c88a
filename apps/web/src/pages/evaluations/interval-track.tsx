import type { EvaluationPlot } from "@steward/client";

import styles from "./evaluations.module.css";

type Row = Pick<EvaluationPlot["rows"][number], "value" | "low" | "high" | "thin">;

const HEIGHT = 20;

/** One value with its interval on the plot's scale. The same stands beside it as text, so it is hidden from readers. */
export function IntervalTrack({ plot, row, before }: { plot: EvaluationPlot; row: Row; before?: Row | undefined }) {
  const at = (value: number) => `${100 * Math.min(1, Math.max(0, (value - plot.from) / (plot.to - plot.from)))}%`;
  const height = before === undefined ? HEIGHT : HEIGHT * 1.6;
  const middle = before === undefined ? height / 2 : height * 0.7;
  return (
    <svg className={styles.track} height={height} aria-hidden="true">
      {plot.threshold ? <Threshold threshold={plot.threshold} at={at} /> : null}
      <line className={styles.axis} x1="0" x2="100%" y1={middle} y2={middle} />
      {before ? <Mark row={before} at={at} y={height * 0.28} old /> : null}
      <Mark row={row} at={at} y={middle} />
    </svg>
  );
}

interface Scaled {
  at: (value: number) => string;
}

function Threshold({ threshold, at }: Scaled & { threshold: NonNullable<EvaluationPlot["threshold"]> }) {
  const edge = at(threshold.at);
  const below = threshold.missed === "below";
  return (
    <>
      <rect
        className={styles.missed}
        x={below ? "0" : edge}
        y="0"
        width={below ? edge : `${100 - Number.parseFloat(edge)}%`}
        height="100%"
      />
      <line className={styles.limit} x1={edge} x2={edge} y1="0" y2="100%" />
    </>
  );
}

/** A dot, hollow where too few cases stand behind it; an older value is drawn as a paler square. */
function Mark({ row, at, y, old = false }: Scaled & { row: Row; y: number; old?: boolean }) {
  const size = 4;
  return (
    <g className={old ? styles.old : styles.mark} data-thin={row.thin}>
      {row.low === null || row.high === null ? null : <line x1={at(row.low)} x2={at(row.high)} y1={y} y2={y} />}
      {row.value === null ? null : old ? (
        <svg x={at(row.value)} y={y} overflow="visible">
          <rect x={-size} y={-size} width={2 * size} height={2 * size} />
        </svg>
      ) : (
        <circle cx={at(row.value)} cy={y} r={size + 0.5} />
      )}
    </g>
  );
}
