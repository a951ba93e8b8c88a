/**
 * The model: logistic regression with a small ridge penalty, fitted by Newton's method (iteratively reweighted least
 * squares), cross-fitted in five folds so that nobody is decided by a model that has seen them.
 */
import { createHash } from "node:crypto";

import { medianWage, type Person } from "./people.ts";

/** What a release looks at. Release 1 uses all that the sample holds; release 2 leaves out who a person is. */
export const FEATURE_SETS = {
  "1.0.0": ["education", "experience", "union", "south", "married", "male", "white", "professional", "manufacturing"],
  "2.0.0": ["education", "experience", "union", "south", "professional", "manufacturing"],
} as const satisfies Record<string, readonly Feature[]>;

export type Version = keyof typeof FEATURE_SETS;

const FEATURES = {
  education: (person: Person) => person.education,
  experience: (person: Person) => person.experience,
  union: (person: Person) => person.union,
  south: (person: Person) => person.south,
  married: (person: Person) => person.married,
  male: (person: Person) => Number(person.gender === "male"),
  white: (person: Person) => Number(person.race === "white"),
  professional: (person: Person) => Number(person.occupation === "professional" || person.occupation === "management"),
  manufacturing: (person: Person) => Number(person.sector === "manufacturing"),
};

export type Feature = keyof typeof FEATURES;

const FOLDS = 5;
/** Keeps the fit stable where a fold has few people of a kind; small against 427 people. */
const RIDGE = 1e-2;
const NEWTON_STEPS = 50;
const CONVERGED = 1e-10;

interface Fold {
  /** Mean of each feature over the people that the fold learned from. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** Intercept first. */
  readonly coefficients: readonly number[];
}

export interface Model {
  readonly version: Version;
  readonly features: readonly Feature[];
  readonly border: number;
  readonly folds: readonly Fold[];
}

export function train(people: readonly Person[], version: Version): Model {
  const features = FEATURE_SETS[version];
  const border = medianWage(people);
  const folds = Array.from({ length: FOLDS }, (_, fold) => {
    const known = people.filter((_person, index) => index % FOLDS !== fold);
    return fitFold(
      known.map((person) => features.map((feature) => FEATURES[feature](person))),
      known.map((person) => Number(person.wage >= border)),
    );
  });
  return { version, features, border, folds };
}

/** SHA-256 over the model as it is served: what a release is known by. */
export function digestOf(model: Model): string {
  return `sha256:${createHash("sha256").update(JSON.stringify(model)).digest("hex")}`;
}

export interface Prediction {
  readonly band: "upper" | "lower";
  /** Probability of the upper band. */
  readonly score: number;
  /**
   * What each feature adds to the log-odds against the average person of the fold: for a linear model with features
   * taken as independent these are the exact Shapley values (Lundberg and Lee 2017, corollary 1).
   */
  readonly contributions: readonly { readonly feature: Feature; readonly weight: number }[];
}

/** Decides about the person at a place of the sample, by the fold that has not seen them. */
export function decide(model: Model, person: Person, place: number): Prediction {
  const fold = model.folds[place % FOLDS] as Fold;
  const contributions = model.features.map((feature, index) => ({
    feature,
    weight: (fold.coefficients[index + 1] as number) * standardised(fold, index, FEATURES[feature](person)),
  }));
  const logOdds = contributions.reduce((sum, { weight }) => sum + weight, fold.coefficients[0] as number);
  const score = sigmoid(logOdds);
  return {
    band: score >= 0.5 ? "upper" : "lower",
    score,
    contributions: contributions.toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight)),
  };
}

function standardised(fold: Fold, index: number, value: number): number {
  return (value - (fold.means[index] as number)) / (fold.deviations[index] as number);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function fitFold(rows: readonly (readonly number[])[], labels: readonly number[]): Fold {
  const width = rows[0]?.length ?? 0;
  const column = (index: number) => rows.map((row) => row[index] as number);
  const means = Array.from({ length: width }, (_, index) => mean(column(index)));
  const deviations = means.map((centre, index) => {
    const spread = Math.sqrt(mean(column(index).map((value) => (value - centre) ** 2)));
    return spread > 0 ? spread : 1;
  });
  const draft: Fold = { means, deviations, coefficients: [] };
  const inputs = rows.map((row) => [1, ...row.map((value, index) => standardised(draft, index, value))]);
  let coefficients = Array.from({ length: width + 1 }, () => 0);
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const change = newtonStep(inputs, labels, coefficients);
    coefficients = coefficients.map((value, index) => value + (change[index] as number));
    if (Math.max(...change.map(Math.abs)) < CONVERGED) break;
  }
  return { means, deviations, coefficients };
}

/** Solves Hessian · change = gradient of the penalised log-likelihood. */
function newtonStep(inputs: readonly number[][], labels: readonly number[], coefficients: readonly number[]): number[] {
  const width = coefficients.length;
  const gradient = coefficients.map((value, index) => (index === 0 ? 0 : -RIDGE * value));
  const hessian = coefficients.map((_, i) => coefficients.map((_value, j) => (i === j && i > 0 ? RIDGE : 0)));
  for (const [row, input] of inputs.entries()) {
    const probability = sigmoid(input.reduce((sum, value, index) => sum + value * (coefficients[index] as number), 0));
    const weight = probability * (1 - probability);
    for (let i = 0; i < width; i++) {
      gradient[i] = (gradient[i] as number) + ((labels[row] as number) - probability) * (input[i] as number);
      const line = hessian[i] as number[];
      for (let j = 0; j < width; j++)
        line[j] = (line[j] as number) + weight * (input[i] as number) * (input[j] as number);
    }
  }
  return solve(hessian, gradient);
}

/** Gaussian elimination with partial pivoting. */
function solve(matrix: number[][], vector: number[]): number[] {
  const rows = matrix.map((row, index) => [...row, vector[index] as number]);
  for (let pivot = 0; pivot < rows.length; pivot++) {
    const best = rows
      .slice(pivot)
      .reduce(
        (top, row, i) => (Math.abs(row[pivot] as number) > Math.abs(rows[top]?.[pivot] as number) ? pivot + i : top),
        pivot,
      );
    [rows[pivot], rows[best]] = [rows[best] as number[], rows[pivot] as number[]];
    const lead = rows[pivot] as number[];
    for (let below = pivot + 1; below < rows.length; below++) {
      const row = rows[below] as number[];
      const factor = (row[pivot] as number) / (lead[pivot] as number);
      for (let k = pivot; k < row.length; k++) row[k] = (row[k] as number) - factor * (lead[k] as number);
    }
  }
  const solution = Array.from({ length: rows.length }, () => 0);
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i] as number[];
    let rest = row[rows.length] as number;
    for (let k = i + 1; k < rows.length; k++) rest -= (row[k] as number) * (solution[k] as number);
    solution[i] = rest / (row[i] as number);
  }
  return solution;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
