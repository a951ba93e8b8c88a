/** What the command says of real files, and that the real process says the same. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import { DuckDBInstance } from "@duckdb/node-api";
import type { BiasReport } from "@steward/fairness";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { runBias } from "../../test/run-bias.ts";
import type { Ended } from "../../test/run-bias.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin/steward.mjs");

let folder: string;
const at = (name: string): string => path.join(folder, name);

/** The real command, started as a user starts it. */
function startSteward(...args: string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, "bias", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, out, err }));
  });
}

async function evaluateJson(file: string, ...args: string[]): Promise<BiasReport> {
  const ended = await runBias("evaluate", at(file), "--format", "json", ...args);
  if (ended.out === "") throw new Error(ended.err);
  return JSON.parse(ended.out) as BiasReport;
}

/** Loans: [group, sex, label, prediction, rows]. */
const LOANS: readonly (readonly [string, string, number, number, number])[] = [
  ["A", "F", 1, 1, 400],
  ["A", "F", 0, 1, 100],
  ["A", "F", 0, 0, 300],
  ["A", "M", 1, 0, 200],
  ["A", "M", 1, 1, 420],
  ["A", "M", 0, 0, 380],
  ["B", "F", 1, 1, 150],
  ["B", "F", 0, 0, 600],
  ["B", "M", 0, 1, 50],
  ["B", "M", 1, 0, 200],
  ["", "M", 1, 1, 40],
  ["", "M", 0, 0, 60],
];

async function write(name: string, header: string, rows: readonly (readonly (string | number)[])[]): Promise<void> {
  await writeFile(at(name), `${header}\n${rows.map((row) => row.join(",")).join("\n")}${rows.length > 0 ? "\n" : ""}`);
}

const policyText = (more: string): string => `schema: steward/bias-policy/v1\nname: loans\nversion: 3\n${more}`;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-bias-"));
  const rows = LOANS.flatMap(([group, sex, label, prediction, n]) =>
    Array.from({ length: n }, (_, i) => [
      group,
      sex,
      label,
      prediction,
      20 + (i % 50),
      ((label * 3 + prediction * 5 + (i % 7)) / 20).toFixed(2),
      i % 2 === 0 ? 1 : 2,
    ]),
  );
  await write("loans.csv", "race,sex,label,prediction,age,score,weight", rows);
  await write("cells.csv", "race,sex,label,prediction,n", LOANS);
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`COPY (FROM '${at("loans.csv")}') TO '${at("loans.parquet")}'`);
  await connection.run(`COPY (FROM '${at("loans.csv")}') TO '${at("loans.jsonl")}' (FORMAT json)`);
  await connection.run(`COPY (FROM '${at("loans.csv")}') TO '${at("loans.json")}' (FORMAT json, ARRAY true)`);
  connection.closeSync();
  instance.closeSync();
  await writeFile(at("fifths.yaml"), policyText("profile: four-fifths\n"));
});

afterAll(() => rm(folder, { recursive: true }));

const COLUMNS = ["--prediction", "prediction", "--label", "label", "--attributes", "race,sex"] as const;

