/** Backup and restore of an installation, as the command line asks for them. */
import path from "node:path";

import { type Clock, systemClock } from "@steward/kernel";

import { type Config, loadConfig } from "../../platform/config/config.ts";
import { createKysely, createPool } from "../../platform/database/pool.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { evidenceFiles } from "../../platform/files/evidence-files.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { directoryKeyStore } from "../../platform/ledger/keys.ts";
import { createLogger, type Logger } from "../../platform/log/log.ts";
import type { ArchiveOptions } from "./backup.archive.ts";
import { arrivingFiles, neededFiles } from "./backup.files.ts";
import { dump, type Dumped } from "./backup.dump.ts";
import { exportKeys, importKeys } from "./backup.keys.ts";
import { type Restored, restoreArchive } from "./backup.restore.ts";
import { openSource } from "./backup.source.ts";

export interface CommandOptions extends ArchiveOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly clock?: Clock | undefined;
  readonly onProgress?: ((what: string) => void) | undefined;
}

/** Few connections: commands do one thing after the other. */
const POOL_SIZE = 4;

/**
 * Writes a backup of the installation that the environment names, whether its server runs or not. That it was taken is
 * itself evidence, in the installation's log.
 * @throws BackupError, DatabaseError, ConfigError
 */
export async function backUp(file: string, options: CommandOptions): Promise<Dumped> {
  const { config, log, clock } = settingsOf(options);
  const source = await openSource(config, log);
  try {
    const dumped = await dump(file, options, {
      connection: source.connection,
      keyDirectory: keyDirectoryOf(config),
      files: neededFiles(evidenceFiles(config.files)),
      now: clock.now(),
      onProgress: options.onProgress,
    });
    const db = createKysely<Tables>(createPool(source.connection, log, { size: POOL_SIZE }));
    try {
      await db.transaction().execute((tx) =>
        appendEvidence(tx, clock, INSTALLATION_ID, [
          {
            kind: "backup.taken",
            actor: { kind: "system", id: INSTALLATION_ID },
            subject: { kind: "backup" },
            digests: { file: dumped.sha256 },
            body: { sizeBytes: dumped.sizeBytes, rows: dumped.rows, files: dumped.files },
          },
        ]),
      );
    } finally {
      await db.destroy();
    }
    return dumped;
  } finally {
    await source.close();
  }
}

export interface RestoreCommandOptions extends CommandOptions {
  /** Signed notes that were kept elsewhere. */
  readonly checkpoints?: readonly string[] | undefined;
  readonly withoutKeys?: boolean | undefined;
  readonly acceptFindings?: boolean | undefined;
}

/** @throws BackupError, DatabaseError, ConfigError */
export async function restore(file: string, options: RestoreCommandOptions): Promise<Restored> {
  const { config, log, clock } = settingsOf(options);
  const source = await openSource(config, log);
  const pool = createPool(source.connection, log, { size: POOL_SIZE });
  try {
    const keyDirectory = keyDirectoryOf(config);
    return await restoreArchive(file, options, {
      pool,
      clock,
      log,
      keys: directoryKeyStore(keyDirectory),
      keyDirectory,
      files: arrivingFiles(evidenceFiles(config.files)),
      checkpoints: options.checkpoints ?? [],
      withoutKeys: options.withoutKeys ?? false,
      acceptFindings: options.acceptFindings ?? false,
      onProgress: options.onProgress,
    });
  } finally {
    await pool.end();
    await source.close();
  }
}

/** Writes all keys into a file of their own. @throws BackupError, ConfigError */
export async function backUpKeys(file: string, options: CommandOptions) {
  return exportKeys(file, options, keyDirectoryOf(settingsOf(options).config));
}

/** Brings keys back. @throws BackupError, ConfigError */
export async function restoreKeys(file: string, options: CommandOptions): Promise<number> {
  return importKeys(file, options, keyDirectoryOf(settingsOf(options).config));
}

function settingsOf({ env = process.env, clock = systemClock() }: CommandOptions): {
  config: Config;
  log: Logger;
  clock: Clock;
} {
  const config = loadConfig(env);
  // Progress and results are for whoever runs the command; only what goes wrong on the way is logged.
  return { config, log: createLogger({ level: config.logLevel === "info" ? "warn" : config.logLevel }), clock };
}

function keyDirectoryOf(config: Config): string {
  return path.join(config.dataDir, "keys");
}
