/** Sums what each group gets in ranked lists, slice by slice: lists, not items, are the units. */
import type { ListSums, RankedGroup, RankingSlice, RankingTable } from "@steward/fairness";

import { countCells } from "./count.ts";
import type { CountedCell, ValueColumn } from "./count.ts";
import { BiasInputError } from "./error.ts";
import { groupValue, keyColumns } from "./keys.ts";
import type { KeyColumn } from "./keys.ts";
import { firstAt } from "./locate.ts";
import type { EvaluateFileOptions } from "./options.ts";
import { identifier } from "./source.ts";
import type { Source } from "./source.ts";

/** @throws BiasInputError naming the column and the row */
export async function countRanking(source: Source, options: EvaluateFileOptions, ways: number): Promise<RankingTable> {
  const keys = keyColumns(options);
  await checkColumns(source, options, keys);
  const withoutNdcg = await whyNoNdcg(source, options, keys);
  const slices: RankingSlice[] = [];
  for (const chosen of subsets(keys, ways)) {
    const ndcg =
      withoutNdcg === undefined ? await sumNdcg(source, options, chosen) : new Map<string, RankedGroup["ndcg"]>();
    const groups = (await sumLists(source, options, chosen)).map((cell): RankedGroup => {
      const key = Object.fromEntries(chosen.map((of, i) => [of.column, groupValue(of, cell.keys[i] as string | null)]));
      const own = ndcg.get(JSON.stringify(cell.keys));
      return Object.assign({ key, lists: cell.n }, listSums(cell.measures), own === undefined ? {} : { ndcg: own });
    });
    groups.sort((a, b) => (JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1));
    slices.push({ attributes: chosen.map(({ column }) => column), groups });
  }
  return {
    attributes: options.attributes,
    k: options.k,
    slices,
    ...(withoutNdcg === undefined ? {} : { withoutNdcg }),
  };
}

async function checkColumns(source: Source, options: EvaluateFileOptions, keys: readonly KeyColumn[]): Promise<void> {
  const { rank, label, query } = options;
  const checks: (ValueColumn & { readonly bad: string; readonly what: string })[] = [];
  const r = numberOf(rank as string);
  const badRank = `${r} IS NULL OR isnan(${r}) OR isinf(${r}) OR ${r} < 1 OR ${r} <> floor(${r})`;
  checks.push({ option: "--rank", column: rank as string, bad: badRank, what: "no position (a whole number from 1)" });
  if (label !== undefined) {
    const bad = `${numberOf(label)} IS NULL OR isnan(${numberOf(label)}) OR isinf(${numberOf(label)}) OR ${numberOf(label)} < 0`;
    checks.push({ option: "--label", column: label, bad, what: "no relevance (a number from 0)" });
  }
  if (query !== undefined) {
    checks.push({ option: "--query", column: query, bad: `${identifier(query)} IS NULL`, what: "no name of a list" });
  }
  const measures = checks.map(({ bad }) => `count(*) FILTER (WHERE ${bad})`);
  const cells = await countCells(source, { keys, values: [], measures, measured: checks });
  for (const [i, { option, column, bad, what }] of checks.entries()) {
    const rows = cells.reduce((sum, cell) => sum + (cell.measures[i] as number), 0);
    if (rows === 0) continue;
    const where = await firstAt(source, column, bad);
    throw new BiasInputError("bad_column", `Column ${column} (${option}) holds ${what} in ${rows} rows${where}.`);
  }
}

/** Each list that holds anybody of a group becomes one line: its items, their exposure, and how many are on top. */
async function sumLists(
  source: Source,
  options: EvaluateFileOptions,
  keys: readonly KeyColumn[],
): Promise<CountedCell[]> {
  const rank = numberOf(options.rank as string);
  const lists =
    `SELECT ${keysOf(keys)}, ${listOf(options)} AS list, count(*)::DOUBLE AS items, fsum(1 / log2(1 + ${rank})) AS seen, ` +
    `(count(*) FILTER (WHERE ${rank} <= ${options.k}))::DOUBLE AS tops FROM ${source.relation} GROUP BY ALL`;
  const sums = (of: string): string[] => [`fsum(${of})`, `fsum(${of} * ${of})`, `fsum(${of} * items)`];
  return countCells(derived(source, lists), {
    keys: keys.map(derivedKey),
    values: [],
    measures: ["fsum(items)", "fsum(items * items)", ...sums("seen"), ...sums("tops")],
  });
}