describe("steward bias evaluate", () => {
  it("counts what is in the file, in the documented form", async () => {
    const report = await evaluateJson("loans.csv", ...COLUMNS);
    expect(report).toMatchObject({ schema: "steward/bias/v1", rows: 2900, verdict: null, reasons: [], thinCells: [] });
    expect(report.slices.map(({ attributes }) => attributes)).toEqual([["race"], ["sex"], ["race", "sex"]]);
    const [a, b, unknown] = report.slices[0]?.groups ?? [];
    expect(a).toMatchObject({ key: { race: "A" }, n: 1800, tp: 820, fp: 100, tn: 680, fn: 200 });
    expect(b).toMatchObject({ key: { race: "B" }, n: 1000, tp: 150, fp: 50, tn: 600, fn: 200 });
    expect(unknown).toMatchObject({ key: { race: null }, n: 100 });
    const { selectionRate } = a?.metrics ?? {};
    expect(Object.keys(selectionRate ?? {})).toEqual(["value", "low", "high", "denominator"]);
    expect(selectionRate?.value).toBeCloseTo(920 / 1800, 12);
    const ratio = report.slices[0]?.disparities["demographicParityRatio"];
    expect(Object.keys(ratio ?? {})).toEqual(
      expect.arrayContaining(["value", "low", "high", "allGroups", "adequateGroups", "worst", "best"]),
    );
    expect(ratio?.value).toBeCloseTo(200 / 1000 / (920 / 1800), 12);
  });

  it("says the same of CSV, Parquet, JSON, JSONL and pre-aggregated cells", async () => {
    const expected = await evaluateJson("loans.csv", ...COLUMNS);
    for (const name of ["loans.parquet", "loans.json", "loans.jsonl"]) {
      expect(await evaluateJson(name, ...COLUMNS), name).toEqual(expected);
    }
    expect(await evaluateJson("cells.csv", ...COLUMNS, "--count", "n")).toEqual(expected);
  });

  it("exits 1 on a fail, 0 on a pass, 3 where the data cannot tell, 0 without a policy", async () => {
    const policy = (name: string): string[] => ["--policy", at(name)];
    await writeFile(
      at("pass.yaml"),
      policyText("rules: [{ disparity: demographicParityRatio, threshold: 0.05 }]\nslices: { attributes: [[sex]] }\n"),
    );
    await writeFile(
      at("open.yaml"),
      policyText(
        "rules: [{ disparity: equalOpportunityRatio, threshold: 0.8 }]\nslices: { attributes: [[race, sex]] }\nminimumDenominator: 500\n",
      ),
    );
    const fail = await runBias("evaluate", at("loans.csv"), ...COLUMNS, ...policy("fifths.yaml"));
    expect(fail).toMatchObject({ code: 1, err: "" });
    expect(fail.out).toContain("Verdict: fail");
    expect((await runBias("evaluate", at("loans.csv"), ...COLUMNS, ...policy("pass.yaml"))).code).toBe(0);
    const open = await runBias("evaluate", at("loans.csv"), ...COLUMNS, ...policy("open.yaml"));
    expect(open.code).toBe(3);
    expect(open.out).toContain("Groups with too few rows");
    expect((await runBias("evaluate", at("loans.csv"), ...COLUMNS)).code).toBe(0);
  });

  it("ends a real process with the same words and codes", { timeout: 120_000 }, async () => {
    const judged = ["evaluate", at("loans.csv"), ...COLUMNS, "--policy", at("fifths.yaml")];
    const refused = ["evaluate", at("loans.csv"), "--prediction", "verdict", "--attributes", "race"];
    const [failed, bad] = await Promise.all([startSteward(...judged), startSteward(...refused)]);
    expect(failed).toEqual(await runBias(...judged));
    expect(bad).toEqual(await runBias(...refused));
    expect(bad).toMatchObject({ code: 2, out: "" });
    expect(await runBias("evaluate", "--help")).toMatchObject({ code: 0, err: "" });
  });

  it("says nothing where its reader stops before the end", { timeout: 60_000 }, async () => {
    const child = spawn(process.execPath, [BIN, "bias", "evaluate", at("loans.csv"), ...COLUMNS, "--format", "json"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.stdout.destroy();
    await new Promise((resolve) => child.on("close", resolve));
    expect(err).toBe("");
  });

  it("takes a plain prediction beside a label whose positive value has a name", async () => {
    const rows = [
      ["F", 1, "good"],
      ["F", 0, "bad"],
      ["M", 1, "bad"],
      ["M", 0, "good"],
      ["M", 1, "good"],
    ];
    await write("named.csv", "sex,p,y", rows as (string | number)[][]);
    const args = ["--prediction", "p", "--label", "y", "--positive", "good", "--attributes", "sex"];
    const report = await evaluateJson("named.csv", ...args);
    expect(report.overall).toMatchObject({ tp: 2, fp: 1, tn: 1, fn: 1 });
  });

  it("writes every format to a file, and the verdict to stderr", async () => {
    const starts = {
      json: "{",
      html: "<!doctype html>",
      pdf: "%PDF-1.7",
      ll144: "<!doctype html>",
      cyclonedx: "{",
      junit: "<?xml",
      table: "Verdict: fail",
    };
    for (const [format, start] of Object.entries(starts)) {
      const output = at(`report.${format}`);
      const ended = await runBias(
        "evaluate",
        at("loans.csv"),
        ...COLUMNS,
        "--policy",
        at("fifths.yaml"),
        "--format",
        format,
        "--output",
        output,
      );
      expect(ended).toMatchObject({ code: 1, out: "" });
      expect(ended.err).toBe(`Verdict: fail. Written to ${output}.\n`);
      expect((await readFile(output, "utf8")).startsWith(start), format).toBe(true);
    }
  });

  it("weighs rows, bins numbers, holds a column constant and compares with one group", async () => {
    const weighted = await evaluateJson("loans.csv", ...COLUMNS, "--weight", "weight");
    expect(weighted.weighted).toBe(true);
    expect(weighted.slices[0]?.groups[0]?.metrics["selectionRate"]).toMatchObject({ approximate: true });
    const binned = await evaluateJson(
      "loans.csv",
      "--prediction",
      "prediction",
      "--attributes",
      "age",
      "--bin",
      "age=30,50",
    );
    expect(binned.slices[0]?.groups.map(({ key }) => key["age"])).toEqual(["under 30", "30 to under 50", "50 or over"]);
    expect(binned.slices[0]?.groups.reduce((sum, { n }) => sum + n, 0)).toBe(2900);
    const held = await evaluateJson(
      "loans.csv",
      "--prediction",
      "prediction",
      "--attributes",
      "race",
      "--control",
      "sex",
    );
    expect(held.slices.map(({ control }) => control)).toEqual([{ sex: "F" }, { sex: "M" }]);
    const against = await evaluateJson("loans.csv", ...COLUMNS, "--reference", "race=A", "--reference", "sex=M");
    expect(against.slices[0]?.groups[1]?.versusReference?.["disparateImpact"]).toBeCloseTo(0.2 / (920 / 1800), 12);
  });

  it("adds what scores tell, and takes them for the prediction where there is none", async () => {
    const scored = await evaluateJson("loans.csv", ...COLUMNS, "--score", "score");
    const metrics = scored.slices[0]?.groups[0]?.metrics ?? {};
    for (const metric of ["scoringRate", "meanScore", "auc"]) expect(metrics[metric]?.value, metric).toBeGreaterThan(0);
    expect(scored.slices[0]?.groups[0]?.calibration?.length).toBeGreaterThan(3);
    const alone = await evaluateJson("loans.csv", "--score", "score", "--attributes", "race");
    expect(alone.warnings[0]).toContain("above the median");
    const group = alone.slices[0]?.groups[0];
    expect(group?.metrics["selectionRate"]?.value).toBe(group?.metrics["scoringRate"]?.value);
  });

  it("gives the same report for the same seed", async () => {
    const [one, two, three] = await Promise.all([
      evaluateJson("loans.csv", ...COLUMNS, "--seed", "7", "--replicates", "200"),
      evaluateJson("loans.parquet", ...COLUMNS, "--seed", "7", "--replicates", "200"),
      evaluateJson("loans.csv", ...COLUMNS, "--seed", "8", "--replicates", "200"),
    ]);
    expect(two).toEqual(one);
    expect(three.inference).not.toEqual(one.inference);
  });

  it("accepts labels that only the selected have, and says what remains", async () => {
    const rows = LOANS.map(([race, sex, label, prediction, n]) => [
      race,
      sex,
      prediction === 1 ? label : "",
      prediction,
      n,
    ]);
    await write("granted.csv", "race,sex,label,prediction,n", rows);
    const report = await evaluateJson("granted.csv", ...COLUMNS, "--count", "n");
    expect(report.warnings[0]).toContain("whoever was refused has no outcome");
    expect(report.slices[0]?.groups[0]?.metrics["tpr"]).toMatchObject({ value: null });
    expect(report.slices[0]?.groups[0]?.metrics["ppv"]?.value).toBeCloseTo(820 / 920, 12);
  });
});

describe("steward bias evaluate, other tasks", () => {
  it("sets each class against the rest", async () => {
    await write(
      "classes.csv",
      "g,label,prediction",
      [..."aabbccab"].map((label, i) => ["xy"[i % 2] as string, label, "abcabcab"[i] as string]),
    );
    const report = await evaluateJson(
      "classes.csv",
      "--task",
      "multiclass",
      "--prediction",
      "prediction",
      "--label",
      "label",
      "--attributes",
      "g",
    );
    expect(report.task).toBe("multiclass");
    expect(report.slices.map((slice) => slice.class)).toEqual(["a", "b", "c"]);
  });

  it("takes means of a regression's errors", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => ["xy"[i % 2] as string, 10, 10 + (i % 2) * 2 + (i % 5) - 2]);
    await write("wages.csv", "g,label,prediction", rows);
    const report = await evaluateJson(
      "wages.csv",
      "--task",
      "regression",
      "--prediction",
      "prediction",
      "--label",
      "label",
      "--attributes",
      "g",
    );
    expect(report.slices[0]?.groups.map(({ metrics }) => metrics["meanError"]?.value)).toEqual([0, 2]);
    expect(report.slices[0]?.disparities["meanErrorDifference"]?.value).toBe(2);
  });

  it("sums exposure over ranked lists, and nDCG where a list belongs to one group", async () => {
    const lists = Array.from({ length: 60 }, (_, q) =>
      [1, 2, 3, 4].map((place) => [q, place, place <= 2 ? "F" : "M", q % 2 === 0 ? "north" : "south", place % 3]),
    ).flat();
    await write("ranked.csv", "list,place,sex,region,relevance", lists);
    const options = ["--task", "ranking", "--rank", "place", "--query", "list", "--label", "relevance", "--k", "2"];
    const bySex = await evaluateJson("ranked.csv", ...options, "--attributes", "sex");
    expect(bySex.slices[0]?.groups[0]?.metrics["exposure"]?.value).toBeCloseTo((1 + 1 / Math.log2(3)) / 2, 12);
    expect(bySex.slices[0]?.groups.map(({ topShare }) => topShare)).toEqual([1, 0]);
    expect(bySex.slices[0]?.groups[0]?.metrics["ndcg"]).toMatchObject({
      value: null,
      reason: expect.stringContaining("differ within a list"),
    });
    const byRegion = await evaluateJson("ranked.csv", ...options, "--attributes", "region");
    const gain = (relevance: number, place: number): number => (2 ** relevance - 1) / Math.log2(1 + place);
    const dcg = gain(1, 1) + gain(2, 2) + gain(0, 3) + gain(1, 4);
    const ideal = gain(2, 1) + gain(1, 2) + gain(1, 3) + gain(0, 4);
    expect(byRegion.slices[0]?.groups[0]?.metrics["ndcg"]?.value).toBeCloseTo(dcg / ideal, 12);
  });

  it("matches counterfactual pairs by outcome or by number", async () => {
    const rows = Array.from({ length: 80 }, (_, p) => [
      [p, "F", p < 40 ? "refused" : "answered", 0.5],
      [p, "M", p < 20 ? "refused" : "answered", 0.7],
    ]).flat();
    await write("pairs.csv", "prompt,sex,outcome,sentiment", rows);
    const options = ["--task", "counterfactual", "--pair", "prompt", "--attributes", "sex"];
    const outcome = await evaluateJson("pairs.csv", ...options, "--prediction", "outcome", "--positive", "refused");
    expect(outcome.slices[0]?.pairs?.[0]).toMatchObject({ a: "F", b: "M", n: 80, value: 0.25, flipRate: 0.25 });
    const number = await evaluateJson("pairs.csv", ...options, "--score", "sentiment");
    expect(number.slices[0]?.pairs?.[0]?.value).toBeCloseTo(-0.2, 12);
  });
});

