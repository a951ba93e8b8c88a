/**
 * Bias evaluation from file to result, side by side with one GROUP BY of DuckDB over the same file in the same process:
 * 1 and 10 million rows (label, prediction and three attributes of 5, 2 and 6 values) in CSV and Parquet, the eleven
 * rates with all their disparities over every one- and two-way slice. Goals: within 1.5 of the GROUP BY; with 2,000
 * replicates under 3 s at 1 million rows on one core. The goal is a running process's, so its code has been compiled
 * before: what a new process takes for a first small file is a column of its own.
 *
 *   node bench/bias-speed.ts [millions of rows, "1 10" if left out]
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";

import { DuckDBInstance } from "@duckdb/node-api";

import { evaluateFile } from "../apps/cli/src/bias/evaluate-file.ts";

const ATTRIBUTES = ["race", "sex", "region"];
const REPLICATES = 2000;

/** Runs of each measurement; the least counts, because whatever else the machine does only ever adds. */
const RUNS = 9;

/** Evaluations of a small file after which the engine has compiled what it is going to. */
const WARM_UP_RUNS = 30;
const SMALL_ROWS = 10_000;

const OPTIONS = {
  task: "classification",
  attributes: ATTRIBUTES,
  prediction: "prediction",
  label: "label",
  k: 10,
} as const;

const GROUP_BY = `SELECT ${ATTRIBUTES.join(", ")}, label, prediction, count(*) FROM`;

/** Rows whose selection rate differs a little between groups, drawn by DuckDB itself. */
async function generate(folder: string, rows: number): Promise<string[]> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const files = [path.join(folder, `rows-${rows}.parquet`), path.join(folder, `rows-${rows}.csv`)];
  await connection.run("SELECT setseed(0.42)");
  await connection.run(
    `COPY (SELECT race, sex, region, label, (random() < 0.2 + 0.4 * label + 0.02 * length(sex))::INTEGER AS prediction FROM (
       SELECT ['White', 'Black', 'Asian', 'Hispanic', 'Other'][1 + floor(random() * 5)::INTEGER] AS race,
         ['Female', 'Male'][1 + floor(random() * 2)::INTEGER] AS sex, 'R' || floor(random() * 6)::INTEGER AS region,
         (random() < 0.3)::INTEGER AS label FROM range(${rows}))) TO '${files[0]}'`,
  );
  await connection.run(`COPY (FROM '${files[0]}') TO '${files[1]}'`);
  connection.closeSync();
  instance.closeSync();
  return files;
}

interface Cost {
  readonly wallMs: number;
  /** Of all threads together: what one core would take, whatever else the machine does. */
  readonly cpuMs: number;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - start, cpuMs: (user + system) / 1000 };
}

/** The least of several runs of each, in turns, so that what the machine does meanwhile meets them alike. */
async function leastOf(...works: (() => Promise<unknown>)[]): Promise<Cost[]> {
  const costs = works.map((): Cost[] => []);
  for (let run = 0; run < RUNS; run++) {
    for (const [i, work] of works.entries()) costs[i]?.push(await costOf(work));
  }
  return costs.map((own) => ({
    wallMs: Math.min(...own.map(({ wallMs }) => wallMs)),
    cpuMs: Math.min(...own.map(({ cpuMs }) => cpuMs)),
  }));
}

/** One file in a process of its own, so that the peak of memory is this file's. */
async function measure(file: string, small: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const evaluate = (name: string, replicates: number) => evaluateFile(name, OPTIONS, { replicates });
  const first = await costOf(() => evaluate(small, 0));
  for (let run = 0; run < WARM_UP_RUNS; run++) await evaluate(small, 0);
  const plain = () => connection.runAndReadAll(`${GROUP_BY} '${file}' GROUP BY ALL`);
  const [groupBy, evaluation] = (await leastOf(plain, () => evaluate(file, 0))) as [Cost, Cost];
  connection.closeSync();
  instance.closeSync();
  const [resampled] = (await leastOf(() => evaluate(file, REPLICATES))) as [Cost];
  const cells = [
    `${path.basename(file)}, ${((await stat(file)).size / 1e6).toFixed(0)} MB`,
    `${first.wallMs.toFixed(0)} ms`,
    ...[groupBy, evaluation].map(({ wallMs, cpuMs }) => `${wallMs.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms`),
    `${(evaluation.wallMs / groupBy.wallMs).toFixed(2)}, ${(evaluation.cpuMs / groupBy.cpuMs).toFixed(2)}`,
    `${(resampled.wallMs / 1000).toFixed(2)} s, ${(resampled.cpuMs / 1000).toFixed(2)} s`,
    `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

const [first, second, third] = process.argv.slice(2);
if (first === "--file" && second !== undefined && third !== undefined) await measure(second, third);
else {
  const folder = await mkdtemp(path.join(tmpdir(), "steward-bench-"));
  try {
    process.stdout.write(
      "Wall time, CPU time of all threads.\n\n" +
        `| File | First small file of a new process | GROUP BY | Evaluation | Ratio (goal 1.5) | With ${REPLICATES} replicates (goal 3 s) | Peak memory |\n` +
        "|---|---|---|---|---|---|---|\n",
    );
    const sizes = process.argv.length > 2 ? process.argv.slice(2) : ["1", "10"];
    const [small] = (await generate(folder, SMALL_ROWS)) as [string];
    for (const millions of sizes) {
      for (const file of await generate(folder, Number(millions) * 1e6)) {
        spawnSync(process.execPath, [import.meta.filename, "--file", file, small], { stdio: "inherit" });
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
