/** The database of an installation, for commands that stand beside the server: its own, or the one that a server runs. */
import { setTimeout as pause } from "node:timers/promises";

import type { Config } from "../../platform/config/config.ts";
import { findRunning, startEmbedded } from "../../platform/database/embedded.ts";
import { DatabaseError } from "../../platform/database/errors.ts";
import type { Connection } from "../../platform/database/pool.ts";
import type { Logger } from "../../platform/log/log.ts";

export interface Source {
  readonly connection: Connection;
  close(): Promise<void>;
}

type Where = Pick<Config, "dataDir" | "databaseUrl" | "serviceAccount">;

/** A server that is just starting, or just stopping, is waited for so often. */
const ATTEMPTS = 20;
const PAUSE_MS = 500;

/**
 * Reaches the database: the user's own; the embedded one where it runs already; else it is started for as long as it is
 * needed.
 * @throws DatabaseError
 */
export async function openSource(config: Where, log: Logger): Promise<Source> {
  if (config.databaseUrl !== undefined) {
    return { connection: { connectionString: config.databaseUrl.reveal() }, close: async () => undefined };
  }
  for (let attempt = 1; ; attempt++) {
    const running = await findRunning(config.dataDir);
    if (running !== undefined) return { connection: running, close: async () => undefined };
    try {
      const embedded = await startEmbedded(config, log);
      return { connection: embedded.connection, close: () => embedded.stop() };
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== "locked" || attempt === ATTEMPTS) throw error;
    }
    await pause(PAUSE_MS);
  }
}
