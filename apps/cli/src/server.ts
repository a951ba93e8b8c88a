/** A running server, as commands reach it over its API. */
import { ApiProblem, type Client, createClient } from "@steward/client";
import { type Command, Option } from "commander";

import { UsageError } from "./usage.ts";

export interface Server {
  readonly url: string;
  readonly key: string;
}

export interface ServerOptions {
  readonly server?: string;
  readonly key?: string;
}

/**
 * Adds the options by which a command reaches a server; each may stand in the environment instead.
 * @param scopes what the key must be good for
 */
export function serverOptions(command: Command, ...scopes: string[]): Command {
  const good = scopes.length === 0 ? "" : ` with the scope ${scopes.join(" and ")}`;
  return command
    .addOption(new Option("--server <url>", "address of the server").env("STEWARD_URL"))
    .addOption(new Option("--key <key>", `API key${good}`).env("STEWARD_KEY"));
}

/** @throws UsageError where the address is none, or there is no key. */
export function serverOf({ server, key }: ServerOptions): Server {
  if (server === undefined || !/^https?:$/.test(URL.parse(server)?.protocol ?? "")) {
    throw new UsageError(
      "Give the address of a server with --server or in STEWARD_URL, for example https://steward.example.org.",
    );
  }
  if (key === undefined || key === "") throw new UsageError("Give an API key with --key or in STEWARD_KEY.");
  return { url: server.replace(/\/+$/, ""), key };
}

export function clientOf({ url, key }: Server): Client {
  return createClient({ baseUrl: url, key });
}

/** Calls the server; what goes wrong on the way keeps the command from being carried out. */
export async function call<T>(server: Server, work: (client: Client) => Promise<T>): Promise<T> {
  try {
    return await work(clientOf(server));
  } catch (error) {
    if (error instanceof ApiProblem) throw new UsageError(`${server.url}: ${wordsOf(error)}`, { cause: error });
    throw error;
  }
}

/** What a server says of a request that it refuses, with every field that it names on a line of its own. */
function wordsOf({ message, errors }: ApiProblem): string {
  return [message, ...errors.map((one) => `  ${one.pointer}: ${one.message}`)].join("\n");
}
