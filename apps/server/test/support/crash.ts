/** Runs the real server as a process of its own, loads it, kills it or its database, and asks afterwards what is there. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const MAIN = path.join(import.meta.dirname, "../../src/main.ts");
const STARTS_WITHIN_MS = 300_000;
const SETTLES_WITHIN_MS = 60_000;

export type Victim = "server" | "database";

export interface CrashReport {
  readonly acknowledgedDecisions: number;
  readonly acknowledgedRecords: number;
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  readonly ledger: { readonly ok: boolean; readonly size: number; readonly findings: readonly unknown[] };
}

/**
 * Kills the victim so many times at random moments under load, then compares what was acknowledged with what is there.
 * Every second time it is let come back to work first; the others may meet it while it still recovers.
 */
export async function crashUnderLoad(victim: Victim, rounds: number): Promise<CrashReport> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "steward-crash-"));
  await chmod(dataDir, 0o711);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  let server = await start(dataDir, port);
  try {
    const caller = await setUp(url, server.setUpUrl);
    const load = startLoad(url, caller);
    for (let round = 0; round < rounds; round++) {
      if (round % 2 === 0) await load.nextAcknowledged();
      await pause(200 + Math.random() * 600);
      if (victim === "server") {
        server.process.kill("SIGKILL");
        await server.exited;
        server = await start(dataDir, port);
      } else {
        process.kill(await livePostmaster(dataDir), "SIGKILL");
      }
    }
    await pause(500);
    const acknowledged = await load.stop();
    return await compare(url, caller, acknowledged);
  } finally {
    server.process.kill("SIGTERM");
    await server.exited;
    await rm(dataDir, { recursive: true, force: true });
  }
}

export interface Running {
  readonly process: ChildProcess;
  readonly exited: Promise<void>;
  readonly setUpUrl: string;
}

