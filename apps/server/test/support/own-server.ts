/** A PostgreSQL server as a user of DATABASE_URL has it: reached over TCP, with a password, and not managed by Steward. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import pg from "pg";
import { vi } from "vitest";

import { installRuntime } from "../../src/platform/database/embedded/runtime.ts";
import { isRoot } from "./processes.ts";

export interface OwnServer {
  /** The version as the program names it: "postgres (PostgreSQL) 15.14". */
  readonly version: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** Where Debian, Red Hat and Homebrew put servers, the oldest that Steward supports first. */
const USUAL_PLACES = [15, 16, 17].flatMap((major) => [
  `/usr/lib/postgresql/${major}/bin`,
  `/usr/pgsql-${major}/bin`,
  `/opt/homebrew/opt/postgresql@${major}/bin`,
]);

const PASSWORD = "p@ss:word/%";

/** Starts the machine's own PostgreSQL where there is one, else the programs that Steward brings. */
export async function startOwnServer(): Promise<OwnServer> {
  const folder = await mkdtemp(path.join(tmpdir(), "steward-own-"));
  await chmod(folder, 0o711);
  const bin =
    USUAL_PLACES.find((place) => existsSync(path.join(place, "postgres"))) ?? (await installRuntime(folder)).bin;
  const account = isRoot ? unprivileged() : undefined;
  const data = path.join(folder, "data");
  const passwordFile = path.join(folder, "password");
  await mkdir(data);
  await writeFile(passwordFile, PASSWORD);
  if (account !== undefined) await chown(data, account.uid, account.gid);
  const port = await freePort();
  execFileSync(
    path.join(bin, "initdb"),
    ["-D", data, "-U", "owner", "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-E", "UTF8", "--locale=C", "-N"],
    { ...account, cwd: "/", stdio: "pipe" },
  );
  const server = spawn(
    path.join(bin, "postgres"),
    ["-D", data, "-p", String(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-F"],
    { ...account, cwd: "/", stdio: "ignore" },
  );
  const url = `postgresql://owner:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`;
  await vi.waitFor(() => ping(url), { timeout: 30_000, interval: 50 });
  return {
    version: execFileSync(path.join(bin, "postgres"), ["--version"], { encoding: "utf8" }).trim(),
    url,
    async stop() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      server.kill("SIGINT");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

function unprivileged(): { uid: number; gid: number } {
  const ask = (option: string) => Number(execFileSync("id", [option, "nobody"], { encoding: "utf8" }));
  return { uid: ask("-u"), gid: ask("-g") };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function ping(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.end();
}
