import type { EvaluationHeatMap } from "@steward/client";

import styles from "./evaluations.module.css";

/** Strongest tint of a cell, in percent of the accent: text on it keeps its contrast. */
const TINT_MAX = 36;

/** One metric where two attributes meet: a table whose cells are the darker the higher the value. */
export function HeatMap({ map }: { map: EvaluationHeatMap }) {
  const tint = (value: number) => {
    const share = map.to > map.from ? (value - map.from) / (map.to - map.from) : 0.5;
    return `color-mix(in srgb, var(--st-accent) ${(share * TINT_MAX).toFixed(0)}%, var(--st-surface))`;
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={map.table.caption}>
      <table className={styles.heat}>
        <caption>
          <span className={styles.plotTitle}>{map.title}</span>
          <span className={styles.muted}> {map.meaning}</span>
          <span className={styles.summary}>
            {map.rowAttribute} down, {map.columnAttribute} across. The stronger the colour, the higher:{" "}
            {map.from.toFixed(3)} to {map.to.toFixed(3)}. A dashed edge marks too few cases to judge.
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col">{map.rowAttribute}</th>
            {map.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {map.rows.map((row, i) => (
            <tr key={row}>
              <th scope="row">{row}</th>
              {map.columns.map((column, j) => {
                const cell = map.cells[i]?.[j] ?? null;
                if (cell === null) return <td key={column}>nobody</td>;
                return (
                  <td
                    key={column}
                    data-thin={cell.thin}
                    style={cell.value === null ? undefined : { background: tint(cell.value) }}
                  >
                    {cell.text}
                    <span className={styles.note}>{cell.note}</span>
                    {cell.thin ? <span className={styles.thin}>too few</span> : null}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
