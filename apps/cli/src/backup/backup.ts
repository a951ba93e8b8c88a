/** `steward backup`, `steward restore` and `steward keys`: an installation into files, and back. */
import { counted } from "@steward/kernel";
import { stat } from "node:fs/promises";
import process from "node:process";

import { Command } from "commander";

import { readTextFile } from "../ledger/folder.ts";
import { UsageError } from "../usage.ts";
import { PASSPHRASE_OPTION, readPassphrase } from "./passphrase.ts";

interface CommonOptions {
  readonly dataDir?: string;
  readonly passphraseFile?: string;
}

interface RestoreOptions extends CommonOptions {
  readonly checkpoint?: string[];
  readonly withoutKeys?: boolean;
  readonly acceptFindings?: boolean;
}

const DATA_DIR_OPTION = ["--data-dir <folder>", "folder of database and keys (STEWARD_DATA_DIR)"] as const;

export function backupCommand(): Command {
  return new Command("backup")
    .description(
      "Write all data and evidence files into one encrypted file, while the server runs or not. Keys are not in it.",
    )
    .argument("<file>", "the file to write; it must not exist yet")
    .option(...DATA_DIR_OPTION)
    .option(...PASSPHRASE_OPTION)
    .action(async (file: string, options: CommonOptions) => {
      const started = performance.now();
      const passphrase = await readPassphrase(options.passphraseFile, true);
      const { backUp } = await import("@steward/server");
      const done = await backUp(file, { passphrase, env: environment(options), onProgress: tell });
      print(`Backed up ${counted(done.rows, "row")} and ${counted(done.files, "evidence file")} to ${file}`);
      print(`${megabytes(done.sizeBytes)}, ${seconds(started)}, SHA-256 ${done.sha256}`);
      print("The keys are not in it: back them up apart with `steward keys export`.");
    });
}

export function restoreCommand(): Command {
  return new Command("restore")
    .description(
      "Restore a backup into an empty database. The ledger goes on in a new epoch, and what was erased since is erased again.",
    )
    .argument("<file>", "the backup")
    .option(...DATA_DIR_OPTION)
    .option(...PASSPHRASE_OPTION)
    .option("--checkpoint <file...>", "checkpoint of a log that was kept elsewhere, by an auditor or a witness")
    .option("--without-keys", "go on without the keys that belong to the data")
    .option("--accept-findings", "go on where the restored ledger does not verify")
    .action(async (file: string, options: RestoreOptions) => {
      const started = performance.now();
      await requireFile(file);
      const passphrase = await readPassphrase(options.passphraseFile, false);
      const { restore } = await import("@steward/server");
      const restored = await restore(file, {
        passphrase,
        env: environment(options),
        checkpoints: await Promise.all((options.checkpoint ?? []).map(readTextFile)),
        withoutKeys: options.withoutKeys,
        acceptFindings: options.acceptFindings,
        onProgress: tell,
      });
      print(
        `Restored the backup of ${restored.createdAt}: ${counted(restored.rows, "row")} and ${counted(restored.files, "evidence file")} in ${seconds(started)}.`,
      );
      for (const { orgId, kept, lost } of restored.logs) {
        const loss =
          lost === 0
            ? "nothing that is known to have been signed is lost"
            : `${counted(lost, "signed entry", "signed entries")} LOST`;
        print(`Log ${orgId}: a new epoch begins after ${counted(kept, "entry", "entries")}; ${loss}.`);
      }
      print(`Erased again: ${counted(restored.erasedAgain, "entry", "entries")}.`);
      for (const finding of restored.findings) print(`Finding: ${finding}`);
      print("Everybody signs in anew. API keys are as they were then: revoke those that you had revoked since.");
    });
}

export function keysCommand(): Command {
  const keys = new Command("keys").description("Back up and bring back the keys, apart from the data.");
  keys
    .command("export")
    .description("Write all keys, last checkpoints and what was erased into one encrypted file.")
    .argument("<file>", "the file to write; it must not exist yet")
    .option(...DATA_DIR_OPTION)
    .option(...PASSPHRASE_OPTION)
    .action(async (file: string, options: CommonOptions) => {
      const passphrase = await readPassphrase(options.passphraseFile, true);
      const { backUpKeys } = await import("@steward/server");
      const { files } = await backUpKeys(file, { passphrase, env: environment(options) });
      print(
        `Wrote ${counted(files, "file")} of keys to ${file}. Keep it, and its passphrase, apart from the backups of the data.`,
      );
    });
  keys
    .command("import")
    .description("Bring keys back into the data directory; nothing that is there is replaced.")
    .argument("<file>", "what `steward keys export` wrote")
    .option(...DATA_DIR_OPTION)
    .option(...PASSPHRASE_OPTION)
    .action(async (file: string, options: CommonOptions) => {
      await requireFile(file);
      const passphrase = await readPassphrase(options.passphraseFile, false);
      const { restoreKeys } = await import("@steward/server");
      print(
        `Brought ${counted(await restoreKeys(file, { passphrase, env: environment(options) }), "file")} of keys back.`,
      );
    });
  return keys;
}

function environment({ dataDir }: CommonOptions): NodeJS.ProcessEnv {
  return { ...process.env, ...(dataDir === undefined ? {} : { STEWARD_DATA_DIR: dataDir }) };
}

/** Said before a passphrase is asked for. */
async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new UsageError(`${file} is not a file.`);
}

function tell(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${what}`);
}

function print(line: string): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");
  process.stdout.write(`${line}\n`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function seconds(started: number): string {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}
