/** A running server, as commands reach it over its API. */
import process from "node:process";

import { ApiProblem, type Client, createClient } from "@steward/client";

import { UsageError } from "./usage.ts";

export interface Server {
  readonly url: string;
  readonly key: string;
}

export interface ServerOptions {
  readonly server?: string;
  readonly key?: string;
}

export const SERVER_OPTION = ["--server <url>", "address of the server"] as const;
export const KEY_OPTION = ["--key <key>", "API key (or the environment variable STEWARD_KEY)"] as const;

/** @throws UsageError where the address is none, or there is no key. */
export function serverOf({ server, key = process.env["STEWARD_KEY"] }: ServerOptions): Server {
  if (server === undefined || !/^https?:$/.test(URL.parse(server)?.protocol ?? "")) {
    throw new UsageError("--server is the address of a server, for example https://steward.example.org.");
  }
  if (key === undefined || key === "") {
    throw new UsageError("Give an API key with --key, or in the environment variable STEWARD_KEY.");
  }
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
    if (error instanceof ApiProblem) throw new UsageError(`${server.url}: ${error.message}`, { cause: error });
    throw error;
  }
}
