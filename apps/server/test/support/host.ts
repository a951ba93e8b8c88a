/**
 * A process that uses the database as Steward does, for tests that kill it: opens what the environment configures, then
 * inserts teams one after another, and tells each step as a line of JSON on standard output.
 *   node host.ts [first id]     without an id it opens the database and inserts nothing
 * SIGTERM closes the database and ends the process.
 */
import process from "node:process";

import { loadConfig } from "../../src/platform/config/config.ts";
import { openDatabase } from "../../src/platform/database/database.ts";
import { DatabaseError } from "../../src/platform/database/errors.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { createLogger } from "../../src/platform/log/log.ts";
import { SAMPLE_MIGRATIONS_DIR } from "./sample.ts";
import type { SampleSchema } from "./sample.ts";

export type HostMessage =
  | { kind: "open"; home: string | undefined; serverPid: number | undefined; host: string | undefined }
  | { kind: "acknowledged"; id: number }
  | { kind: "failed"; code: string; message: string };

function say(message: HostMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

try {
  const config = loadConfig(process.env);
  const log = createLogger({ level: config.logLevel, destination: process.stderr });
  const { db, embedded, close } = await openDatabase<SampleSchema>(config, log, {
    migrationsDir: SAMPLE_MIGRATIONS_DIR,
  });
  const stopping = new AbortController();
  process.once("SIGTERM", () => {
    stopping.abort();
    void close().then(() => process.exit(0));
  });
  say({ kind: "open", home: embedded?.home, serverPid: embedded?.pid, host: embedded?.connection.host });
  const firstId = Number(process.argv[2]);
  for (let id = firstId; !stopping.signal.aborted && !Number.isNaN(id); id++) {
    await withTransaction(db, (trx) =>
      trx
        .insertInto("team")
        .values({ id, name: `team ${id}` })
        .execute(),
    );
    say({ kind: "acknowledged", id });
  }
} catch (error) {
  if (!(error instanceof DatabaseError)) throw error;
  say({ kind: "failed", code: error.code, message: error.message });
  process.exitCode = 1;
}
