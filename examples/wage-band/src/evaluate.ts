/** The steps of the pipeline between release and deployment: what is in it, and is each group treated alike? */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { decide, type Model } from "./model.ts";
import { ageBand, type Person } from "./people.ts";
import type { Connection } from "./steward.ts";

const fromHere = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** In a pipeline of its own this is the `steward` command. */
const STEWARD = fromHere("../../../apps/cli/bin/steward.mjs");
const POLICY = fromHere("../fairness-policy.yaml");

export type EvaluationEnd = "pass" | "fail" | "insufficient" | "not published";

const ENDS: Readonly<Record<number, EvaluationEnd>> = { 0: "pass", 1: "fail", 3: "insufficient" };

/** One row a person: what the model says of those it has not seen, and what is true. */
export function predictionsCsv(model: Model, people: readonly Person[]): string {
  const rows = people.map((person, place) => {
    const { band } = decide(model, person, place);
    return [person.gender, person.race, ageBand(person), band, person.wage >= model.border ? "upper" : "lower"].join(
      ",",
    );
  });
  return `gender,race,age,predicted,actual\n${rows.join("\n")}\n`;
}

/** Evaluates a release under the policy of this folder and publishes the result; answers how it ended, and in words. */
export async function evaluateRelease(
  { url, key }: Connection,
  system: string,
  model: Model,
  people: readonly Person[],
): Promise<{ end: EvaluationEnd; said: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), "wage-band-"));
  try {
    const file = path.join(folder, "predictions.csv");
    await writeFile(file, predictionsCsv(model, people));
    const { code, err } = await run(
      ["bias", "evaluate", file, "--prediction", "predicted", "--label", "actual", "--positive", "upper"],
      ["--attributes", "gender,race", "--policy", POLICY, "--output", path.join(folder, "report.txt")],
      ["--dataset", "CPS 1985, cross-fitted", "--dataset-version", "1985-05"],
      ["--publish", `${system}@${model.version}`, "--server", url, "--key", key],
    );
    return { end: ENDS[code] ?? "not published", said: err.trim() };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Publishes what this folder's code contains, and as the release's bill of materials; answers in words what was said. */
export async function publishContents({ url, key }: Connection, systemId: string, version: string): Promise<string> {
  const { err } = await run(
    ["scan", fromHere(".."), "--source", "wage-band", "--publish", systemId, "--release", version],
    ["--server", url, "--key", key],
  );
  return err.trim();
}

function run(...args: readonly (readonly string[])[]): Promise<{ code: number; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [STEWARD, ...args.flat()], { stdio: ["ignore", "ignore", "pipe"] });
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 2, err }));
  });
}
