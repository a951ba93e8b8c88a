/**
 * Monthly partitions of decisions, and of what is kept with them, by the time in the decisions' ids: made ahead, and
 * dropped when they are old and empty.
 */
import { type Clock, type Uuid, uuidv7Floor } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { holdLock } from "../../platform/database/transaction.ts";

/** The partitioned tables, and the column that holds the id of the decision. */
const TABLES = [
  { parent: "decision", id: "id" },
  { parent: "decision_outcome", id: "decision_id" },
] as const;
type Partitioned = (typeof TABLES)[number];

/** Months made ahead of the present one: a server that was not restarted for long still has where to write. */
const MONTHS_AHEAD = 2;
/** Intake waits at most so long while partitions change. */
const LOCK_TIMEOUT_MS = 2000;

export interface PartitionChanges {
  readonly created: readonly string[];
  readonly dropped: readonly string[];
}

/**
 * Makes the partitions of this month and the next ones, moving there what landed in the default partition, and drops
 * past ones that hold nothing any more. Several nodes may call it at once: they take turns.
 */
export async function keepPartitions(db: Kysely<Tables>, clock: Clock): Promise<PartitionChanges> {
  const today = new Date(Number(clock.now() / 1000n));
  return db.transaction().execute(async (tx) => {
    // Whoever waits for these locks makes all others wait behind: better to give up, and try again later.
    await sql`SET LOCAL lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(tx);
    await holdLock(tx, "steward/partitions");
    const changes = { created: [] as string[], dropped: [] as string[] };
    for (const table of TABLES) {
      const present = await readPartitions(tx, table);
      for (const month of await wantedMonths(tx, table, today)) {
        const name = partitionName(table, month);
        if (present.includes(name)) continue;
        await createPartition(tx, table, name, month);
        changes.created.push(name);
      }
      changes.dropped.push(...(await dropEmpty(tx, table, present, monthOf(today, 0))));
    }
    return changes;
  });
}

/** The first moment of the month that lies `offset` months after that of `date`, in Unix milliseconds. */
function monthOf(date: Date, offset: number): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset);
}

function partitionName({ parent }: Partitioned, month: number): string {
  return `${parent}_${new Date(month).toISOString().slice(0, 7).replace("-", "_")}`;
}

function boundsOf(month: number): { from: Uuid; to: Uuid } {
  return { from: uuidv7Floor(month), to: uuidv7Floor(monthOf(new Date(month), 1)) };
}

/** This month, the next ones, and those of whatever the default partition caught. */
async function wantedMonths(tx: Transaction<Tables>, { parent, id }: Partitioned, today: Date): Promise<number[]> {
  const stamp = sql`left(${sql.ref(id)}::text, 9)`;
  const { rows } = await sql<{ id: Uuid }>`
    SELECT DISTINCT ON (${stamp}) ${sql.ref(id)} AS id FROM ${sql.table(`${parent}_default`)}
    ORDER BY ${stamp}, ${sql.ref(id)}`.execute(tx);
  const caught = rows.map(({ id }) => monthOf(new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)), 0));
  const ahead = Array.from({ length: MONTHS_AHEAD + 1 }, (_, i) => monthOf(today, i));
  return [...new Set([...caught, ...ahead])];
}

async function readPartitions(tx: Transaction<Tables>, { parent }: Partitioned): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = ${parent}::regclass ORDER BY 1`.execute(tx);
  return rows.map(({ name }) => name);
}

async function createPartition(
  tx: Transaction<Tables>,
  { parent, id }: Partitioned,
  name: string,
  month: number,
): Promise<void> {
  const { from, to } = boundsOf(month);
  const [whole, table, rest] = [sql.table(parent), sql.table(name), sql.table(`${parent}_default`)];
  await sql`LOCK TABLE ${rest} IN ACCESS EXCLUSIVE MODE`.execute(tx);
  await sql`CREATE TABLE ${table} (LIKE ${whole} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`.execute(tx);
  await sql`WITH moved AS (DELETE FROM ${rest} WHERE ${sql.ref(id)} >= ${from} AND ${sql.ref(id)} < ${to} RETURNING *)
    INSERT INTO ${table} SELECT * FROM moved`.execute(tx);
  await sql`ALTER TABLE ${whole} ATTACH PARTITION ${table}
    FOR VALUES FROM (${sql.lit(from)}) TO (${sql.lit(to)})`.execute(tx);
}

/**
 * Ids are stamped with the time of recording, so no decision is written into a past month any more; late outcomes are,
 * for as long as there are decisions of that month.
 */
async function dropEmpty(
  tx: Transaction<Tables>,
  table: Partitioned,
  present: readonly string[],
  thisMonth: number,
): Promise<string[]> {
  const dropped: string[] = [];
  for (const name of present) {
    const month = /_(\d{4})_(\d{2})$/.exec(name);
    if (!month || name >= partitionName(table, thisMonth)) continue;
    const decisions = `decision_${month[1]}_${month[2]}`;
    const { rows } = await sql<{ used: boolean }>`SELECT EXISTS (SELECT FROM ${sql.table(name)})
      OR (${name} <> ${decisions} AND to_regclass(${decisions}) IS NOT NULL) AS used`.execute(tx);
    if (rows[0]?.used !== false) continue;
    await sql`DROP TABLE ${sql.table(name)}`.execute(tx);
    dropped.push(name);
  }
  return dropped;
}
