/** The server's database, ready for use: reached or started, and migrated. */
import type { Kysely } from "kysely";
import type pg from "pg";

import type { Config } from "../config/config.ts";
import type { Logger } from "../log/log.ts";
import { DatabaseError, toDatabaseError } from "./errors.ts";
import { startEmbedded } from "./embedded.ts";
import type { EmbeddedPostgres } from "./embedded.ts";
import { migrate } from "./migrate.ts";
import { type Connection, createKysely, createPool } from "./pool.ts";

export interface Database<DB> {
  readonly db: Kysely<DB>;
  /** The same connections for code that speaks pg, with pg's own types. */
  readonly pool: pg.Pool;
  /** Undefined when DATABASE_URL names a server of the user's own. */
  readonly embedded: EmbeddedPostgres | undefined;
  readonly connection: Connection;
  /** The number of the last migration. */
  readonly version: number;
  /** Waits for running statements, closes all connections and shuts the embedded server down. */
  close(): Promise<void>;
}

/**
 * Opens the database that the configuration asks for, and migrates it.
 * `options.migrationsDir` replaces the program's own migrations; for tests.
 * @throws DatabaseError with what is wrong and what to do; everything that was started is stopped again.
 */
export async function openDatabase<DB = unknown>(
  config: Pick<Config, "dataDir" | "databaseUrl" | "serviceAccount">,
  log: Logger,
  options: { migrationsDir?: string } = {},
): Promise<Database<DB>> {
  const embedded = config.databaseUrl === undefined ? await startEmbedded(config, log) : undefined;
  const connection: Connection = embedded?.connection ?? { connectionString: config.databaseUrl?.reveal() ?? "" };
  const pool = createPool(connection, log);
  const db = createKysely<DB>(pool);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await db.destroy();
    await embedded?.stop();
  };
  try {
    await refuseUnfinishedRestore(pool);
    const { version } = await migrate(pool, log, options.migrationsDir);
    return { db, pool, embedded, connection, version, close: () => (closing ??= close()) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The table that stands in a database while a restore of it is not finished. */
export const UNFINISHED_RESTORE = "steward_restore";

/** Served before it is finished, a restored log would go on under its old name, and erased data would be back. */
async function refuseUnfinishedRestore(pool: pg.Pool): Promise<void> {
  let unfinished: boolean;
  try {
    const { rows } = await pool.query<{ there: boolean }>("select to_regclass($1) is not null as there", [
      UNFINISHED_RESTORE,
    ]);
    unfinished = rows[0]?.there === true;
  } catch (error) {
    throw toDatabaseError(error);
  }
  if (!unfinished) return;
  throw new DatabaseError(
    "restore_unfinished",
    "A restore into this database was broken off. Empty the database, or name a new one, and restore again.",
  );
}
