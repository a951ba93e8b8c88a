/** From a file to a report: counts with DuckDB, then hands the counts to the statistics. */
import {
  binaryTable,
  evaluateClassification,
  evaluateCounterfactual,
  evaluateRanking,
  evaluateRegression,
  oneVersusRest,
} from "@steward/fairness";
import type { BiasReport, EvaluateOptions } from "@steward/fairness";

import { countClassification } from "./count-classification.ts";
import { countPairs } from "./count-pairs.ts";
import { countRanking } from "./count-ranking.ts";
import { countRegression } from "./count-regression.ts";
import { countScores, summariseScores } from "./count-scores.ts";
import { checkOptions } from "./options.ts";
import type { EvaluateFileOptions } from "./options.ts";
import { identifier, openSource } from "./source.ts";
import type { Source } from "./source.ts";
import { progressOn } from "./progress.ts";
import type { Progress } from "./progress.ts";

/**
 * Evaluates a data file.
 * @throws BiasInputError for what the file or the options are not, FairnessError for what cannot be compared
 */
export async function evaluateFile(
  file: string,
  options: EvaluateFileOptions,
  evaluation: EvaluateOptions,
  progress: Progress = progressOn(),
): Promise<BiasReport> {
  checkOptions(options);
  const source = await openSource(file, progress);
  try {
    return await evaluateSource(source, options, {
      ...evaluation,
      onProgress: (done, total) => progress.update("Resampling", done / total),
    });
  } finally {
    source.close();
    progress.done();
  }
}

/** The same for a file that is already open. */
export async function evaluateSource(
  source: Source,
  options: EvaluateFileOptions,
  evaluation: EvaluateOptions,
): Promise<BiasReport> {
  switch (options.task) {
    case "classification":
      return classification(source, options, evaluation);
    case "multiclass": {
      const { table } = await countClassification(source, options);
      return evaluateClassification(oneVersusRest(table), evaluation);
    }
    case "regression":
      return evaluateRegression(await countRegression(source, options), evaluation);
    case "ranking": {
      const slices = evaluation.policy?.slices ?? evaluation.slices;
      const ways = slices !== undefined && "ways" in slices ? slices.ways : 3;
      return evaluateRanking(await countRanking(source, options, ways), evaluation);
    }
    case "counterfactual":
      return evaluateCounterfactual(await countPairs(source, options), evaluation);
  }
}

async function classification(
  source: Source,
  options: EvaluateFileOptions,
  evaluation: EvaluateOptions,
): Promise<BiasReport> {
  if (options.score === undefined) {
    const { table, isPositive } = await countClassification(source, options);
    return evaluateClassification(binaryTable(table, isPositive), evaluation);
  }
  const summary = await summariseScores(source, options);
  const predicted =
    options.prediction === undefined
      ? `TRY_CAST(${identifier(options.score)} AS DOUBLE) > ${summary.median}`
      : undefined;
  const { table, isPositive } = await countClassification(source, options, predicted);
  const scores = await countScores(source, options, summary, isPositive);
  const report = evaluateClassification(binaryTable(table, isPositive), evaluation, scores);
  if (predicted === undefined) return report;
  const note = `No prediction was given: a score above the median of all rows (${summary.median}) counts as positive.`;
  return { ...report, warnings: [note, ...report.warnings] };
}
