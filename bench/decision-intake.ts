/**
 * How fast decisions are taken in over HTTP, durable and in the ledger, with the load generator on the same machine;
 * beside two baselines in the same run that write the same records into a table with the same columns and indexes, with
 * fsync, without HTTP and without ledger: grouped multi-row INSERT, and COPY.
 *
 *     node bench/decision-intake.ts [seconds per measurement, 6] [clients, 256]
 *
 * With 600 seconds it shows that memory stays flat. Goals: half of the INSERT baseline at least for batches of 100 and
 * more, 3,000 a second for single records, p99 below 100 ms.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";

import { createPool } from "../apps/server/src/platform/database/pool.ts";
import { createLogger } from "../apps/server/src/platform/log/log.ts";
import { baselines } from "./support/baselines.ts";
import { createWorld } from "./support/world.ts";

const seconds = Number(process.argv[2] ?? 6);
const clients = Number(process.argv[3] ?? 256);
const WARM_UP_MS = 2000;
const BATCHES = [1, 10, 100, 500] as const;

interface Figures {
  readonly rate: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly refused: number;
}

const dataDir = await mkdtemp(path.join(tmpdir(), "steward-bench-"));
const world = await createWorld(dataDir);
const pool = createPool(world.connection, createLogger({ level: "error" }), { size: 4 });
try {
  await world.populate({ systems: 1, records: 3, decisions: 0 });
  const { rows } = await pool.query<{ fsync: string }>("SHOW fsync");
  print(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)} at the start, fsync ${rows[0]?.fsync}`);
  const base = await baselines(pool, seconds * 1000);
  print(`\nbaselines            decisions/s`);
  print(`multi-row INSERT     ${base.insert.toFixed(0).padStart(11)}`);
  print(`COPY                 ${base.copy.toFixed(0).padStart(11)}`);
  print(`\n${clients} clients, batch of   decisions/s   of INSERT   p50 ms   p99 ms   refused   server RSS MB`);
  for (const batch of BATCHES) {
    const { rate, p50, p99, refused } = await load(batch);
    const rss = process.memoryUsage().rss / 2 ** 20;
    const share = `${((100 * rate) / base.insert).toFixed(0)} %`;
    print(
      `${String(batch).padStart(22)} ${rate.toFixed(0).padStart(13)} ${share.padStart(11)} ${cell(p50)} ` +
        `${cell(p99)} ${String(refused).padStart(9)} ${rss.toFixed(0).padStart(15)}`,
    );
  }
  const checked = await fetch(`${world.url}/api/v1/ledger/checks`, {
    method: "POST",
    headers: { cookie: world.cookie },
  });
  const { ok, size } = (await checked.json()) as { ok: boolean; size: number };
  print(`\nledger of ${size} entries verifies: ${ok}; load ${loadavg()[0]?.toFixed(1)} at the end`);
} finally {
  await pool.end();
  await world.close();
  await rm(dataDir, { recursive: true, force: true });
}

async function load(batch: number): Promise<Figures> {
  const program = path.join(import.meta.dirname, "support/load.ts");
  const options = [new URL(world.url).port, world.key, clients, batch, WARM_UP_MS, seconds * 1000, `run${batch}`];
  const child = spawn(process.execPath, [program, ...options.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse(await text(child.stdout)) as Figures;
}

/** A machine that is too busy answers nothing within the time. */
function cell(ms: number | null): string {
  return (ms === null ? "none" : ms.toFixed(1)).padStart(8);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
