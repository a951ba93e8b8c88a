/** Monthly partitions of decisions by the time in their ids: made ahead, and dropped when they are old and empty. */
import { type Clock, type Uuid, uuidv7Floor } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";

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
    await sql`SELECT pg_advisory_xact_lock(hashtextextended('steward/partitions', 0))`.execute(tx);
    const present = await readPartitions(tx);
    const created: string[] = [];
    for (const month of await wantedMonths(tx, today)) {
      const name = partitionName(month);
      if (present.includes(name)) continue;
      await createPartition(tx, name, month);
      created.push(name);
    }
    return { created, dropped: await dropEmpty(tx, present, partitionName(monthOf(today, 0))) };
  });
}

/** The first moment of the month that lies `offset` months after that of `date`, in Unix milliseconds. */
function monthOf(date: Date, offset: number): number {
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset);
}

function partitionName(month: number): string {
  return `decision_${new Date(month).toISOString().slice(0, 7).replace("-", "_")}`;
}

function boundsOf(month: number): { from: Uuid; to: Uuid } {
  return { from: uuidv7Floor(month), to: uuidv7Floor(monthOf(new Date(month), 1)) };
}

/** This month, the next ones, and those of whatever the default partition caught. */
async function wantedMonths(tx: Transaction<Tables>, today: Date): Promise<number[]> {
  const { rows } = await sql<{ id: Uuid }>`
    SELECT DISTINCT ON (left(id::text, 9)) id FROM decision_default ORDER BY left(id::text, 9), id`.execute(tx);
  const caught = rows.map(({ id }) => monthOf(new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)), 0));
  const ahead = Array.from({ length: MONTHS_AHEAD + 1 }, (_, i) => monthOf(today, i));
  return [...new Set([...caught, ...ahead])];
}

async function readPartitions(tx: Transaction<Tables>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'decision'::regclass ORDER BY 1`.execute(tx);
  return rows.map(({ name }) => name);
}

async function createPartition(tx: Transaction<Tables>, name: string, month: number): Promise<void> {
  const { from, to } = boundsOf(month);
  const table = sql.table(name);
  await sql`LOCK TABLE decision_default IN ACCESS EXCLUSIVE MODE`.execute(tx);
  await sql`CREATE TABLE ${table} (LIKE decision INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`.execute(tx);
  await sql`WITH moved AS (DELETE FROM decision_default WHERE id >= ${from} AND id < ${to} RETURNING *)
    INSERT INTO ${table} SELECT * FROM moved`.execute(tx);
  await sql`ALTER TABLE decision ATTACH PARTITION ${table}
    FOR VALUES FROM (${sql.lit(from)}) TO (${sql.lit(to)})`.execute(tx);
}

/** Ids are stamped with the time of recording, so nothing is written into a past month any more. */
async function dropEmpty(tx: Transaction<Tables>, present: readonly string[], thisMonth: string): Promise<string[]> {
  const dropped: string[] = [];
  for (const name of present) {
    if (!/^decision_\d{4}_\d{2}$/.test(name) || name >= thisMonth) continue;
    const { rows } = await sql<{ used: boolean }>`SELECT EXISTS (SELECT FROM ${sql.table(name)}) AS used`.execute(tx);
    if (rows[0]?.used !== false) continue;
    await sql`DROP TABLE ${sql.table(name)}`.execute(tx);
    dropped.push(name);
  }
  return dropped;
}
