/** From labels and predictions as they stand in the data to outcomes: one positive value, or one class against the rest. */
import { FairnessError } from "./error.ts";
import type { CellKey, ClassificationTable, Mass, Outcome, OutcomeCell } from "./table.ts";

/** Rows of one group with one label and one prediction. */
export interface LabelledCell extends CellKey, Mass {
  /** Null where the row has no label (yet). */
  readonly label: string | null;
  readonly predicted: string;
}

export interface LabelledTable {
  readonly attributes: readonly string[];
  readonly control?: string;
  readonly cells: readonly LabelledCell[];
}

/** Every class is compared in every slice, so classes multiply the work and divide the error rate. */
export const MAX_CLASSES = 50;

/** Two classes: what `isPositive` accepts against everything else. */
export function binaryTable(table: LabelledTable, isPositive: (value: string) => boolean): ClassificationTable {
  const cells = table.cells.map(({ label, predicted, ...rest }): OutcomeCell =>
    Object.assign(rest, { outcome: outcomeOf(label === null ? null : isPositive(label), isPositive(predicted)) }),
  );
  return { attributes: table.attributes, ...(table.control === undefined ? {} : { control: table.control }), cells };
}

/**
 * One table per class, each against the rest.
 * @throws FairnessError `bad_table` for more classes than can be compared
 */
export function oneVersusRest(table: LabelledTable): ClassificationTable[] {
  const classes = new Set<string>();
  for (const cell of table.cells) {
    classes.add(cell.predicted);
    if (cell.label !== null) classes.add(cell.label);
  }
  if (classes.size > MAX_CLASSES) {
    throw new FairnessError("bad_table", `There are ${classes.size} classes; at most ${MAX_CLASSES} can be compared.`);
  }
  return [...classes].sort().map((name) =>
    Object.assign(
      binaryTable(table, (value) => value === name),
      { class: name },
    ),
  );
}

function outcomeOf(label: boolean | null, predicted: boolean): Outcome {
  if (label === null) return predicted ? "selectedUnlabelled" : "rejectedUnlabelled";
  if (predicted) return label ? "tp" : "fp";
  return label ? "fn" : "tn";
}
