/**
 * What reading decisions costs where there are many: ten million of ten AI systems over 90 days, filled past the intake
 * straight into the tables (the intake has a benchmark of its own), with fsync on.
 *
 *     node bench/decision-read.ts [--rows 10000000] [--requests 200] [--pause]
 *
 * With --pause it waits for a line on its input before it measures: filling takes long, and may be done beside other work.
 *
 * Goals, over HTTP: one decision by its id 5 ms, a page of a system's decisions 20 ms, cells of 90 days 50 ms, "what ran
 * at T" 50 ms. Beside the wall clock stands the processor time of Steward and PostgreSQL for a request, which other work
 * on the machine changes less.
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { readOutcomeCells, readScoreHistogram, readSliceCells } from "../apps/server/src/features/cells/cells.read.ts";
import { rollUpCells } from "../apps/server/src/features/cells/cells.rollup.ts";
import { keepPartitions } from "../apps/server/src/features/decisions/decisions.partitions.ts";
import { createPool } from "../apps/server/src/platform/database/pool.ts";
import { createLogger } from "../apps/server/src/platform/log/log.ts";
import { fillDecisions } from "./support/fill.ts";
import { postmasterOf, processorTime } from "./support/processor.ts";
import { createWorld } from "./support/world.ts";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    requests: { type: "string", default: "200" },
    pause: { type: "boolean", default: false },
  },
});
const rows = Number(options.rows);
const requests = Number(options.requests);
const SYSTEMS = 10;
const DAYS = 90;
const DAY_MS = 86_400_000;
/** What takes seconds is asked less often. */
const SLOW_MS = 500;
/** A server that people use has its code compiled, and each of its connections has asked before. */
const WARM_UP = 300;

