import { SegmentedControl } from "@mantine/core";
import type { EvaluationSeries } from "@steward/client";
import { Link, Time } from "@steward/ui";
import { useState } from "react";

import { paths } from "../../paths.ts";
import styles from "./evaluations.module.css";
import { lastOfEachRelease, scaleOf, seriesWords } from "./series.ts";
import { EvaluationVerdict } from "./verdict.tsx";

const WIDTH = 280;
const HEIGHT = 90;
const EDGE = 10;

/** Each rule over releases or over time, drawn alike so that they can be compared at a glance. */
export function Multiples({ series }: { series: readonly EvaluationSeries[] }) {
  const [by, setBy] = useState("time");
  const shown = by === "release" ? series.map(lastOfEachRelease) : series;
  return (
    <>
      <SegmentedControl
        size="xs"
        value={by}
        onChange={setBy}
        data={[
          { value: "time", label: "Every evaluation" },
          { value: "release", label: "Last of each release" },
        ]}
        aria-label="What a point stands for"
      />
      <div className={styles.multiples}>
        {shown.map((one) => (
          <Multiple key={one.title} series={one} />
        ))}
      </div>
    </>
  );
}

function Multiple({ series }: { series: EvaluationSeries }) {
  const last = series.points.at(-1);
  return (
    <figure className={styles.multiple}>
      <figcaption>
        <span className={styles.plotTitle}>{series.title}</span>
        {last ? <EvaluationVerdict verdict={last.verdict} /> : null}
        <span className={styles.summary}>{seriesWords(series)}</span>
      </figcaption>
      <Chart series={series} />
      <details>
        <summary>As a table</summary>
        <PointTable series={series} />
      </details>
    </figure>
  );
}

function Chart({ series }: { series: EvaluationSeries }) {
  const { from, to } = scaleOf(series);
  const y = (value: number) => EDGE + (1 - (value - from) / (to - from)) * (HEIGHT - 2 * EDGE);
  const x = (i: number) =>
    series.points.length === 1 ? WIDTH / 2 : EDGE + (i / (series.points.length - 1)) * (WIDTH - 2 * EDGE);
  const { threshold, direction } = series;
  return (
    <svg className={styles.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {threshold === null ? null : (
        <>
          <rect
            className={styles.missed}
            x="0"
            width={WIDTH}
            y={direction === "at_least" ? y(threshold) : 0}
            height={direction === "at_least" ? HEIGHT - y(threshold) : y(threshold)}
          />
          <line className={styles.limit} x1="0" x2={WIDTH} y1={y(threshold)} y2={y(threshold)} />
        </>
      )}
      {series.points.map((point, i) => (
        <g key={point.evaluationId} className={styles.mark} data-thin={point.verdict === "insufficient"}>
          {point.low === null || point.high === null ? null : (
            <line x1={x(i)} x2={x(i)} y1={y(point.low)} y2={y(point.high)} />
          )}
          {point.value === null ? null : point.verdict === "fail" ? (
            <path d={`M${x(i)} ${y(point.value) - 5.5}l5.5 5.5-5.5 5.5-5.5-5.5z`} />
          ) : (
            <circle cx={x(i)} cy={y(point.value)} r="4" />
          )}
        </g>
      ))}
    </svg>
  );
}

function PointTable({ series }: { series: EvaluationSeries }) {
  return (
    <table className={styles.table}>
      <caption className={styles.muted}>{series.title}</caption>
      <thead>
        <tr>
          <th scope="col">Recorded</th>
          <th scope="col">Release</th>
          <th scope="col">Value [interval]</th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {series.points.map((point) => (
          <tr key={point.evaluationId}>
            <th scope="row">
              <Link href={paths.evaluation(point.evaluationId)}>
                <Time at={point.recordedAt} />
              </Link>
            </th>
            <td>{point.releaseVersion}</td>
            <td>
              {point.value?.toFixed(3) ?? "no figure"}
              {point.low === null ? "" : ` [${point.low.toFixed(3)}, ${point.high?.toFixed(3) ?? "–"}]`}
            </td>
            <td>
              <EvaluationVerdict verdict={point.verdict} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
