/**
 * Distribution functions and their inverses. Tails are passed and returned as tails: 1 − 1e-17 is 1 in floating point,
 * and simultaneous inference lives that far out.
 */

const LOG_SQRT_2PI = 0.918_938_533_204_672_8;

/** Below this the series of the normal distribution converges fast; above it the continued fraction does. */
const SERIES_LIMIT = 3;

/** Iterations after which a series or fraction that has not converged never will. */
const MAX_ITERATIONS = 10_000;

const TINY = 1e-300;

/** The standard normal density. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x - LOG_SQRT_2PI);
}

/** P(Z > x) of a standard normal Z, accurate in relative terms far into the tail. */
export function normalUpperTail(x: number): number {
  if (x < -SERIES_LIMIT) return 1 - normalUpperTail(-x);
  if (x > SERIES_LIMIT) return normalDensity(x) * millsRatio(x);
  // Marsaglia (2004): Φ(x) − ½ = φ(x) · Σ x^(2k+1) / (1·3·5···(2k+1)).
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > Math.abs(sum) * 1e-18 && k < MAX_ITERATIONS; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 - normalDensity(x) * sum;
}

/** (1 − Φ(x)) / φ(x) = 1/(x+ 1/(x+ 2/(x+ 3/(x+ …)))), by the modified Lentz method. */
function millsRatio(x: number): number {
  let f = x;
  let c = x;
  let d = 0;
  for (let k = 1; k < MAX_ITERATIONS; k++) {
    d = 1 / (x + k * d);
    c = x + k / c;
    const delta = c * d;
    f *= delta;
    if (Math.abs(delta - 1) < 1e-16) break;
  }
  return 1 / f;
}

/**
 * The z with P(Z > z) = tail, for 0 < tail < 1: Abramowitz and Stegun 26.2.23 to start, then Halley steps on the
 * exact tail to full precision.
 */
export function normalUpperQuantile(tail: number): number {
  if (!(tail > 0)) return Infinity;
  if (!(tail < 1)) return -Infinity;
  if (tail > 0.5) return -normalUpperQuantile(1 - tail);
  const t = Math.sqrt(-2 * Math.log(tail));
  let z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let step = 0; step < 3; step++) {
    const error = (normalUpperTail(z) - tail) / normalDensity(z);
    z += error / (1 - (z * error) / 2);
  }
  return z;
}

const LANCZOS = [
  0.999_999_999_999_809_93, 676.520_368_121_885_1, -1259.139_216_722_402_8, 771.323_428_777_653_13,
  -176.615_029_162_140_59, 12.507_343_278_686_905, -0.138_571_095_265_720_12, 9.984_369_578_019_571_6e-6,
  1.505_632_735_149_311_6e-7,
] as const;

/** ln Γ(x) for x > 0 (Lanczos, g = 7, nine terms: about fifteen digits). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (x - 1 + i);
  const t = x + 6.5;
  return LOG_SQRT_2PI + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** ln of the binomial coefficient n over k, for whole or fractional n ≥ k ≥ 0. */
export function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/** I_x(a, b), the regularised incomplete beta function, for a, b > 0 and 0 ≤ x ≤ 1. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  // The fraction converges fast on the side of the mean; the other side follows by symmetry.
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(x, a, b)) / a;
  return 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** The continued fraction of the incomplete beta function (Numerical Recipes, 6.4), by the modified Lentz method. */
function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m < MAX_ITERATIONS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    const delta = d * c;
    h *= delta;
    if (Math.abs(delta - 1) < 1e-16) break;
  }
  return h;
}

function guard(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}

/** The x with I_x(a, b) = p: Newton's steps, halving the bracket wherever a step would leave it. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
  let low = 0;
  let high = 1;
  let x = a / (a + b);
  for (let i = 0; i < MAX_ITERATIONS && high - low > 1e-15 * x; i++) {
    const error = incompleteBeta(x, a, b) - p;
    if (error < 0) low = x;
    else high = x;
    const density = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - logBeta);
    const step = error / density;
    const newton = x - step;
    if (Math.abs(step) <= 1e-15 * x) break;
    x = newton > low && newton < high ? newton : (low + high) / 2;
  }
  return x;
}

/** P(T > t) of Student's t with the given degrees of freedom; infinite degrees are the normal distribution. */
export function studentUpperTail(t: number, degreesOfFreedom: number): number {
  if (!Number.isFinite(degreesOfFreedom)) return normalUpperTail(t);
  const half = 0.5 * incompleteBeta(degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5);
  return t >= 0 ? half : 1 - half;
}

/** The t with P(T > t) = tail. */
export function studentUpperQuantile(tail: number, degreesOfFreedom: number): number {
  if (!Number.isFinite(degreesOfFreedom)) return normalUpperQuantile(tail);
  if (tail > 0.5) return -studentUpperQuantile(1 - tail, degreesOfFreedom);
  const x = betaQuantile(2 * tail, degreesOfFreedom / 2, 0.5);
  return Math.sqrt(degreesOfFreedom * (1 / x - 1));
}
