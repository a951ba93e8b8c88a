/** Rows, and what the textbook says of them: an independent path to every figure that the package takes from counts. */
import { expect } from "vitest";

import type {
  AttributeValue,
  BiasReport,
  ClassificationTable,
  GroupKey,
  GroupReport,
  Outcome,
  OutcomeCell,
  SliceReport,
} from "../src/index.ts";
import { seededRandom } from "@steward/statistics";

export interface Row {
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly label: boolean | null;
  readonly predicted: boolean;
  readonly weight: number;
}

/** Counts rows one by one, as a database would. */
export function tableOf(rows: readonly Row[], attributes: readonly string[], weighted = false): ClassificationTable {
  const cells = new Map<string, { cell: OutcomeCell; n: number; weight: number; squares: number }>();
  for (const row of rows) {
    const key = attributes.map((name) => row.attributes[name] ?? null);
    const outcome = outcomeOf(row);
    const id = JSON.stringify([key, outcome]);
    const entry = cells.get(id) ?? { cell: { key, outcome, n: 0 }, n: 0, weight: 0, squares: 0 };
    entry.n += 1;
    entry.weight += row.weight;
    entry.squares += row.weight ** 2;
    cells.set(id, entry);
  }
  return {
    attributes,
    cells: [...cells.values()].map(({ cell, n, weight, squares }) =>
      weighted
        ? { key: cell.key, outcome: cell.outcome, n, weight, weightSquares: squares }
        : { key: cell.key, outcome: cell.outcome, n },
    ),
  };
}

function outcomeOf(row: Row): Outcome {
  if (row.label === null) return row.predicted ? "selectedUnlabelled" : "rejectedUnlabelled";
  if (row.predicted) return row.label ? "tp" : "fp";
  return row.label ? "fn" : "tn";
}

/** The share of weight that a condition has among the rows of another; null for 0/0. */
export function share(rows: readonly Row[], hit: (row: Row) => boolean, base: (row: Row) => boolean): number | null {
  let [over, under] = [0, 0];
  for (const row of rows) {
    if (!base(row)) continue;
    under += row.weight;
    if (hit(row)) over += row.weight;
  }
  return under === 0 ? null : over / under;
}

/** The textbook definition of every rate. */
export const TEXTBOOK: Readonly<Record<string, (rows: readonly Row[]) => number | null>> = {
  selectionRate: (rows) =>
    share(
      rows,
      (r) => r.predicted,
      () => true,
    ),
  baseRate: (rows) =>
    share(
      rows,
      (r) => r.label === true,
      (r) => r.label !== null,
    ),
  tpr: (rows) =>
    share(
      rows,
      (r) => r.predicted,
      (r) => r.label === true,
    ),
  fnr: (rows) =>
    share(
      rows,
      (r) => !r.predicted,
      (r) => r.label === true,
    ),
  fpr: (rows) =>
    share(
      rows,
      (r) => r.predicted,
      (r) => r.label === false,
    ),
  tnr: (rows) =>
    share(
      rows,
      (r) => !r.predicted,
      (r) => r.label === false,
    ),
  ppv: (rows) =>
    share(
      rows,
      (r) => r.label === true,
      (r) => r.predicted && r.label !== null,
    ),
  fdr: (rows) =>
    share(
      rows,
      (r) => r.label === false,
      (r) => r.predicted && r.label !== null,
    ),
  npv: (rows) =>
    share(
      rows,
      (r) => r.label === false,
      (r) => !r.predicted && r.label !== null,
    ),
  for: (rows) =>
    share(
      rows,
      (r) => r.label === true,
      (r) => !r.predicted && r.label !== null,
    ),
  accuracy: (rows) =>
    share(
      rows,
      (r) => r.label === r.predicted,
      (r) => r.label !== null,
    ),
};

/** People with three attributes, one of them sometimes unknown, and a prediction that follows label and group. */
export function people(n: number, seed: number): Row[] {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random.uniform() * values.length)] as T;
  return Array.from({ length: n }, () => {
    const attributes = {
      race: random.uniform() < 0.05 ? null : pick(["A", "B", "C", "D"]),
      sex: pick(["F", "M"]),
      age: pick(["young", "middle", "old"]),
    };
    const label = random.uniform() < (attributes.sex === "F" ? 0.35 : 0.4);
    const inclination = (label ? 0.7 : 0.2) - (attributes.race === "D" ? 0.1 : 0);
    return { attributes, label, predicted: random.uniform() < inclination, weight: 0.25 + 2 * random.uniform() };
  });
}

/** One attribute, and for each group its tp, fp, tn, fn. */
export function oneWay(
  groups: Readonly<Record<string, readonly [number, number, number, number]>>,
): ClassificationTable {
  const outcomes: readonly Outcome[] = ["tp", "fp", "tn", "fn"];
  const cells = Object.entries(groups).flatMap(([name, counts]) =>
    outcomes.map((outcome, i): OutcomeCell => ({ key: [name], outcome, n: counts[i] as number })),
  );
  return { attributes: ["group"], cells };
}

export function slice(report: BiasReport, ...attributes: string[]): SliceReport {
  const found = report.slices.find((candidate) => candidate.attributes.join() === attributes.join());
  if (found === undefined) throw new Error(`no slice ${attributes.join()}`);
  return found;
}

export function group(of: SliceReport, key: GroupKey): GroupReport {
  const found = of.groups.find((candidate) => JSON.stringify(candidate.key) === JSON.stringify(key));
  if (found === undefined) throw new Error(`no group ${JSON.stringify(key)}`);
  return found;
}

/** Textbook figures must agree to so many decimal places. */
export const PRECISION = 12;

/** Numbers agree to the given decimal places, and null with null. */
export function expectNear(
  found: number | null | undefined,
  expected: number | null | undefined,
  digits = PRECISION,
): void {
  if (expected === null || expected === undefined) expect(found).toBe(expected);
  else expect(found).toBeCloseTo(expected, digits);
}
