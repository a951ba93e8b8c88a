/**
 * Sufficient statistics of a classifier: how many rows of each group fell into each outcome. Nothing in this package
 * ever sees a row.
 */
import { FairnessError } from "./error.ts";

/** A group's value of an attribute; null is "unknown or missing", which is a group of its own. */
export type AttributeValue = string | null;

/** What happened to a row: the label against the prediction, or the prediction alone where no label is known. */
export const OUTCOMES = ["tp", "fp", "tn", "fn", "selectedUnlabelled", "rejectedUnlabelled"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A number of rows and, where rows carry weights, the sum of the weights and of their squares. */
export interface Mass {
  readonly n: number;
  readonly weight?: number;
  readonly weightSquares?: number;
}

/** A place in the joint distribution of the attributes: one value per attribute, and the control's where there is one. */
export interface CellKey {
  readonly key: readonly AttributeValue[];
  readonly control?: AttributeValue;
}

export interface OutcomeCell extends CellKey, Mass {
  readonly outcome: Outcome;
}

/** What every kind of table has: attributes, and cells that are keyed by them. */
export interface Table<Cell extends CellKey = CellKey> {
  readonly attributes: readonly string[];
  /** The column whose values are conditioned on: groups are compared only where they share it. */
  readonly control?: string;
  readonly cells: readonly Cell[];
}

export interface ClassificationTable extends Table<OutcomeCell> {
  /** The class against the rest, for a problem of more than two classes. */
  readonly class?: string;
}

/** The mass of every outcome, in the order of OUTCOMES. */
export interface Tally {
  readonly n: readonly number[];
  readonly weight: readonly number[];
  readonly weightSquares: readonly number[];
}

/** True where the cells carry weights: every interval is then approximate. */
export function isWeighted(cells: readonly Mass[]): boolean {
  return cells.some((cell) => cell.weight !== undefined);
}

/** The rows of a table. */
export function rowCount(cells: readonly Mass[]): number {
  return cells.reduce((sum, cell) => sum + cell.n, 0);
}

/** Adds up the cells at the given places. */
export function tally(cells: readonly OutcomeCell[], places: readonly number[]): Tally {
  const n = Array.from(OUTCOMES, () => 0);
  const weight = Array.from(OUTCOMES, () => 0);
  const weightSquares = Array.from(OUTCOMES, () => 0);
  for (const place of places) {
    const cell = cells[place] as OutcomeCell;
    const outcome = OUTCOMES.indexOf(cell.outcome);
    n[outcome] = (n[outcome] as number) + cell.n;
    weight[outcome] = (weight[outcome] as number) + (cell.weight ?? cell.n);
    weightSquares[outcome] = (weightSquares[outcome] as number) + (cell.weightSquares ?? cell.n);
  }
  return { n, weight, weightSquares };
}

/**
 * The same table with one cell for each key and outcome, in an order that depends on the data alone: counts arrive in
 * any order, and a seeded draw must not depend on it.
 */
export function canonicalTable(table: ClassificationTable): ClassificationTable {
  const merged = new Map<string, OutcomeCell>();
  for (const cell of table.cells) {
    const id = JSON.stringify([cell.key, cell.control ?? null, cell.outcome]);
    const before = merged.get(id);
    merged.set(id, before === undefined ? cell : { ...cell, ...addMass(before, cell) });
  }
  const cells = [...merged.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
  return { ...table, cells };
}

function addMass(a: Mass, b: Mass): Mass {
  if (a.weight === undefined) return { n: a.n + b.n };
  return {
    n: a.n + b.n,
    weight: a.weight + (b.weight ?? b.n),
    weightSquares: (a.weightSquares ?? a.n) + (b.weightSquares ?? b.n),
  };
}

/**
 * Refuses a table that cannot be a count of rows.
 * @throws FairnessError `bad_table`, naming the first bad cell
 */
export function checkTable(table: Table<CellKey & Mass>): void {
  if (table.attributes.length === 0) throw new FairnessError("bad_table", "The table names no attribute.");
  if (new Set(table.attributes).size !== table.attributes.length) {
    throw new FairnessError("bad_table", "The table names an attribute twice.");
  }
  const weighted = isWeighted(table.cells);
  for (const [index, cell] of table.cells.entries()) {
    const where = `Cell ${index + 1}`;
    if (cell.key.length !== table.attributes.length) {
      throw new FairnessError(
        "bad_table",
        `${where} has ${cell.key.length} values for ${table.attributes.length} attributes.`,
      );
    }
    if (!Number.isSafeInteger(cell.n) || cell.n < 0) {
      throw new FairnessError("bad_table", `${where} counts ${cell.n} rows; a count is a whole number from 0.`);
    }
    if (weighted) checkWeights(cell, where);
  }
  if (rowCount(table.cells) === 0) throw new FairnessError("bad_table", "The table counts no rows.");
}

function checkWeights(cell: Mass, where: string): void {
  const { weight, weightSquares } = cell;
  if (weight === undefined || weightSquares === undefined) {
    throw new FairnessError("bad_table", `${where} has no weight sums although others do.`);
  }
  if (!(weight >= 0 && Number.isFinite(weight) && weightSquares >= 0 && Number.isFinite(weightSquares))) {
    throw new FairnessError("bad_table", `${where} has weight sums that are negative or not finite.`);
  }
}
