/** Simulated data sets with a known truth, and how often each verdict falls: what the verdicts promise, measured. */
import { evaluateClassification, parsePolicy } from "../src/index.ts";
import type { BiasReport, ClassificationTable, OutcomeCell, Verdict } from "../src/index.ts";
import { seededRandom } from "@steward/statistics";
import type { Random } from "@steward/statistics";

export const THRESHOLD = 0.8;

export interface Scenario {
  readonly name: string;
  /** Rows in each group and the true selection rate of each. */
  readonly sizes: readonly number[];
  readonly rates: readonly number[];
  /** Groups are the cells of two attributes, so that one-way slices are judged with them. */
  readonly twoWay?: readonly [number, number];
  /** Rows carry weights between 0.5 and 1.5. */
  readonly weighted?: true;
}

export interface Outcomes {
  readonly scenario: Scenario;
  readonly runs: number;
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Share of runs in which the interval of the worst ratio missed the true one. */
  readonly missed: number;
  /** Share of runs in which the point ratio alone lies under the threshold: what a naive gate would alarm on. */
  readonly naive: number;
  /** Share of runs whose insufficient verdict says how many rows are needed. */
  readonly planned: number;
}

export function times<T>(n: number, value: T): T[] {
  return Array.from({ length: n }, () => value);
}

/** The scenarios whose figures stand in the documentation. */
export const SCENARIOS = {
  parity: { name: "parity, ten cells of 300, base rate 0.25", sizes: times(10, 300), rates: times(10, 0.25) },
  boundary: { name: "worst true ratio 0.8, one cell of ten", sizes: times(10, 300), rates: [0.24, ...times(9, 0.3)] },
  boundaryHalf: {
    name: "worst true ratio 0.8, five cells of ten",
    sizes: times(10, 300),
    rates: [...times(5, 0.24), ...times(5, 0.3)],
  },
  unequal: {
    name: "parity, cells of 1,500 to 50, base rate 0.1",
    sizes: [1500, 600, 300, 150, 100, 100, 80, 60, 60, 50],
    rates: times(10, 0.1),
  },
  lopsided: {
    name: "worst true ratio 0.8, cells of 60 beside one of 100,000",
    sizes: [100_000, ...times(9, 60)],
    rates: [0.1, ...times(9, 0.08)],
  },
  twoWay: {
    name: "parity, 5 × 2 with its one-way slices",
    sizes: times(10, 300),
    rates: times(10, 0.3),
    twoWay: [5, 2],
  },
  weighted: { name: "parity, weighted rows", sizes: times(10, 300), rates: times(10, 0.3), weighted: true },
  power: { name: "one cell at 0.6, cells of 1,500", sizes: times(10, 1500), rates: [0.18, ...times(9, 0.3)] },
  thin: { name: "one cell at 0.6, cells of 200", sizes: times(10, 200), rates: [0.18, ...times(9, 0.3)] },
  pass: { name: "parity, cells of 5,000", sizes: times(10, 5000), rates: times(10, 0.3) },
  falsePass: {
    name: "worst true ratio 0.79, cells of 5,000",
    sizes: times(10, 5000),
    rates: [0.237, ...times(9, 0.3)],
  },
} as const satisfies Record<string, Scenario>;

/** Judges `runs` samples of a scenario by the four-fifths policy. */
export function simulate(scenario: Scenario, runs: number, replicates: number, seed: number): Outcomes {
  const random = seededRandom(seed);
  const policy = parsePolicy({
    schema: "steward/bias-policy/v1",
    name: "four fifths",
    version: 1,
    profile: "four-fifths",
    slices: { ways: scenario.twoWay === undefined ? 1 : 2 },
  });
  const verdicts: Record<Verdict, number> = { pass: 0, fail: 0, insufficient: 0 };
  let [missed, naive, planned] = [0, 0, 0];
  const truth = Math.min(...scenario.rates) / Math.max(...scenario.rates);
  for (let run = 0; run < runs; run++) {
    const report = evaluateClassification(sample(scenario, random), { policy, replicates, seed: run });
    verdicts[report.verdict as Verdict] += 1;
    const worst = worstFinding(report);
    if (worst.low > truth || worst.high < truth) missed += 1;
    if (worst.value < THRESHOLD) naive += 1;
    if (report.thinCells.some((cell) => cell.needed !== null && cell.needed > cell.denominator)) planned += 1;
  }
  return { scenario, runs, verdicts, missed: missed / runs, naive: naive / runs, planned: planned / runs };
}

function worstFinding(report: BiasReport): { value: number; low: number; high: number } {
  const values = report.findings.map((finding) => ({
    value: finding.value ?? 1,
    low: finding.low ?? 0,
    high: finding.high ?? 1,
  }));
  return {
    value: Math.min(...values.map(({ value }) => value)),
    low: Math.min(...values.map(({ low }) => low)),
    high: Math.min(...values.map(({ high }) => high)),
  };
}

