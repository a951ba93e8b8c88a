/** What the command line says, checked and typed. */
import { InvalidArgumentError } from "commander";

import { BiasInputError } from "./error.ts";

export const FORMATS = ["table", "json", "html", "pdf", "ll144", "cyclonedx", "junit"] as const;
export type Format = (typeof FORMATS)[number];

export const TASKS = ["classification", "multiclass", "regression", "ranking", "counterfactual"] as const;
export type TaskName = (typeof TASKS)[number];

/** Options of every command that yields a report. */
export interface JudgeOptions {
  readonly ways: number;
  readonly reference?: Readonly<Record<string, string>>;
  readonly minCount: number;
  readonly replicates: number;
  readonly seed: number;
  readonly policy?: string;
  readonly format: Format;
  readonly output?: string;
  /** SYSTEM@RELEASE */
  readonly publish?: string;
}

export interface EvaluateFileOptions {
  readonly task: TaskName;
  readonly attributes: readonly string[];
  readonly prediction?: string;
  readonly label?: string;
  readonly score?: string;
  readonly positive?: string;
  readonly control?: string;
  readonly weight?: string;
  readonly count?: string;
  /** Lower bounds of the bins of numeric columns, rising. */
  readonly bin?: Readonly<Record<string, readonly number[]>>;
  readonly rank?: string;
  readonly query?: string;
  readonly k: number;
  readonly pair?: string;
}

/** "a,b,c", each name once. */
export function parseNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("Names are separated by commas; one is empty.");
  if (new Set(names).size < names.length) throw new InvalidArgumentError("A name stands there twice.");
  return names;
}

/** A whole number within limits. */
export function parseWhole(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || text.trim() === "" || value < from || value > to) {
      throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
    }
    return value;
  };
}

/** "name=value", collected over several uses of the option. */
export function collectReference(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [name, value] = splitAssignment(text);
  return { ...before, [name]: value };
}

/** "age=25,40,60", collected over several uses of the option. */
export function collectBins(
  text: string,
  before: Readonly<Record<string, readonly number[]>> = {},
): Record<string, readonly number[]> {
  const [name, value] = splitAssignment(text);
  const bounds = value.split(",").map((bound) => (bound.trim() === "" ? Number.NaN : Number(bound)));
  if (!bounds.every(Number.isFinite) || bounds.some((bound, i) => i > 0 && bound <= (bounds[i - 1] as number))) {
    throw new InvalidArgumentError("Bounds are rising numbers separated by commas, as in age=25,40,60.");
  }
  return { ...before, [name]: bounds };
}

function splitAssignment(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError("It must read NAME=VALUE.");
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

const NEEDS: Readonly<Record<TaskName, readonly (keyof EvaluateFileOptions)[]>> = {
  classification: [],
  multiclass: ["prediction"],
  regression: ["prediction", "label"],
  ranking: ["rank"],
  counterfactual: ["pair"],
};

const REFUSES: Readonly<Record<TaskName, readonly (keyof EvaluateFileOptions)[]>> = {
  classification: ["rank", "query", "pair"],
  multiclass: ["positive", "score", "rank", "query", "pair"],
  regression: ["positive", "score", "rank", "query", "pair", "count"],
  ranking: ["prediction", "score", "positive", "control", "weight", "count", "pair"],
  counterfactual: ["label", "control", "weight", "count", "rank", "query"],
};

/**
 * Refuses combinations of options that mean nothing.
 * @throws BiasInputError `bad_option`
 */
export function checkOptions(options: EvaluateFileOptions): void {
  const { task } = options;
  const fail = (message: string): never => {
    throw new BiasInputError("bad_option", message);
  };
  for (const name of NEEDS[task]) if (options[name] === undefined) fail(`--task ${task} needs --${name}.`);
  for (const name of REFUSES[task]) {
    if (options[name] !== undefined) fail(`--${name} has no meaning with --task ${task}.`);
  }
  if (task === "classification" && options.prediction === undefined && options.score === undefined) {
    fail("Give the column of predictions with --prediction, or that of scores with --score.");
  }
  if (task === "counterfactual") checkCounterfactual(options, fail);
  if (options.count !== undefined && options.weight !== undefined) {
    fail("--count says how many rows a line stands for, --weight what one row weighs: give one of them.");
  }
  if (options.count !== undefined && options.score !== undefined)
    fail("--score needs rows, not cells counted with --count.");
  for (const name of Object.keys(options.bin ?? {})) {
    if (!options.attributes.includes(name) && name !== options.control)
      fail(`--bin ${name}: that is none of the attributes.`);
  }
  if (options.control !== undefined && options.attributes.includes(options.control)) {
    fail(`${options.control} is compared as an attribute, so it cannot be held constant with --control too.`);
  }
}

function checkCounterfactual(options: EvaluateFileOptions, fail: (message: string) => never): void {
  if (options.attributes.length !== 1) fail("--task counterfactual swaps exactly one attribute.");
  if ((options.prediction === undefined) === (options.score === undefined)) {
    fail("--task counterfactual compares either an outcome (--prediction) or a number (--score).");
  }
}
