/**
 * Statements that PostgreSQL plans once for a connection instead of each time: planning one that joins several tables, or
 * a partitioned one, takes longer than carrying it out (measured; see bench/RESULTS.md). Meant for what is asked with each
 * request, by each group of decisions, or for each decision that is opened: each costs memory on each connection.
 *
 * Its text must be one text, whatever the values. After five executions PostgreSQL may choose a plan that fits all values
 * where it expects no worse of it (its manual, PREPARE).
 */
import { sql } from "kysely";

const MARK = "/* prepared */";

/** Stands before a statement that is to be prepared: sql`${PREPARED} SELECT …`. */
export const PREPARED = sql.raw(MARK);

const names = new Map<string, string>();

/** The name under which a statement is prepared; undefined for one that is not. The program has few such texts. */
export function preparedName(text: string): string | undefined {
  if (!text.startsWith(MARK)) return undefined;
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = `steward_${names.size}`));
  return name;
}
