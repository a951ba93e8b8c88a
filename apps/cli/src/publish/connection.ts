/** The server that evaluations are published to. */
import { ApiProblem, type Client } from "@steward/client";
import { StewardError } from "@steward/kernel";
import type { Command } from "commander";

import { clientOf, serverOf, type ServerOptions, wordsOf } from "../server.ts";

/**
 * - `bad_target`: what to publish to is not said, or not as it must be
 * - `refused`: the server does not answer, or does not accept what was sent
 */
export class PublishError extends StewardError<"bad_target" | "refused"> {}

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

/** "Loan triage@1.4.0"; the release follows the last @. @throws PublishError `bad_target` */
export function parseTarget(text: string): Target {
  const at = text.lastIndexOf("@");
  if (at < 1 || at === text.length - 1) {
    throw new PublishError("bad_target", `“${text}” must read SYSTEM@RELEASE, for example “Loan triage@1.4.0”.`);
  }
  return { system: text.slice(0, at).trim(), release: text.slice(at + 1).trim() };
}

/** @throws UsageError */
export function connect(options: PublishOptions): Client {
  return clientOf(serverOf(options));
}

/** Calls the server. @throws PublishError `refused`, with every field that it names */
export async function call<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    throw new PublishError("refused", `The server refused it: ${wordsOf(error)}`, { cause: error });
  }
}