export async function start(dataDir: string, port: number, env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      STEWARD_DATA_DIR: dataDir,
      STEWARD_PORT: String(port),
      STEWARD_LOG_LEVEL: "error",
      DATABASE_URL: "",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const until = Date.now() + STARTS_WITHIN_MS;
  // What it prints ends with an empty line; the line before it may hold the link of the first set-up.
  while (!/serves at \S+\n(?:.*\n)?\n/.test(output)) {
    if (Date.now() > until || child.exitCode !== null) throw new Error(`The server did not start:\n${output}`);
    await pause(50);
  }
  return { process: child, exited, setUpUrl: /http\S+#token=\S+/.exec(output)?.[0] ?? "" };
}

export interface Caller {
  readonly cookie: string;
  readonly key: string;
}

export async function setUp(url: string, setUpUrl: string): Promise<Caller> {
  const made = await fetch(`${url}/api/v1/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      token: new URL(setUpUrl).hash.replace("#token=", ""),
      organisation: { name: "Crash", timeZone: "UTC" },
      person: { name: "Tester", email: "tester@example.org" },
      password: "a sentence for the crash test",
    }),
  });
  const cookie = made.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  const key = await fetch(`${url}/api/v1/api-keys`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie },
    body: JSON.stringify({ name: "load", scopes: ["decisions:write"] }),
  });
  return { cookie, key: ((await key.json()) as { secret: string }).secret };
}

interface Acknowledged {
  readonly decisions: ReadonlySet<string>;
  readonly records: ReadonlySet<string>;
}

/** Sends decisions and records without pause; what gets no answer is sent again as it was, as a careful sender does. */
export function startLoad(url: string, { cookie, key }: Caller) {
  const decisions = new Set<string>();
  const records = new Set<string>();
  const state: Sending = {};
  let next = 0;
  const sendDecisions = async () => {
    while (state.stoppedAt === undefined) {
      const first = (next += 5) - 5;
      const batch = [0, 1, 2, 3, 4].map((offset) => ({
        id: `d${first + offset}`,
        system: "Anything",
        release: "1",
        occurredAt: new Date().toISOString(),
        outcome: "yes",
      }));
      await repeat(state, () => post(url, "/decisions", batch, { authorization: `Bearer ${key}` }));
      for (const { id } of batch) decisions.add(id);
    }
  };
  const sendRecords = async () => {
    while (state.stoppedAt === undefined) {
      const name = `Person ${(next += 1)}`;
      const id = crypto.randomUUID();
      await repeat(state, () => post(url, "/people", { id, values: { name, activeFrom: "2026-01-01" } }, { cookie }));
      records.add(name);
    }
  };
  const running = Promise.all([sendDecisions(), sendDecisions(), sendDecisions(), sendRecords()]);
  return {
    /** Settles once something more has been acknowledged than when it was called. */
    async nextAcknowledged(): Promise<void> {
      const count = () => decisions.size + records.size;
      const before = count();
      const until = Date.now() + SETTLES_WITHIN_MS;
      while (count() === before) {
        if (Date.now() > until) throw new Error("Nothing is acknowledged any more.");
        await pause(50);
      }
    },
    async stop(): Promise<Acknowledged> {
      state.stoppedAt = Date.now();
      await running;
      return { decisions, records };
    },
  };
}

interface Sending {
  stoppedAt?: number;
}

/** Until it is answered; after the stop it still is, because what was sent must be settled. */
async function repeat(state: Sending, send: () => Promise<Response>): Promise<void> {
  for (;;) {
    const answer = await send().catch(() => undefined);
    if (answer?.ok) return;
    if (answer && answer.status < 500 && answer.status !== 429)
      throw new Error(`${answer.status} ${await answer.text()}`);
    if (state.stoppedAt !== undefined && Date.now() > state.stoppedAt + SETTLES_WITHIN_MS)
      throw new Error("The server did not recover.");
    await pause(50);
  }
}

async function post(url: string, route: string, body: unknown, headers: Record<string, string>): Promise<Response> {
  const answer = await fetch(`${url}/api/v1${route}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  // An answer counts once it has arrived whole.
  const text = await answer.text();
  return new Response(text, { status: answer.status });
}

export async function compare(url: string, { cookie }: Caller, acknowledged: Acknowledged): Promise<CrashReport> {
  const decisions = await readAll(url, "/decisions?limit=200", cookie, (item) => String(item["externalId"]));
  const people = await readAll(url, "/people?limit=200", cookie, (item) => String(item["title"]));
  const present = new Set([...decisions, ...people]);
  const wanted = [...acknowledged.decisions, ...acknowledged.records];
  const checked = await fetch(`${url}/api/v1/ledger/checks`, { method: "POST", headers: { cookie } });
  return {
    acknowledgedDecisions: acknowledged.decisions.size,
    acknowledgedRecords: acknowledged.records.size,
    lost: wanted.filter((name) => !present.has(name)),
    twice: [...decisions, ...people].filter((name, index, all) => all.indexOf(name) !== index),
    ledger: (await checked.json()) as CrashReport["ledger"],
  };
}

export async function readAll(
  url: string,
  route: string,
  cookie: string,
  nameOf: (item: Record<string, unknown>) => string,
) {
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const suffix: string = cursor === null ? "" : `&cursor=${cursor}`;
    const response = await fetch(`${url}/api/v1${route}${suffix}`, { headers: { cookie } });
    const page = (await response.json()) as { items: Record<string, unknown>[]; nextCursor: string | null };
    names.push(...page.items.map(nameOf));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return names;
}

/** The database's process, once it runs again after the last kill. */
export async function livePostmaster(dataDir: string): Promise<number> {
  const until = Date.now() + SETTLES_WITHIN_MS;
  while (Date.now() < until) {
    const pid = postmasterIn(dataDir);
    if (pid !== undefined && isAlive(pid)) return pid;
    await pause(50);
  }
  throw new Error("The database of the data directory does not run.");
}

function postmasterIn(dataDir: string): number | undefined {
  try {
    const file = readdirSync(dataDir, { recursive: true }).find((name) => String(name).endsWith("postmaster.pid"));
    return file === undefined
      ? undefined
      : Number(readFileSync(path.join(dataDir, String(file)), "utf8").split("\n", 1)[0]);
  } catch {
    // The file vanishes while the server starts anew.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
