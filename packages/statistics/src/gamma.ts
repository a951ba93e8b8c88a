/** The chi-square distribution by the incomplete gamma function (Numerical Recipes, 6.2). */
import { logGamma, normalUpperQuantile } from "./distributions.ts";

/** Iterations after which a series or fraction that has not converged never will. */
const MAX_ITERATIONS = 10_000;
const TINY = 1e-300;

/** Q(a, x), the regularised upper incomplete gamma function, for a > 0 and x ≥ 0. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  // Below the mean the series of the lower part converges fast, above it the fraction of the upper part.
  return x < a + 1 ? 1 - (front * lowerSeries(a, x)) / a : front * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; k < MAX_ITERATIONS && term > sum * 1e-17; k++) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

/** By the modified Lentz method. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let k = 1; k < MAX_ITERATIONS; k++) {
    const an = -k * (k - a);
    b += 2;
    d = 1 / guard(an * d + b);
    c = guard(b + an / c);
    const delta = c * d;
    h *= delta;
    if (Math.abs(delta - 1) < 1e-16) break;
  }
  return h;
}

function guard(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}

/** P(X > x) of a chi-square X with so many degrees of freedom. */
export function chiSquareUpperTail(x: number, degreesOfFreedom: number): number {
  return upperGamma(degreesOfFreedom / 2, x / 2);
}

/** The x with P(X > x) = tail, for 0 < tail < 1: Wilson and Hilferty (1931) to start, then bisection. */
export function chiSquareUpperQuantile(tail: number, degreesOfFreedom: number): number {
  const spread = 2 / (9 * degreesOfFreedom);
  const start = degreesOfFreedom * Math.max(0.01, 1 - spread + normalUpperQuantile(tail) * Math.sqrt(spread)) ** 3;
  let low = start / 2;
  let high = start * 2;
  while (chiSquareUpperTail(low, degreesOfFreedom) < tail) low /= 2;
  while (chiSquareUpperTail(high, degreesOfFreedom) > tail) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-13 * high; i++) {
    const middle = (low + high) / 2;
    if (chiSquareUpperTail(middle, degreesOfFreedom) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
