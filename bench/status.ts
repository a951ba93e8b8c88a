/**
 * An organisation of 1,000 AI systems, 10,000 records and 100,000 decisions on a real PostgreSQL with fsync on: the full
 * evaluation, and the p95 of the overview and of lists over HTTP. Goals: 1 s and 50 ms.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";

import { evaluate } from "@steward/assurance";
import { loadCatalogue } from "@steward/catalogue";

import { loadFacts } from "../apps/server/src/features/status/status.facts.ts";
import { createWorld, type World } from "./support/world.ts";

const SYSTEMS = 1000;
const RECORDS = 10_000;
const DECISIONS = 100_000;
const REQUESTS = 200;

const dataDir = await mkdtemp(path.join(tmpdir(), "steward-bench-"));
const world = await createWorld(dataDir);
try {
  const filled = performance.now();
  await world.populate({ systems: SYSTEMS, records: RECORDS, decisions: DECISIONS });
  print("filling the organisation", `${((performance.now() - filled) / 1000).toFixed(1)} s`, "");
  await measureEvaluation(world);
  for (const [name, url] of [
    ["overview", "/overview"],
    ["status", "/status"],
    ["requirement A.6.2.8", "/status/requirements/A.6.2.8"],
    ["systems, first page", "/systems?sort=name"],
    ["systems, words and filter", "/systems?q=system&where.lifecycle=operation"],
    ["role assignments, first page", "/role-assignments"],
    ["releases of a system", `/releases?where.systemId=${world.systemIds[7]}`],
    ["decisions, first page", "/decisions"],
    ["decisions of a system", `/decisions?systemId=${world.systemIds[7]}`],
    ["ledger entries", "/ledger/entries"],
  ] as const) {
    await measureEndpoint(world, name, url);
  }
} finally {
  await world.close();
  await rm(dataDir, { recursive: true, force: true });
}

async function measureEvaluation({ db, clock, orgId }: World): Promise<void> {
  const catalogue = await loadCatalogue();
  const totals: number[] = [];
  const loads: number[] = [];
  for (let run = 0; run < 7; run++) {
    const started = performance.now();
    const now = clock.now();
    const facts = await loadFacts(db, orgId, { recordedAt: now, effectiveAt: now });
    const loaded = performance.now();
    evaluate(catalogue, facts, now);
    totals.push(performance.now() - started);
    loads.push(loaded - started);
  }
  print("full evaluation (median of 7)", `${median(totals).toFixed(0)} ms`, "goal 1,000 ms");
  print("  of which loading the facts", `${median(loads).toFixed(0)} ms`, "");
}

async function measureEndpoint(world: World, name: string, url: string): Promise<void> {
  const times: number[] = [];
  for (let n = 0; n < REQUESTS + 10; n++) {
    const started = performance.now();
    const response = await world.get(url);
    const elapsed = performance.now() - started;
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
    if (n >= 10) times.push(elapsed);
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.floor(times.length * 0.95)] as number;
  print(`GET ${name}`, `p50 ${median(times).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms`, "goal p95 50 ms");
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function print(what: string, figure: string, goal: string): void {
  process.stdout.write(`| ${what.padEnd(34)} | ${figure.padEnd(28)} | ${goal.padEnd(14)} |\n`);
}