function listSums(measures: readonly number[]): Pick<RankedGroup, "items" | "itemsSquares" | "exposure" | "top"> {
  const [items, itemsSquares, ...rest] = measures as [number, number, ...number[]];
  const sums = (from: number): ListSums => ({
    sum: rest[from] as number,
    sumSquares: rest[from + 1] as number,
    sumItems: rest[from + 2] as number,
  });
  return { items, itemsSquares, exposure: sums(0), top: sums(3) };
}

/** nDCG says how good a list is for whoever is shown it, so every list must belong to one group. */
async function whyNoNdcg(
  source: Source,
  options: EvaluateFileOptions,
  keys: readonly KeyColumn[],
): Promise<string | undefined> {
  if (options.label === undefined) return "no relevance was given";
  if (options.query === undefined) return "there is only one list";
  const rows = await source.query(
    `SELECT coalesce(max(c), 0)::DOUBLE FROM (SELECT count(DISTINCT row(${keys.map(({ expression }) => expression).join(", ")})) AS c ` +
      `FROM ${source.relation} GROUP BY ${listOf(options)})`,
  );
  return Number(rows[0]?.[0]) > 1 ? "the attributes differ within a list, so no list belongs to one group" : undefined;
}

async function sumNdcg(
  source: Source,
  options: EvaluateFileOptions,
  keys: readonly KeyColumn[],
): Promise<Map<string, RankedGroup["ndcg"]>> {
  const relevance = numberOf(options.label as string);
  const ranked =
    `SELECT ${keysOf(keys)}, ${listOf(options)} AS list, pow(2, ${relevance}) - 1 AS gain, ${numberOf(options.rank as string)} AS place, ` +
    `row_number() OVER (PARTITION BY ${listOf(options)} ORDER BY ${relevance} DESC) AS ideal FROM ${source.relation}`;
  const names = keys.map((_, i) => `k${i}`).join(", ");
  const lists =
    `SELECT ${names}, list, fsum(gain / log2(1 + place)) AS dcg, fsum(gain / log2(1 + ideal)) AS best ` +
    `FROM (${ranked}) GROUP BY ALL`;
  // A list without anything relevant has no ideal to fall short of: 0/0.
  const scored = `SELECT ${names}, dcg / best AS ndcg FROM (${lists}) WHERE best > 0`;
  const outKeys = keys.map((_, i) => `k${i}::VARCHAR`).join(", ");
  const rows = await source.query(
    `SELECT ${outKeys}, count(*)::DOUBLE, fsum(ndcg), fsum(ndcg * ndcg) FROM (${scored}) GROUP BY ${names}`,
  );
  return new Map(
    rows.map((row) => {
      const [lists, sum, sumSquares] = row.slice(keys.length).map(Number) as [number, number, number];
      return [JSON.stringify(row.slice(0, keys.length)), { lists, sum, sumSquares }];
    }),
  );
}

function keysOf(keys: readonly KeyColumn[]): string {
  return keys.map(({ expression }, i) => `${expression} AS k${i}`).join(", ");
}

/** The column of a subquery made by keysOf. */
function derivedKey(key: KeyColumn, place: number): KeyColumn {
  return Object.assign({}, key, { expression: `k${place}` });
}

function derived(source: Source, sql: string): Source {
  return Object.assign({}, source, { relation: `(${sql})` });
}

function listOf(options: EvaluateFileOptions): string {
  return options.query === undefined ? "1" : identifier(options.query);
}

function numberOf(column: string): string {
  return `TRY_CAST(${identifier(column)} AS DOUBLE)`;
}

function subsets(keys: readonly KeyColumn[], ways: number): KeyColumn[][] {
  let sets: KeyColumn[][] = [[]];
  for (const key of keys) sets = sets.concat(sets.filter((set) => set.length < ways).map((set) => set.concat(key)));
  return sets.filter((set) => set.length > 0).sort((a, b) => a.length - b.length);
}
