/**
 * Has a distribution moved? Two figures over counts by bin: the population stability index and the two-sample
 * Kolmogorov-Smirnov distance. Rules of thumb ("above 0.2 is drift") manufacture alarms out of small samples, because
 * both figures are above zero by chance; so a figure counts only where it is past its limit and past what chance makes.
 */
import { chiSquareUpperQuantile } from "./gamma.ts";
import type { Look, LookOptions } from "./judgement.ts";
import { kolmogorovUpperQuantile } from "./kolmogorov.ts";

/** The approximations below hold where each bin expects so many cases in the smaller sample (simulated). */
const MIN_EXPECTED = 10;
/** Added to each count, so that an empty bin does not make the index infinite. */
const SMOOTHING = 0.5;

export interface DriftOptions extends LookOptions {
  /** Bins that have an order (scores) are merged with their neighbours, others (labels) into one rest. */
  readonly ordered: boolean;
}

/**
 * PSI = Σ (q − p) · ln(q / p). Of an unchanged population PSI / (1/n + 1/m) is chi-square with bins − 1 degrees of
 * freedom: Yurdakul and Naranjo (2020), Statistical properties of the population stability index, Journal of Risk Model
 * Validation 14(3).
 * @param reference counts by bin; @param current counts by the same bins.
 */
export function populationStability(
  reference: readonly number[],
  current: readonly number[],
  { limit, alpha, ordered }: DriftOptions,
): Look {
  const [before, after] = mergeBins(reference, current, ordered);
  const [n, m] = [sum(after), sum(before)];
  if (n === 0 || m === 0) return nothing(n);
  const bins = before.length;
  // One bin is left of several: all that could differ was merged away.
  if (bins === 1 && occupied(reference, current) > 1) return nothing(n);
  const share = (count: number, total: number) => (count + SMOOTHING) / (total + SMOOTHING * bins);
  const value = sum(
    before.map((count, i) => {
      const p = share(count, m);
      const q = share(after[i] as number, n);
      return (q - p) * Math.log(q / p);
    }),
  );
  const quantile = chiSquareUpperQuantile(alpha, Math.max(1, bins - 1));
  return judge({ value, chance: quantile * (1 / n + 1 / m), n, limit, neededN: needed(limit / quantile - 1 / m) });
}

/**
 * The largest distance between the two cumulative distributions, seen at the borders of the bins: never more than the
 * distance of the scores themselves, so an alarm by it would be one by them. Small samples as in Stephens (1970).
 * @param reference counts by bin in the order of the score; @param current counts by the same bins.
 */
export function kolmogorovSmirnov(
  reference: readonly number[],
  current: readonly number[],
  { limit, alpha }: LookOptions,
): Look {
  const [n, m] = [sum(current), sum(reference)];
  if (n === 0 || m === 0) return nothing(n);
  let [before, after, value] = [0, 0, 0];
  for (const [i, count] of reference.entries()) {
    before += count / m;
    after += (current[i] ?? 0) / n;
    value = Math.max(value, Math.abs(after - before));
  }
  const quantile = kolmogorovUpperQuantile(alpha);
  const root = Math.sqrt((n * m) / (n + m));
  const chance = quantile / (root + 0.12 + 0.11 / root);
  return judge({ value, chance, n, limit, neededN: needed((limit / quantile) ** 2 - 1 / m) });
}

function judge({ limit, ...look }: Omit<Look, "judgement"> & { value: number; chance: number; limit: number }): Look {
  const { value, chance } = look;
  if (value > limit && value > chance) return { ...look, judgement: "beyond" };
  return { ...look, judgement: value <= limit && chance <= limit ? "within" : "insufficient" };
}

function nothing(n: number): Look {
  return { judgement: "insufficient", value: null, chance: null, n, neededN: null };
}

/** Cases of which the inverse is at most this. */
function needed(inverse: number): number | null {
  return inverse > 0 ? Math.ceil(1 / inverse) : null;
}

/** Both counts over bins that are large enough together. */
function mergeBins(reference: readonly number[], current: readonly number[], ordered: boolean): [number[], number[]] {
  const pairs = Array.from({ length: Math.max(reference.length, current.length) }, (_, i) => ({
    before: reference[i] ?? 0,
    after: current[i] ?? 0,
  })).filter(({ before, after }) => before + after > 0);
  if (!ordered) pairs.sort((a, b) => b.before + b.after - (a.before + a.after));
  const [n, m] = [sum(pairs.map(({ after }) => after)), sum(pairs.map(({ before }) => before))];
  const least = (MIN_EXPECTED * (n + m)) / Math.min(n, m);
  const merged: { before: number; after: number }[] = [];
  let open: { before: number; after: number } | undefined;
  for (const pair of pairs) {
    open = open ? { before: open.before + pair.before, after: open.after + pair.after } : pair;
    if (open.before + open.after < least) continue;
    merged.push(open);
    open = undefined;
  }
  // What is left over is too small to stand alone.
  if (open !== undefined) {
    const last = merged.pop() ?? { before: 0, after: 0 };
    merged.push({ before: last.before + open.before, after: last.after + open.after });
  }
  return [merged.map(({ before }) => before), merged.map(({ after }) => after)];
}

/** Bins in which there is anything. */
function occupied(reference: readonly number[], current: readonly number[]): number {
  const longer = reference.length > current.length ? reference : current;
  return longer.filter((_, i) => (reference[i] ?? 0) + (current[i] ?? 0) > 0).length;
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
