/** The named disparities, with the definition of each in one place. */
import type { Definition } from "./model.ts";
import type { Dependence } from "./pairwise.ts";

/** A disparity in one metric gives a Difference and a Ratio; the names are those of Fairlearn where it has one. */
const OF_RATES = [
  ["demographicParity", ["selectionRate"]],
  ["equalOpportunity", ["tpr"]],
  ["falsePositiveRate", ["fpr"]],
  ["falseNegativeRate", ["fnr"]],
  ["trueNegativeRate", ["tnr"]],
  ["equalizedOdds", ["tpr", "fpr"]],
  ["predictiveParity", ["ppv"]],
  ["negativePredictiveValue", ["npv"]],
  ["falseDiscoveryRate", ["fdr"]],
  ["falseOmissionRate", ["for"]],
  ["accuracy", ["accuracy"]],
  ["treatmentEquality", ["errorOdds"]],
] as const;

export const CLASSIFICATION_DISPARITIES: readonly Definition[] = [
  ...OF_RATES.flatMap(([name, metrics]) => both(name, metrics)),
  { name: "equalizedOddsMeanDifference", kind: "difference", metrics: ["tpr", "fpr"], combine: "mean" },
  { name: "equalizedOddsMeanRatio", kind: "ratio", metrics: ["tpr", "fpr"], combine: "mean" },
];

export const SCORE_DISPARITIES: readonly Definition[] = [
  ...both("scoringRate", ["scoringRate"]),
  ...both("auc", ["auc"]),
  { name: "meanScoreDifference", kind: "difference", metrics: ["meanScore"], combine: "worst" },
];

export const REGRESSION_DISPARITIES: readonly Definition[] = [
  { name: "meanErrorDifference", kind: "difference", metrics: ["meanError"], combine: "worst" },
  ...both("mae", ["mae"]),
  ...both("overestimateRate", ["overestimateRate"]),
  ...both("underestimateRate", ["underestimateRate"]),
];

export const RANKING_DISPARITIES: readonly Definition[] = [
  // Items compete for the places of a list, so one group's gain is the other's loss.
  ...both("exposure", ["exposure"], "worst"),
  ...both("representationAtK", ["representationAtK"], "worst"),
  ...both("ndcg", ["ndcg"]),
];

export const COUNTERFACTUAL_DISPARITIES: readonly Definition[] = [
  { name: "counterfactualDifference", kind: "difference", metrics: ["outcome"], combine: "worst" },
];

/** Every disparity that a policy may set a threshold for. */
export const DISPARITY_NAMES: readonly string[] = [
  ...CLASSIFICATION_DISPARITIES,
  ...SCORE_DISPARITIES,
  ...REGRESSION_DISPARITIES,
  ...RANKING_DISPARITIES,
  ...COUNTERFACTUAL_DISPARITIES,
].map((definition) => definition.name);

/** Whether the disparity is a ratio (worst when small) or a difference (worst when large). */
export function disparityKind(name: string): Definition["kind"] {
  return name.endsWith("Ratio") ? "ratio" : "difference";
}

function both(name: string, metrics: readonly string[], dependence: Dependence = "independent"): Definition[] {
  return [
    { name: `${name}Difference`, kind: "difference", metrics, combine: "worst", dependence },
    { name: `${name}Ratio`, kind: "ratio", metrics, combine: "worst", dependence },
  ];
}