const dataDir = await mkdtemp(path.join(tmpdir(), "steward-bench-"));
const world = await createWorld(dataDir);
// Filling and counting take longer than any request may.
const pool = createPool(world.connection, createLogger({ level: "error" }), { size: 2, statementTimeoutMs: 0 });
try {
  await world.populate({ systems: SYSTEMS, records: 3 * SYSTEMS, decisions: 0 });
  const end = Date.now() - DAY_MS;
  const span = { from: end - DAYS * DAY_MS, to: end };
  const begun = performance.now();
  const ids = await fillDecisions(pool, {
    orgId: world.orgId,
    systemIds: world.systemIds,
    rows,
    ...span,
    keepPartitions: () => keepPartitions(world.db, world.clock),
  });
  print(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`);
  print(`${rows} decisions filled in ${seconds(begun)} s`);
  const counting = performance.now();
  await countCells();
  await pool.query("VACUUM ANALYZE");
  print(`counted into cells in ${seconds(counting)} s (with VACUUM ANALYZE)\n`);
  if (options.pause) {
    print("waiting for a line on the input");
    await once(process.stdin, "data");
    process.stdin.pause();
    print(`load ${loadavg()[0]?.toFixed(1)}\n`);
  }
  const backend = await pool.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  await measure(postmasterOf(backend.rows[0]?.pid as number), ids, span);
} finally {
  await pool.end();
  await world.close();
  await rm(dataDir, { recursive: true, force: true });
}

/** From the beginning, because the server may have begun to count while rows came in another order than their time. */
async function countCells(): Promise<void> {
  await pool.query("TRUNCATE decision_cell_mark, decision_cell, decision_slice_cell, decision_subject_cell");
  for (let done = false; !done;) {
    await rollUpCells({ db: world.db, clock: world.clock });
    const { rowCount } = await pool.query(
      "SELECT FROM decision_cell_mark m JOIN ledger_log l USING (org_id) WHERE m.ledger_size = l.size AND org_id = $1",
      [world.orgId],
    );
    done = rowCount === 1;
  }
}

async function measure(postmaster: number | undefined, ids: readonly string[], span: { from: number; to: number }) {
  print(`${"what".padEnd(44)} p50 ms   p95 ms     goal   processor ms: node, PostgreSQL`);
  const pick = <T>(list: readonly T[], n: number) => list[n % list.length] as T;
  const iso = (ms: number) => new Date(ms).toISOString();
  const system = (n: number) => pick(world.systemIds, n);
  const within = (days: number) => `from=${iso(span.to - days * DAY_MS)}&to=${iso(span.to)}`;
  const urls: [string, number | null, (n: number) => string][] = [
    ["one decision by its id", 5, (n) => `/decisions/${pick(ids, n)}`],
    ["first page of a system's decisions", 20, (n) => `/decisions?systemId=${system(n)}`],
    [
      "the same in the middle, from a moment",
      20,
      (n) => `/decisions?systemId=${system(n)}&to=${iso(span.to - 45 * DAY_MS)}`,
    ],
    ["decisions by the sender's id", 20, (n) => `/decisions?externalId=f-${(n * 104_729) % rows}`],
    ["decisions about a person", 20, (n) => `/decisions?subject=person-${n}`],
    ["what ran at a moment", 50, (n) => `/systems/${system(n)}/running?at=${iso(span.to - n * DAY_MS)}`],
    ["affected: a system, one hour", null, (n) => `/decisions/affected?systemId=${system(n)}&${within(1 / 24)}`],
    ["affected: a system, one day", null, (n) => `/decisions/affected?systemId=${system(n)}&${within(1)}`],
    ["affected: a system, 30 days", null, (n) => `/decisions/affected?systemId=${system(n)}&${within(30)}`],
  ];
  for (const [name, goal, url] of urls) {
    await line(postmaster, name, goal, async (n) => {
      const { status, body } = await world.get(url(n));
      if (status !== 200) throw new Error(`${url(n)}: ${status} ${JSON.stringify(body).slice(0, 300)}`);
    });
  }
  const day = (ms: number) => iso(ms).slice(0, 10);
  const query = (n: number) => ({ systemId: system(n), from: day(span.from), to: day(span.to) });
  await line(postmaster, "cells of 90 days: outcomes", 50, (n) => readOutcomeCells(world.db, world.orgId, query(n)));
  await line(postmaster, "cells of 90 days: scores", 50, (n) => readScoreHistogram(world.db, world.orgId, query(n)));
  await line(postmaster, "cells of 90 days: slices", 50, (n) => readSliceCells(world.db, world.orgId, query(n)));
}

async function line(
  postmaster: number | undefined,
  name: string,
  goal: number | null,
  ask: (n: number) => Promise<unknown>,
) {
  // The first is to have what it reads in memory.
  const first = performance.now();
  for (let n = 0; n < 3; n++) await ask(n);
  const slow = performance.now() - first > 3 * SLOW_MS;
  if (!slow) for (let n = 0; n < WARM_UP; n++) await ask(n);
  const times = slow ? 3 : requests;
  const before = processorTime(postmaster);
  const taken: number[] = [];
  for (let n = 1; n <= times; n++) {
    const begun = performance.now();
    await ask(n);
    taken.push(performance.now() - begun);
  }
  const after = processorTime(postmaster);
  taken.sort((a, b) => a - b);
  const quantile = (q: number) => (taken[Math.floor(q * (times - 1))] as number).toFixed(1);
  const node = ((after.node - before.node) / times / 1000).toFixed(1);
  const postgres =
    after.postgres === null || before.postgres === null
      ? "unknown"
      : ((after.postgres - before.postgres) / times / 1000).toFixed(1);
  print(
    `${name.padEnd(44)} ${quantile(0.5).padStart(6)} ${quantile(0.95).padStart(8)} ${String(goal ?? "").padStart(8)}   ${node}, ${postgres}`,
  );
}

function seconds(begun: number): string {
  return ((performance.now() - begun) / 1000).toFixed(0);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
