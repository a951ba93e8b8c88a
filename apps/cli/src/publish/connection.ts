/** The server that evaluations are published to. */
import process from "node:process";

import { ApiProblem, type Client, createClient } from "@steward/client";
import { StewardError } from "@steward/kernel";
import type { Command } from "commander";

/**
 * - `bad_target`: what to publish to is not said, or not as it must be
 * - `refused`: the server does not answer, or does not accept what was sent
 */
export class PublishError extends StewardError<"bad_target" | "refused"> {}

/** Options of every command that publishes. */
export interface PublishOptions {
  /** SYSTEM@RELEASE */
  readonly publish?: string;
  readonly server?: string;
  readonly key?: string;
  readonly dataset?: string;
  readonly datasetVersion?: string;
}

export function serverOptions(command: Command): Command {
  return command
    .option("--server <url>", "address of the server (STEWARD_URL)")
    .option("--key <key>", "API key with the scope evaluations:write (STEWARD_KEY)");
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

/** @throws PublishError `bad_target` */
export function connect(options: PublishOptions): Client {
  const url = options.server ?? process.env["STEWARD_URL"];
  const key = options.key ?? process.env["STEWARD_KEY"];
  if (url === undefined || !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new PublishError("bad_target", "Give the address of the server with --server, or in STEWARD_URL.");
  }
  if (key === undefined || key === "") {
    throw new PublishError("bad_target", "Give an API key with --key, or in STEWARD_KEY.");
  }
  return createClient({ baseUrl: url.replace(/\/+$/, ""), key });
}

/** Calls the server. @throws PublishError `refused`, with every field that it names */
export async function call<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    const fields = (error.errors ?? []).map(({ pointer, message }) => `  ${pointer}: ${message}`);
    throw new PublishError("refused", ["The server refused it: " + error.message, ...fields].join("\n"), {
      cause: error,
    });
  }
}
