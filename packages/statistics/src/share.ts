/** Is a share (errors, complaints, misuse) past its limit? */
import { betaQuantile } from "./distributions.ts";
import type { Look, LookOptions } from "./judgement.ts";

/** A window without events shows a share below the limit with this confidence, or it is too small. */
const CLEAN_CONFIDENCE = 0.95;

/**
 * Past its limit where the lower bound of Clopper and Pearson (1934) at `alpha` is; inside where the share is and where
 * so many cases without an event would have shown it. With a limit of 0 any event is one too many.
 */
export function judgeShare(events: number, n: number, { limit, alpha }: LookOptions): Look {
  const neededN = limit > 0 && limit < 1 ? Math.ceil(Math.log(1 - CLEAN_CONFIDENCE) / Math.log1p(-limit)) : 1;
  if (n === 0) return { judgement: "insufficient", value: null, chance: null, n, neededN };
  const counted = Math.min(events, n);
  const value = counted / n;
  const lower = counted === 0 ? 0 : betaQuantile(alpha, counted, n - counted + 1);
  const judgement = lower > limit ? "beyond" : value <= limit && n >= neededN ? "within" : "insufficient";
  // Of a system right at its limit, so large a share is still chance.
  const chance = limit === 0 ? 0 : betaQuantile(1 - alpha, limit * n + 1, n - limit * n);
  return { judgement, value, chance, n, neededN };
}
