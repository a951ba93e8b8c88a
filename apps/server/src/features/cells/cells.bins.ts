/**
 * Fixed bins of numbers, the same for every system and every day, so that any two windows can be compared: fifty from 0
 * to 1, four for each doubling beyond 1, and the same below zero.
 */
import { type RawBuilder, sql } from "kysely";

/** Bins between 0 and 1, where scores are probabilities. */
const UNIT_BINS = 50;
/** Bins for each doubling beyond 1: 19 % wide. */
const BINS_PER_DOUBLING = 4;
/** Decimal numbers that stand on the edge of a bin belong to the one above, whatever binary made of them. */
const EDGE = 1e-9;

/** The bin of a number, as SQL; null for null. Larger numbers have larger bins. */
export function binOf(value: RawBuilder<unknown>): RawBuilder<number> {
  const place = (size: RawBuilder<unknown>) => sql`CASE WHEN ${size} > 1
    THEN ${sql.lit(UNIT_BINS)} + floor(ln(${size}) / ln(2.0::float8) * ${sql.lit(BINS_PER_DOUBLING)} + ${sql.lit(EDGE)})
    ELSE least(${sql.lit(UNIT_BINS - 1)}, floor(${size} * ${sql.lit(UNIT_BINS)} + ${sql.lit(EDGE)})) END`;
  return sql`(CASE WHEN ${value} >= 0 THEN ${place(value)} WHEN ${value} < 0 THEN -1 - (${place(sql`(-${value})`)})
    END)::smallint`;
}

/** The numbers of a bin: from `from`, included, to `to`, which belongs to the next one (below zero to this one). */
export function binRange(bin: number): { from: number; to: number } {
  if (bin < 0) {
    const { from, to } = binRange(-1 - bin);
    return { from: -to, to: -from };
  }
  const edge = (n: number) => (n <= UNIT_BINS ? n / UNIT_BINS : 2 ** ((n - UNIT_BINS) / BINS_PER_DOUBLING));
  return { from: edge(bin), to: edge(bin + 1) };
}