/** One data set: binomial counts in every group, or rows with weights that are summed. */
export function sample(scenario: Scenario, random: Random): ClassificationTable {
  const [, columns] = scenario.twoWay ?? [scenario.sizes.length, 1];
  const cells = scenario.sizes.flatMap((n, i): OutcomeCell[] => {
    const key = scenario.twoWay === undefined ? [`g${i}`] : [`r${Math.floor(i / columns)}`, `c${i % columns}`];
    const rate = scenario.rates[i] as number;
    if (scenario.weighted === true) return weightedCells(key, n, rate, random);
    const selected = random.binomial(n, rate);
    return [
      { key, outcome: "selectedUnlabelled", n: selected },
      { key, outcome: "rejectedUnlabelled", n: n - selected },
    ];
  });
  return { attributes: scenario.twoWay === undefined ? ["group"] : ["row", "column"], cells };
}

function weightedCells(key: string[], n: number, rate: number, random: Random): OutcomeCell[] {
  const outcomes = ["selectedUnlabelled", "rejectedUnlabelled"] as const;
  const sums = outcomes.map((outcome) => ({ key, outcome, n: 0, weight: 0, weightSquares: 0 }));
  for (let row = 0; row < n; row++) {
    const into = sums[random.uniform() < rate ? 0 : 1] as (typeof sums)[number];
    const weight = 0.5 + random.uniform();
    into.n += 1;
    into.weight += weight;
    into.weightSquares += weight * weight;
  }
  return sums;
}

/** How often the percentile interval of resampled worst ratios holds the true one: the method that is not used here. */
export function bootstrapCoverage(scenario: Scenario, runs: number, replicates: number, seed: number): number {
  const random = seededRandom(seed);
  const truth = Math.min(...scenario.rates) / Math.max(...scenario.rates);
  const draw = (rates: readonly number[]): number[] =>
    rates.map((rate, i) => random.binomial(scenario.sizes[i] as number, rate) / (scenario.sizes[i] as number));
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const observed = draw(scenario.rates);
    const worst = Array.from({ length: replicates }, () => {
      const again = draw(observed);
      return Math.min(...again) / Math.max(...again);
    }).sort((a, b) => a - b);
    const [low, high] = [worst[Math.floor(replicates * 0.025)], worst[Math.ceil(replicates * 0.975) - 1]] as [
      number,
      number,
    ];
    if (low <= truth && truth <= high) covered += 1;
  }
  return covered / runs;
}

export interface Monitoring {
  readonly runs: number;
  readonly looks: number;
  /** Share of runs in which any look failed, at exact parity: with a confidence sequence, and with plain intervals. */
  readonly sequence: number;
  readonly plain: number;
}

/** Looks at growing data after every batch, at exact parity, for a difference of at most 0 (any true gap alarms). */
export function monitor(runs: number, looks: number, batch: number, seed: number): Monitoring {
  const base = {
    schema: "steward/bias-policy/v1",
    name: "no difference",
    version: 1,
    rules: [{ disparity: "demographicParityDifference", threshold: 0 }],
    slices: { ways: 1 },
  };
  const sequencePolicy = parsePolicy({ ...base, monitoring: { sharpestAt: (batch * looks) / 4 } });
  const plainPolicy = parsePolicy(base);
  const random = seededRandom(seed);
  let [sequence, plain] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const selected = [0, 0, 0];
    const alarmed = { sequence: false, plain: false };
    for (let look = 1; look <= looks; look++) {
      const n = look * batch;
      for (let g = 0; g < selected.length; g++) selected[g] = (selected[g] as number) + random.binomial(batch, 0.3);
      const cells = selected.flatMap((count, g): OutcomeCell[] => [
        { key: [`g${g}`], outcome: "selectedUnlabelled", n: count },
        { key: [`g${g}`], outcome: "rejectedUnlabelled", n: n - count },
      ]);
      const table = { attributes: ["group"], cells };
      alarmed.sequence ||= evaluateClassification(table, { policy: sequencePolicy, replicates: 0 }).verdict === "fail";
      alarmed.plain ||= evaluateClassification(table, { policy: plainPolicy, replicates: 0 }).verdict === "fail";
    }
    if (alarmed.sequence) sequence += 1;
    if (alarmed.plain) plain += 1;
  }
  return { runs, looks, sequence: sequence / runs, plain: plain / runs };
}

/** Average coverage of Wilson's 95 % interval over true rates 0.05, 0.10 … 0.95 by simulation of n rows each. */
export function wilsonCoverage(runs: number, n: number, seed: number): number {
  const random = seededRandom(seed);
  const rates = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
  // The interval depends on the number of successes alone, so each needs to be evaluated once.
  const intervals = Array.from({ length: n + 1 }, (_, successes) => intervalOf(successes, n));
  let covered = 0;
  for (const rate of rates) {
    for (let run = 0; run < runs; run++) {
      const [low, high] = intervals[random.binomial(n, rate)] as [number, number];
      if (low <= rate && rate <= high) covered += 1;
    }
  }
  return covered / (runs * rates.length);
}

function intervalOf(successes: number, n: number): [number, number] {
  const cells: OutcomeCell[] = [
    { key: ["all"], outcome: "selectedUnlabelled", n: successes },
    { key: ["all"], outcome: "rejectedUnlabelled", n: n - successes },
  ];
  const { selectionRate } = evaluateClassification({ attributes: ["group"], cells }, { replicates: 0 }).overall.metrics;
  return [selectionRate?.low ?? 1, selectionRate?.high ?? 0];
}
