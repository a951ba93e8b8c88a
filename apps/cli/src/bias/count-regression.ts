/** Sums the errors of a regression: prediction less outcome. */
import type { ErrorCell, Table } from "@steward/fairness";

import { countCells } from "./count.ts";
import { checkMass, massOf, weightsOf } from "./count-classification.ts";
import { BiasInputError } from "./error.ts";
import { keyColumns, placeOf } from "./keys.ts";
import { firstAt } from "./locate.ts";
import type { EvaluateFileOptions } from "./options.ts";
import { identifier } from "./source.ts";
import type { Source } from "./source.ts";

/** Weight sums come first among the measures, as massOf puts them. */
const WEIGHT_MEASURES = 3;

/** @throws BiasInputError naming the column and the row */
export async function countRegression(source: Source, options: EvaluateFileOptions): Promise<Table<ErrorCell>> {
  const { attributes, control, weight } = options;
  const keys = keyColumns(options);
  const [prediction, label] = [options.prediction as string, options.label as string];
  const number = (column: string): string => `TRY_CAST(${identifier(column)} AS DOUBLE)`;
  const bad = (column: string): string =>
    `${number(column)} IS NULL OR isnan(${number(column)}) OR isinf(${number(column)})`;
  const error = `(${number(prediction)} - ${number(label)})`;
  const w = weight === undefined ? "1.0" : number(weight);
  const mass = massOf(options);
  const cells = await countCells(source, {
    ...mass,
    keys,
    values: [],
    measures: [
      ...(mass.measures ?? []),
      `fsum(${w} * ${error})`,
      `fsum(${w} * ${error} * ${error})`,
      `fsum(${w} * abs(${error}))`,
      `coalesce(fsum(${w}) FILTER (WHERE ${error} > 0), 0)`,
      `coalesce(fsum(${w}) FILTER (WHERE ${error} < 0), 0)`,
      `count(*) FILTER (WHERE ${bad(prediction)})`,
      `count(*) FILTER (WHERE ${bad(label)})`,
    ],
    measured: [
      ...(mass.measured ?? []),
      { option: "--prediction", column: prediction },
      { option: "--label", column: label },
    ],
  });
  await checkMass(source, options, cells);
  const own = cells.map((cell) => cell.measures.slice(weight === undefined ? 0 : WEIGHT_MEASURES));
  for (const [option, column, place] of [
    ["--prediction", prediction, 5],
    ["--label", label, 6],
  ] as const) {
    const rows = own.reduce((sum, measures) => sum + (measures[place] as number), 0);
    if (rows === 0) continue;
    const where = await firstAt(source, column, bad(column));
    const later =
      option === "--label" ? " An outcome that arrives later cannot be judged yet: leave those rows out." : "";
    throw new BiasInputError(
      "bad_column",
      `Column ${column} (${option}) is empty or no number in ${rows} rows${where}.${later}`,
    );
  }
  return {
    attributes,
    ...(control === undefined ? {} : { control }),
    cells: cells.map((cell, c): ErrorCell => {
      const [sum, sumSquares, sumAbsolute, over, under] = own[c] as [number, number, number, number, number];
      const errors = { sum, sumSquares, sumAbsolute, over, under };
      return Object.assign(errors, placeOf(keys, cell.keys), weightsOf(cell, weight !== undefined));
    }),
  };
}
