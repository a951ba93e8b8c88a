/** From a file to a report: counts with DuckDB, then hands the counts to the statistics. */
import { binaryTable, evaluateStatistics, oneVersusRest, STATISTICS_SCHEMA } from "@steward/fairness";
import type { BiasReport, BiasStatistics, EvaluateOptions } from "@steward/fairness";

import { countClassification } from "./count-classification.ts";
import { countPairs } from "./count-pairs.ts";
import { countRanking } from "./count-ranking.ts";
import { countRegression } from "./count-regression.ts";
import { countScores, summariseScores } from "./count-scores.ts";
import { checkOptions } from "./options.ts";
import type { EvaluateFileOptions } from "./options.ts";
import { identifier, openSource } from "./source.ts";
import type { Source } from "./source.ts";
import { progressOn } from "../progress.ts";
import type { Progress } from "../progress.ts";

/** A report with the counts that it rests on. */
export interface Evaluated {
  readonly report: BiasReport;
  readonly statistics: BiasStatistics;
}

/**
 * Evaluates a data file.
 * @throws BiasInputError for what the file or the options are not, FairnessError for what cannot be compared
 */
export async function evaluateFile(
  file: string,
  options: EvaluateFileOptions,
  evaluation: EvaluateOptions,
  progress: Progress = progressOn(),
): Promise<Evaluated> {
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
): Promise<Evaluated> {
  const statistics = await countStatistics(source, options, evaluation);
  return { statistics, report: evaluateStatistics(statistics, evaluation) };
}

async function countStatistics(
  source: Source,
  options: EvaluateFileOptions,
  evaluation: EvaluateOptions,
): Promise<BiasStatistics> {
  const schema = STATISTICS_SCHEMA;
  switch (options.task) {
    case "classification":
      return countBinary(source, options);
    case "multiclass": {
      const { table } = await countClassification(source, options);
      return { schema, task: "classification", tables: oneVersusRest(table) };
    }
    case "regression":
      return { schema, task: "regression", table: await countRegression(source, options) };
    case "ranking": {
      const slices = evaluation.policy?.slices ?? evaluation.slices;
      const ways = slices !== undefined && "ways" in slices ? slices.ways : 3;
      return { schema, task: "ranking", table: await countRanking(source, options, ways) };
    }
    case "counterfactual":
      return { schema, task: "counterfactual", table: await countPairs(source, options) };
  }
}

async function countBinary(source: Source, options: EvaluateFileOptions): Promise<BiasStatistics> {
  const common = { schema: STATISTICS_SCHEMA, task: "classification" } as const;
  if (options.score === undefined) {
    const { table, isPositive } = await countClassification(source, options);
    return { ...common, tables: [binaryTable(table, isPositive)] };
  }
  const summary = await summariseScores(source, options);
  const predicted =
    options.prediction === undefined
      ? `TRY_CAST(${identifier(options.score)} AS DOUBLE) > ${summary.median}`
      : undefined;
  const { table, isPositive } = await countClassification(source, options, predicted);
  const scores = await countScores(source, options, summary, isPositive);
  const counted = { ...common, tables: [binaryTable(table, isPositive)], scores };
  if (predicted === undefined) return counted;
  const note = `No prediction was given: a score above the median of all rows (${summary.median}) counts as positive.`;
  return { ...counted, notes: [note] };
}
