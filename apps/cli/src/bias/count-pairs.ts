/** Matches the answers to counterfactual prompts: the same pair, one attribute swapped. */
import type { CounterfactualTable } from "@steward/fairness";

import { countClassification } from "./count-classification.ts";
import { BiasInputError } from "./error.ts";
import { groupValue, keyColumns } from "./keys.ts";
import type { KeyColumn } from "./keys.ts";
import { explainFailure, firstAt } from "./locate.ts";
import type { EvaluateFileOptions } from "./options.ts";
import { identifier, literal } from "./source.ts";
import type { Source, SqlValue } from "./source.ts";

/** @throws BiasInputError naming the column and the row */
export async function countPairs(source: Source, options: EvaluateFileOptions): Promise<CounterfactualTable> {
  const [key] = keyColumns(options) as [KeyColumn];
  const pair = identifier(options.pair as string);
  const outcome =
    options.score === undefined
      ? await outcomeSql(source, options)
      : `TRY_CAST(${identifier(options.score)} AS DOUBLE)`;
  await checkAnswers(source, options, key, outcome);
  const answers = `(SELECT ${pair} AS p, ${key.expression} AS v, ${outcome} AS y FROM ${source.relation})`;
  const variants = await source.query(
    `SELECT v::VARCHAR, count(*)::DOUBLE, fsum(y), fsum(y * y) FROM ${answers} GROUP BY v ORDER BY v NULLS LAST`,
  );
  // A missing variant is a variant of its own, but never equal to anything in SQL: it takes part by its text.
  const named = `(SELECT p, coalesce(v::VARCHAR, '') AS name, v::VARCHAR AS v, y FROM ${answers})`;
  const matched = `${named} a JOIN ${named} b ON a.p = b.p AND a.name < b.name`;
  const pairs = await source.query(
    "SELECT a.v, b.v, count(*)::DOUBLE, fsum(a.y - b.y), fsum((a.y - b.y) * (a.y - b.y)), " +
      "(count(*) FILTER (WHERE a.y > b.y))::DOUBLE, (count(*) FILTER (WHERE a.y < b.y))::DOUBLE, " +
      `(count(*) FILTER (WHERE a.y = 1 AND b.y = 1))::DOUBLE FROM ${matched} GROUP BY a.v, b.v ORDER BY a.v, b.v`,
  );
  if (pairs.length === 0) {
    throw new BiasInputError(
      "bad_column",
      `Column ${options.pair} (--pair) matches no two rows: nothing was asked twice.`,
    );
  }
  return {
    attribute: key.column,
    variants: variants.map(([v, n, sum, sumSquares]) => {
      return {
        value: groupValue(key, v as string | null),
        n: Number(n),
        sum: Number(sum),
        sumSquares: Number(sumSquares),
      };
    }),
    pairs: pairs.map((row) => pairOf(row, key, options.score === undefined)),
  };
}

function pairOf(row: readonly SqlValue[], key: KeyColumn, isOutcome: boolean): CounterfactualTable["pairs"][number] {
  const [a, b] = [groupValue(key, row[0] as string | null), groupValue(key, row[1] as string | null)];
  const [n, sum, sumSquares, onlyA, onlyB, both] = row.slice(2).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!isOutcome) return { a, b, n, sum, sumSquares };
  return { a, b, both, onlyA, onlyB, neither: n - both - onlyA - onlyB };
}

/** 1 where the outcome happened and 0 where it did not, in SQL; the same rules as for any prediction. */
async function outcomeSql(source: Source, options: EvaluateFileOptions): Promise<string> {
  const { table, isPositive } = await countClassification(source, options);
  const positive = [...new Set(table.cells.map((cell) => cell.predicted))].filter((value) => isPositive(value));
  return `(${identifier(options.prediction as string)}::VARCHAR IN (${positive.map(literal).join(", ")}))::INTEGER::DOUBLE`;
}

async function checkAnswers(
  source: Source,
  options: EvaluateFileOptions,
  key: KeyColumn,
  outcome: string,
): Promise<void> {
  const pairName = options.pair as string;
  const pair = identifier(pairName);
  const valueColumn = (options.score ?? options.prediction) as string;
  const bad = `${outcome} IS NULL OR isnan(${outcome}) OR isinf(${outcome})`;
  let rows;
  try {
    rows = await source.query(
      `SELECT count(*)::DOUBLE, (count(*) FILTER (WHERE ${bad}))::DOUBLE, (count(*) FILTER (WHERE ${pair} IS NULL))::DOUBLE, ` +
        `count(DISTINCT coalesce(${key.expression}::VARCHAR, ''))::DOUBLE FROM ${source.relation}`,
    );
  } catch (error) {
    return explainFailure(
      source,
      [
        ["--pair", pairName],
        [key.option, key.column],
        [options.score === undefined ? "--prediction" : "--score", valueColumn],
      ],
      error,
    );
  }
  const [all, badRows, unpaired, variants] = (rows[0] ?? []).map(Number) as [number, number, number, number];
  if (all === 0) throw new BiasInputError("bad_file", `${source.file} has columns but no rows.`);
  if (badRows > 0) {
    const where = await firstAt(source, valueColumn, bad);
    throw new BiasInputError("bad_column", `Column ${valueColumn} is empty or no number in ${badRows} rows${where}.`);
  }
  if (unpaired > 0) {
    const where = await firstAt(source, pairName, `${pair} IS NULL`);
    throw new BiasInputError("bad_column", `Column ${pairName} (--pair) is empty in ${unpaired} rows${where}.`);
  }
  if (variants < 2) {
    throw new BiasInputError(
      "bad_column",
      `Column ${key.column} has one value in all ${all} rows, from row 1 on: nothing was swapped.`,
    );
  }
  const twice = `count(*) OVER (PARTITION BY ${pair}, ${key.expression}) > 1`;
  const where = await firstAt(source, pairName, twice);
  if (where !== "") {
    throw new BiasInputError(
      "bad_column",
      `A pair has two answers for the same value of ${key.column}${where}: each may be given once.`,
    );
  }
}
