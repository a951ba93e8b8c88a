/** What evaluations are published for, and on which data. */
import type { Command } from "commander";

import type { ServerOptions } from "../server.ts";
import { UsageError } from "../usage.ts";

/** Options of every command that publishes. */
export interface PublishOptions extends ServerOptions {
  /** SYSTEM@RELEASE */
  readonly publish?: string;
  readonly dataset?: string;
  readonly datasetVersion?: string;
}

export function datasetOptions(command: Command): Command {
  return command
    .option("--dataset <name>", "what the data are called; the file's name where left out")
    .option("--dataset-version <version>", "their version");
}

export interface Target {
  readonly system: string;
  readonly release: string;
}

/** "Loan triage@1.4.0"; the release follows the last @. @throws UsageError */
export function parseTarget(text: string): Target {
  const at = text.lastIndexOf("@");
  if (at < 1 || at === text.length - 1) {
    throw new UsageError(`“${text}” must read SYSTEM@RELEASE, for example “Loan triage@1.4.0”.`);
  }
  return { system: text.slice(0, at).trim(), release: text.slice(at + 1).trim() };
}