describe("steward bias import", () => {
  it("evaluates what another tool exported, under a policy too", async () => {
    await write("by_group.csv", "race,count,selection_rate", [
      ["A", 1800, 920 / 1800],
      ["B", 1000, 0.2],
    ]);
    const ended = await runBias(
      "import",
      at("by_group.csv"),
      "--from",
      "fairlearn",
      "--policy",
      at("fifths.yaml"),
      "--format",
      "json",
    );
    expect(ended.code).toBe(1);
    const report = JSON.parse(ended.out) as BiasReport;
    expect(report.slices[0]?.groups.map(({ n, selected }) => [n, selected])).toEqual([
      [1800, 920],
      [1000, 200],
    ]);
  });

  it("refuses what is no export of that tool", async () => {
    await writeFile(at("broken.json"), "{");
    expect(await runBias("import", at("broken.json"), "--from", "evidently")).toMatchObject({
      code: 2,
      err: expect.stringContaining("is no JSON"),
    });
    expect(await runBias("import", at("loans.json"), "--from", "cyclonedx")).toMatchObject({
      code: 2,
      err: expect.stringContaining("CycloneDX"),
    });
    expect(await runBias("import", at("none.json"), "--from", "aequitas")).toMatchObject({
      code: 2,
      err: expect.stringContaining("no such file"),
    });
    expect(await runBias("import", at("loans.json"), "--from", "excel")).toMatchObject({ code: 2 });
  });
});
