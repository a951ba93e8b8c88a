/**
 * HyperLogLog (Flajolet et al. 2007, with linear counting while few registers are used): about how many distinct people,
 * from 2,048 registers; the standard error is 2.3 %. The hash is the keyed hash that a decision carries anyway.
 */
import { type RawBuilder, sql } from "kysely";

const REGISTER_BITS = 11;
const REGISTERS = 1 << REGISTER_BITS;
/** Bits of the hash in which leading zeros are counted. */
const RANK_BITS = 32;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
/** Below this multiple of the registers, counting the empty ones is more exact. */
const LINEAR_UP_TO = 2.5;

/** The register of a hash (bytea), as SQL. */
export function registerOf(hash: RawBuilder<unknown>): RawBuilder<number> {
  return sql`((get_byte(${hash}, 0) << 3) | (get_byte(${hash}, 1) >> 5))::smallint`;
}

/** The rank of a hash: its leading zeros, counted from its third byte, and one. */
export function rankOf(hash: RawBuilder<unknown>): RawBuilder<number> {
  const word = sql`(('x' || encode(substring(${hash} FROM 3 FOR 4), 'hex'))::bit(32)::text)`;
  return sql`(${sql.lit(RANK_BITS + 1)} - length(ltrim(${word}, '0')))::smallint`;
}

/** About how many distinct hashes, from the largest rank of each register that was met. */
export function estimateDistinct(ranks: readonly number[]): number {
  const empty = REGISTERS - ranks.length;
  const sum = ranks.reduce((total, rank) => total + 2 ** -rank, empty);
  const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
  const linear = raw <= LINEAR_UP_TO * REGISTERS && empty > 0;
  return Math.round(linear ? REGISTERS * Math.log(REGISTERS / empty) : raw);
}
