/** The passphrase of a backup: from a file, from the environment, or asked for where a person sits before it. */
import { readFile } from "node:fs/promises";
import process from "node:process";

import { isCancel, password } from "@clack/prompts";

import { UsageError } from "../usage.ts";

export const PASSPHRASE_OPTION = [
  "--passphrase-file <file>",
  "file with the passphrase on its first line (or the environment variable STEWARD_BACKUP_PASSPHRASE)",
] as const;

/**
 * Never an argument: other accounts of the machine see those.
 * @throws UsageError where there is none, or the two that were typed differ.
 */
export async function readPassphrase(file: string | undefined, choose: boolean): Promise<string> {
  const given = file === undefined ? process.env["STEWARD_BACKUP_PASSPHRASE"] : await firstLine(file);
  if (given !== undefined && given !== "") return given;
  if (!process.stdin.isTTY) {
    throw new UsageError("Give a passphrase with --passphrase-file, or in STEWARD_BACKUP_PASSPHRASE.");
  }
  const typed = await ask("Passphrase of the file");
  if (choose && typed !== (await ask("The same again"))) throw new UsageError("The two are not the same.");
  return typed;
}

async function firstLine(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).split(/\r?\n/, 1)[0] ?? "";
  } catch (cause) {
    throw new UsageError(`${file} cannot be read.`, { cause });
  }
}

async function ask(message: string): Promise<string> {
  const typed = await password({ message });
  if (isCancel(typed)) throw new UsageError("Broken off; nothing was written.");
  return typed;
}
