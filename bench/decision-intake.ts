/**
 * How fast decisions are taken in over HTTP, durable and in the ledger, with the load generator on the same machine;
 * beside two baselines in the same run that write the same records into a table with the same columns and indexes, with
 * fsync, without HTTP and without ledger: grouped multi-row INSERT, and COPY.
 *
 *     node bench/decision-intake.ts [--seconds 4] [--clients 256] [--batches 1,10,100,500] [--warm-up 2]
 *         [--profile folder]
 *     node bench/decision-intake.ts --minutes 10 [--batches 100]      memory over time
 *
 * Goals: half of the INSERT baseline at least for batches of 100 and more, 3,000 a second for single records, p99 below
 * 100 ms, memory flat over ten minutes. The processor time of each decision says what the machine could do if nothing
 * else ran on it: a million microseconds of each core a second.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";

import { createPool } from "../apps/server/src/platform/database/pool.ts";
import { createLogger } from "../apps/server/src/platform/log/log.ts";
import { baselines } from "./support/baselines.ts";
import { type Sample, slopeOf, watchMemory } from "./support/memory.ts";
import { postmasterOf, processorTime, profiled } from "./support/processor.ts";
import { createWorld } from "./support/world.ts";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "4" },
    clients: { type: "string", default: "256" },
    batches: { type: "string", default: "1,10,100,500" },
    "warm-up": { type: "string", default: "2" },
    minutes: { type: "string" },
    profile: { type: "string" },
  },
});
const clients = Number(options.clients);
const batches = options.batches.split(",").map(Number);
/** Until the code is compiled and the queue has its length. */
const warmUpMs = Number(options["warm-up"]) * 1000;
/** Of memory over time: enough points to see a slope. */
const SAMPLES = 20;

interface Figures {
  readonly rate: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly refused: number;
  readonly acknowledged: number;
  readonly micros: number;
}

const dataDir = await mkdtemp(path.join(tmpdir(), "steward-bench-"));
const world = await createWorld(dataDir);
const pool = createPool(world.connection, createLogger({ level: "error" }), { size: 4 });
try {
  await world.populate({ systems: 1, records: 3, decisions: 0 });
  const { rows } = await pool.query<{ fsync: string; pid: number }>(
    "SELECT current_setting('fsync') AS fsync, pg_backend_pid() AS pid",
  );
  const postmaster = postmasterOf(rows[0]?.pid as number);
  print(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)} at the start, fsync ${rows[0]?.fsync}`);
  await (options.minutes === undefined ? compare(postmaster) : endure(Number(options.minutes)));
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

/** Every size of batch, beside the baselines. */
async function compare(postmaster: number | undefined): Promise<void> {
  const durationMs = Number(options.seconds) * 1000;
  const base = await baselines(pool, durationMs / 2, () => processorTime(postmaster));
  print("\nbaseline            decisions/s   processor µs each: node, PostgreSQL");
  for (const [name, { rate, micros }] of Object.entries(base)) {
    print(
      `${name.padEnd(16)} ${rate.toFixed(0).padStart(14)} ${micros.node.toFixed(1).padStart(28)}, ${each(micros.postgres)}`,
    );
  }
  print(
    `\n${clients} clients,                              p50     p99           processor µs each             could do`,
  );
  print("batch of   decisions/s  of INSERT      ms      ms  refused   server  PostgreSQL  clients   decisions/s");
  for (const batch of batches) {
    const file = options.profile && path.join(options.profile, `intake-${batch}.cpuprofile`);
    const { figures, used } = await profiled(file, () => load(batch, durationMs, postmaster));
    const { rate, p50, p99, refused, acknowledged } = figures;
    const micros = [used.node, used.postgres, figures.micros].map((sum) => (sum === null ? null : sum / acknowledged));
    const sum = micros.includes(null) ? null : micros.reduce((a, b) => (a as number) + (b as number), 0);
    const could = sum === null ? "unknown" : ((availableParallelism() * 1e6) / sum).toFixed(0);
    print(
      `${String(batch).padStart(8)} ${rate.toFixed(0).padStart(13)} ${((100 * rate) / base.INSERT.rate).toFixed(0).padStart(8)} % ` +
        `${ms(p50)} ${ms(p99)} ${String(refused).padStart(8)} ${each(micros[0]).padStart(8)} ${each(micros[1]).padStart(11)} ` +
        `${each(micros[2]).padStart(8)} ${could.padStart(13)}`,
    );
  }
}

/** One size of batch for a long time: does the server's memory grow? */
async function endure(minutes: number): Promise<void> {
  const batch = batches.length === 1 ? (batches[0] as number) : 100;
  print(`\nbatches of ${batch} for ${minutes} min: minute, MB resident, MB of the heap, decisions a second so far`);
  const watch = watchMemory((minutes * 60_000) / SAMPLES, (sample: Sample) => {
    print(
      `${sample.minute.toFixed(1).padStart(8)} ${sample.rssMb.toFixed(0).padStart(8)} ${sample.heapMb.toFixed(0).padStart(8)}`,
    );
  });
  const { rate, p50, p99, refused } = await generate(batch, minutes * 60_000);
  const samples = watch.stop();
  print(`\n${rate.toFixed(0)} decisions/s, p50 ${ms(p50).trim()} ms, p99 ${ms(p99).trim()} ms, ${refused} refused`);
  // The first half fills caches and lets the heap find its size.
  const settled = samples.slice(Math.floor(samples.length / 2));
  const grows = (of: (sample: Sample) => number) => slopeOf(settled.map((one) => [one.minute, of(one)])).toFixed(2);
  print(`second half: resident ${grows((one) => one.rssMb)} MB/min, heap ${grows((one) => one.heapMb)} MB/min`);
}

interface Used {
  readonly node: number;
  readonly postgres: number | null;
}

/** What the server and its PostgreSQL used is that of the measured time: from the warm-up's end to the last answer. */
async function load(batch: number, durationMs: number, postmaster: number | undefined) {
  const before = new Promise<Used>((resolve) => {
    setTimeout(() => resolve(processorTime(postmaster)), warmUpMs);
  });
  const figures = await generate(batch, durationMs);
  const [begun, ended] = [await before, processorTime(postmaster)];
  const postgres = ended.postgres === null || begun.postgres === null ? null : ended.postgres - begun.postgres;
  return { figures, used: { node: ended.node - begun.node, postgres } };
}

async function generate(batch: number, durationMs: number): Promise<Figures> {
  const program = path.join(import.meta.dirname, "support/load.ts");
  const words = [new URL(world.url).port, world.key, clients, batch, warmUpMs, durationMs, `run${batch}`];
  const child = spawn(process.execPath, [program, ...words.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
  return JSON.parse(await text(child.stdout)) as Figures;
}

/** A machine that is too busy answers nothing within the time. */
function ms(value: number | null): string {
  return (value === null ? "none" : value.toFixed(1)).padStart(7);
}

function each(micros: number | null | undefined): string {
  return micros === null || micros === undefined ? "unknown" : micros.toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
