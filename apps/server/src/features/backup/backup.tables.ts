/** What the database consists of, read from its own catalogue, so that no table can be forgotten. */
import type pg from "pg";

import type { BackupTable } from "./backup.format.ts";

/** Which migrations were applied is in the header; the others let people in, and must not come back to life. */
export const LEFT_OUT: readonly string[] = [
  "schema_migration",
  "session",
  "access_link",
  "sign_in_failure",
  "sign_in_step",
  "sso_attempt",
  "passkey_challenge",
  "recovery_request",
  // A restored copy must not write to people what the original wrote.
  "mail_outbox",
];

/** Every table that holds rows of its own, partitions included, in the order of their names. */
export async function listTables(client: pg.ClientBase): Promise<BackupTable[]> {
  const { rows } = await client.query<{
    name: string;
    columns: string[];
    parent: string | null;
    bounds: string | null;
  }>(
    `SELECT c.relname AS name,
       array(SELECT attname::text FROM pg_attribute
         WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum) AS columns,
       (SELECT p.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhrelid = c.oid) AS parent,
       pg_get_expr(c.relpartbound, c.oid) AS bounds
     FROM pg_class c
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND NOT c.relname = ANY($1)
     ORDER BY c.relname`,
    [LEFT_OUT],
  );
  return rows.map(({ name, columns, parent, bounds }) => ({
    name,
    columns,
    partition: parent === null || bounds === null ? null : { parent, bounds },
  }));
}

/** True where no table holds a row: after a restore that failed, the tables are there and empty. */
export async function isEmpty(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c
     WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace AND c.relname <> 'schema_migration'`,
  );
  for (const { name } of rows) {
    const { rowCount } = await client.query(`SELECT FROM ${client.escapeIdentifier(name)} LIMIT 1`);
    if (rowCount !== 0) return false;
  }
  return true;
}

interface ForeignKey {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

/**
 * Takes all foreign keys away, and answers how to bring them back: rows then come in any order, and each key is checked
 * once for all rows, which is faster than once a row.
 */
export async function dropForeignKeys(client: pg.ClientBase): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(
    `SELECT r.relname AS table, c.conname AS name, pg_get_constraintdef(c.oid) AS definition
     FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
     WHERE c.contype = 'f' AND c.conparentid = 0 AND c.connamespace = current_schema()::regnamespace
     ORDER BY 1, 2`,
  );
  for (const { table, name } of rows) {
    await client.query(
      `ALTER TABLE ${client.escapeIdentifier(table)} DROP CONSTRAINT ${client.escapeIdentifier(name)}`,
    );
  }
  return rows;
}

export async function addForeignKeys(client: pg.ClientBase, keys: readonly ForeignKey[]): Promise<void> {
  for (const { table, name, definition } of keys) {
    const [on, as] = [client.escapeIdentifier(table), client.escapeIdentifier(name)];
    await client.query(`ALTER TABLE ${on} ADD CONSTRAINT ${as} ${definition}`);
  }
}

/** Empties all tables (a migration may have filled some), and makes the partitions that the backup has. */
export async function prepareTables(client: pg.ClientBase, tables: readonly BackupTable[]): Promise<void> {
  const present = await listTables(client);
  for (const { name } of present) await client.query(`DELETE FROM ${client.escapeIdentifier(name)}`);
  const known = new Set(present.map(({ name }) => name));
  for (const { name, partition } of tables) {
    if (partition === null || known.has(name)) continue;
    await client.query(
      `CREATE TABLE ${client.escapeIdentifier(name)} PARTITION OF ${client.escapeIdentifier(partition.parent)} ` +
        bounds(partition.bounds),
    );
  }
}

/** The bounds stand in the backup as PostgreSQL wrote them: anything else is not put into a statement. */
function bounds(text: string): string {
  const literal = "('[^'\\\\]*'(::[a-z ]+)?|MINVALUE|MAXVALUE)";
  if (new RegExp(`^(DEFAULT|FOR VALUES FROM \\(${literal}\\) TO \\(${literal}\\))$`).test(text)) return text;
  throw new RangeError("The bounds of a partition are not of the known form.");
}
