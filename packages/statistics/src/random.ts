/**
 * Seeded random numbers: the same seed gives the same verdict on every machine, so a verdict can be recomputed by
 * whoever doubts it. xoshiro128** (Blackman and Vigna), seeded through splitmix32.
 */
export interface Random {
  /** Uniform on [0, 1) with 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Successes in n trials of probability p. */
  binomial(n: number, p: number): number;
}

/** Below this many expected successes inversion is faster than rejection. */
const INVERSION_LIMIT = 10;

export function seededRandom(seed: number): Random {
  const state = expandSeed(seed);
  const uniform = (): number => ((next(state) >>> 5) * 67_108_864 + (next(state) >>> 6)) / 9_007_199_254_740_992;
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    normal,
    binomial(n, p) {
      if (n <= 0 || p <= 0) return 0;
      if (p >= 1) return n;
      if (p > 0.5) return n - this.binomial(n, 1 - p);
      return n * p < INVERSION_LIMIT ? byInversion(n, p, uniform) : byRejection(n, p, uniform);
    },
  };
}

function expandSeed(seed: number): Uint32Array {
  const state = new Uint32Array(4);
  let x = Math.trunc(seed) >>> 0;
  // A seed beyond 32 bits still counts in full.
  const high = Math.floor(Math.abs(seed) / 4_294_967_296) >>> 0;
  for (let i = 0; i < 4; i++) {
    x = (x + 0x9e37_79b9) >>> 0;
    let z = x ^ (i % 2 === 1 ? high : 0);
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97);
    state[i] = z ^ (z >>> 15);
  }
  if (state.every((word) => word === 0)) state[0] = 1;
  return state;
}

function next(s: Uint32Array): number {
  const s0 = s[0] as number;
  const s1 = s[1] as number;
  const s2 = s[2] as number;
  const s3 = s[3] as number;
  const scrambled = Math.imul(s1, 5);
  const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
  const t = s1 << 9;
  const a = s2 ^ s0;
  const b = s3 ^ s1;
  s[1] = s1 ^ a;
  s[0] = s0 ^ b;
  s[2] = a ^ t;
  s[3] = (b << 11) | (b >>> 21);
  return result;
}

/** Walks the distribution from zero; exact, and short because few successes are expected. */
function byInversion(n: number, p: number, uniform: () => number): number {
  const odds = p / (1 - p);
  let mass = Math.exp(n * Math.log1p(-p));
  let rest = uniform();
  for (let k = 0; k < n; k++) {
    if (rest < mass) return k;
    rest -= mass;
    mass *= (odds * (n - k)) / (k + 1);
    // Rounding can leave a crumb of probability beyond every mass that is still representable.
    if (mass < 1e-300 && k > n * p) return k;
  }
  return n;
}

/** BTRS, transformed rejection with squeeze: Hörmann (1993), The generation of binomial random variates. */
function byRejection(n: number, p: number, uniform: () => number): number {
  const q = 1 - p;
  const spread = Math.sqrt(n * p * q);
  const b = 1.15 + 2.53 * spread;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = n * p + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * spread;
  const mode = Math.floor((n + 1) * p);
  for (;;) {
    const u = uniform() - 0.5;
    const v = uniform();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + c);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > n) continue;
    const density =
      (mode + 0.5) * Math.log((mode + 1) / ((p / q) * (n - mode + 1))) +
      (n + 1) * Math.log((n - mode + 1) / (n - k + 1)) +
      (k + 0.5) * Math.log(((p / q) * (n - k + 1)) / (k + 1)) +
      stirlingTail(mode) +
      stirlingTail(n - mode) -
      stirlingTail(k) -
      stirlingTail(n - k);
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= density) return k;
  }
}

const STIRLING_TAILS = [
  0.081_061_466_795_327_26, 0.041_340_695_955_409_29, 0.027_677_925_684_998_34, 0.020_790_672_103_765_09,
  0.016_644_691_189_821_19, 0.013_876_128_823_070_75, 0.011_896_709_945_891_77, 0.010_411_265_261_972_09,
  0.009_255_462_182_712_7, 0.008_330_563_433_362_87,
] as const;

/** ln k! less Stirling's approximation of it. */
function stirlingTail(k: number): number {
  const known = STIRLING_TAILS[k];
  if (known !== undefined) return known;
  const square = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1);
}
