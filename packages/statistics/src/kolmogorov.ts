/** The limiting distribution of the Kolmogorov-Smirnov statistic: Smirnov (1948), Annals of Mathematical Statistics 19. */

/** Below this the alternating series converges slowly; there its other form (Jacobi's theta identity) does not. */
const SERIES_SWITCH = 0.75;
const TERMS = 50;

/** P(K > x) of a Kolmogorov K. */
export function kolmogorovUpperTail(x: number): number {
  if (x <= 0) return 1;
  if (x < SERIES_SWITCH) return 1 - lowerByTheta(x);
  let sum = 0;
  for (let k = 1; k <= TERMS; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-18 * sum) break;
  }
  return Math.min(1, 2 * sum);
}

function lowerByTheta(x: number): number {
  let sum = 0;
  for (let k = 1; k <= TERMS; k++) sum += Math.exp(-((2 * k - 1) ** 2 * Math.PI ** 2) / (8 * x * x));
  return (Math.sqrt(2 * Math.PI) / x) * sum;
}

/** The x with P(K > x) = tail, for 0 < tail < 1. */
export function kolmogorovUpperQuantile(tail: number): number {
  let low = 0;
  let high = 1;
  while (kolmogorovUpperTail(high) > tail) high *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (kolmogorovUpperTail(middle) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
