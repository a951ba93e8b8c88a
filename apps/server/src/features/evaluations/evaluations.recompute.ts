/** Runs an evaluation again from what was sent, so that a report is never believed. */
import type { BiasReport, BiasStatistics, EvaluateOptions } from "@steward/fairness";

import { QueueFullError, WorkLimitError, workQueue } from "../../platform/compute/child.ts";
import { HttpProblem, invalidField } from "../../platform/http/problem.ts";

export interface Work {
  readonly statistics: BiasStatistics;
  readonly options: EvaluateOptions;
}

export type WorkResult = { readonly report: BiasReport } | { readonly refused: string };

/** A hundred thousand comparisons take a few seconds. */
const LIMITS = { maxMs: 60_000, maxHeapMb: 1024 };
const MAX_WAITING = 16;

const judge = workQueue<Work, WorkResult>(new URL("./evaluations.worker.ts", import.meta.url), LIMITS, MAX_WAITING);

/**
 * The report that the statistics lead to; one at a time, in a process of its own.
 * @throws HttpProblem `invalid` for statistics that cannot be compared, `unavailable` when too many wait
 */
export async function recompute(work: Work): Promise<BiasReport> {
  const result = await judge(work).catch((error: unknown) => {
    throw problemOf(error);
  });
  if ("refused" in result) throw invalidField("bias/statistics", result.refused);
  return result.report;
}

function problemOf(error: unknown): unknown {
  if (error instanceof QueueFullError) {
    const detail = "Many evaluations are being judged just now; send it again in a minute.";
    return new HttpProblem("unavailable", detail, { headers: { "retry-after": "60" } });
  }
  if (error instanceof WorkLimitError) {
    const message =
      "These statistics take longer than a minute to judge; compare fewer attributes, or fewer at a time.";
    return invalidField("bias/statistics", message);
  }
  return error;
}
