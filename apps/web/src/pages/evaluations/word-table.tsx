import type { EvaluationHeatMap } from "@steward/client";

import styles from "./evaluations.module.css";

/** A table as the server words it. */
export function WordTable({ table }: { table: EvaluationHeatMap["table"] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={table.caption || "Groups"}>
      <table className={styles.table}>
        {table.caption === "" ? null : <caption className={styles.muted}>{table.caption}</caption>}
        <thead>
          <tr>
            {table.header.map((text, column) => (
              <th key={text} scope="col" data-numeric={table.numeric[column]}>
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.join("|")}>
              {row.map((text, column) =>
                column === 0 ? (
                  <th key={table.header[column]} scope="row">
                    {text}
                  </th>
                ) : (
                  <td key={table.header[column]} data-numeric={table.numeric[column]}>
                    {text}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
