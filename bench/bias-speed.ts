/**
 * Bias evaluation from file to result, side by side with one GROUP BY of DuckDB over the same file in the same process:
 * 1 and 10 million rows (label, prediction and three attributes of 5, 2 and 6 values) in CSV and Parquet, the eleven
 * rates with all their disparities over every one- and two-way slice. Goals: within 1.5 of the GROUP BY; with 2,000
 * replicates under 3 s at 1 million rows on one core.
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
const RUNS = 5;

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

async function leastOf(work: () => Promise<unknown>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let run = 0; run < RUNS; run++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(before);
    costs.push({ wallMs: performance.now() - start, cpuMs: (user + system) / 1000 });
  }
  return {
    wallMs: Math.min(...costs.map(({ wallMs }) => wallMs)),
    cpuMs: Math.min(...costs.map(({ cpuMs }) => cpuMs)),
  };
}

/** One file in a process of its own, so that the peak of memory is this file's. */
async function measure(file: string): Promise<void> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const groupBy = await leastOf(() => connection.runAndReadAll(`${GROUP_BY} '${file}' GROUP BY ALL`));
  connection.closeSync();
  instance.closeSync();
  const options = {
    task: "classification",
    attributes: ATTRIBUTES,
    prediction: "prediction",
    label: "label",
    k: 10,
  } as const;
  const evaluation = await leastOf(() => evaluateFile(file, options, { replicates: 0 }));
  const resampled = await leastOf(() => evaluateFile(file, options, { replicates: REPLICATES }));
  const cells = [
    `${path.basename(file)}, ${((await stat(file)).size / 1e6).toFixed(0)} MB`,
    ...[groupBy, evaluation].map(({ wallMs, cpuMs }) => `${wallMs.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms`),
    `${(evaluation.wallMs / groupBy.wallMs).toFixed(2)}, ${(evaluation.cpuMs / groupBy.cpuMs).toFixed(2)}`,
    `${(resampled.wallMs / 1000).toFixed(2)} s, ${(resampled.cpuMs / 1000).toFixed(2)} s`,
    `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

const [first, second] = process.argv.slice(2);
if (first === "--file" && second !== undefined) await measure(second);
else {
  const folder = await mkdtemp(path.join(tmpdir(), "steward-bench-"));
  try {
    process.stdout.write(
      "Wall time, CPU time of all threads.\n\n" +
        `| File | GROUP BY | Evaluation | Ratio (goal 1.5) | With ${REPLICATES} replicates (goal 3 s) | Peak memory |\n` +
        "|---|---|---|---|---|---|\n",
    );
    const sizes = process.argv.length > 2 ? process.argv.slice(2) : ["1", "10"];
    for (const millions of sizes) {
      for (const file of await generate(folder, Number(millions) * 1e6)) {
        spawnSync(process.execPath, [import.meta.filename, "--file", file], { stdio: "inherit" });
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
