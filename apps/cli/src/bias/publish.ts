/** Publishes a bias evaluation: looks at the data without judging, commits the policy, judges, publishes. */
import {
  type BiasReport,
  type EvaluateOptions,
  evaluateStatistics,
  STATISTICS_MAX_CELLS,
  statisticsSize,
} from "@steward/fairness";
import { formatInstant, systemClock } from "@steward/kernel";

import { commitPolicy, publishedWords, publishRun, TOOL_VERSION } from "../publish/publish.ts";
import { parseTarget, type PublishOptions } from "../publish/target.ts";
import { serverOf } from "../server.ts";
import { UsageError } from "../usage.ts";
import type { Evaluated } from "./evaluate-file.ts";
import type { JudgeOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** The server repeats the draws, so it limits them. */
const MAX_PUBLISHED_REPLICATES = 10_000;

export interface BiasPublication {
  readonly file: string;
  readonly options: JudgeOptions & PublishOptions;
  readonly evaluation: EvaluateOptions;
  readonly document?: unknown;
  /** Whose figures they are. */
  readonly tool: string;
  readonly evaluate: (evaluation: EvaluateOptions) => Promise<Evaluated>;
  readonly show: (report: BiasReport) => Promise<void>;
}

/**
 * Answers the report. Bad input ends before anything is sent: the data are counted and looked at without a policy
 * first, so that what a policy is committed for can be judged.
 * @throws BiasInputError, FairnessError, UsageError
 */
export async function publishBias(given: BiasPublication, terminal: Terminal): Promise<BiasReport> {
  const { file, options, evaluation, document } = given;
  const target = parseTarget(options.publish ?? "");
  const server = serverOf(options);
  if (options.replicates > MAX_PUBLISHED_REPLICATES) {
    throw new UsageError(`--publish takes at most ${MAX_PUBLISHED_REPLICATES} replicates.`);
  }
  const { policy, ...rest } = evaluation;
  const unjudged =
    policy === undefined ? rest : { ...rest, slices: policy.slices, minimumDenominator: policy.minimumDenominator };
  const { statistics } = await given.evaluate({ ...unjudged, replicates: 0 });
  if (statisticsSize(statistics) > STATISTICS_MAX_CELLS) {
    const message = `These data have more than ${STATISTICS_MAX_CELLS} cells; publish them with fewer attributes, or without --score.`;
    throw new UsageError(message);
  }
  const committed =
    policy === undefined ? undefined : await commitPolicy(server, target, document, options.policy as string);
  const startedAt = committed?.answeredAt ?? formatInstant(systemClock().now());
  const report = evaluateStatistics(statistics, evaluation);
  await given.show(report);
  const { replicates, seed, reference, ways, minCount } = options;
  const published = await publishRun(server, target, file, options, committed?.digest ?? null, {
    kind: "bias",
    tool: { name: given.tool, version: given.tool === "steward" ? TOOL_VERSION : null },
    startedAt,
    bias: {
      statistics: statistics as unknown as Record<string, unknown>,
      replicates,
      seed,
      ways,
      minimumDenominator: minCount,
      verdict: report.verdict ?? "none",
      ...(reference === undefined ? {} : { reference: { ...reference } }),
    },
  });
  terminal.err(publishedWords(published));
  return report;
}
