/** Runs an evaluation again from what was sent, so that a report is never believed. */
import { Worker } from "node:worker_threads";

import type { BiasReport, BiasStatistics, EvaluateOptions } from "@steward/fairness";

import { HttpProblem, invalidField } from "../../platform/http/problem.ts";

export interface Work {
  readonly statistics: BiasStatistics;
  readonly options: EvaluateOptions;
}

export type WorkResult = { readonly report: BiasReport } | { readonly refused: string };

/** Longest time that one evaluation may take: a hundred thousand comparisons take a few seconds. */
const MAX_MS = 60_000;
/** Evaluations that wait for their turn; each holds its statistics in memory. */
const MAX_WAITING = 16;
/** Memory of one evaluation. */
const MAX_HEAP_MB = 1024;

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * The report that the statistics lead to; one at a time, in a thread of its own.
 * @throws HttpProblem `invalid` for statistics that cannot be compared, `unavailable` when too many wait
 */
export async function recompute(work: Work): Promise<BiasReport> {
  if (waiting >= MAX_WAITING) {
    throw new HttpProblem("unavailable", "Many evaluations are being judged just now; send it again in a minute.", {
      headers: { "retry-after": "60" },
    });
  }
  waiting++;
  const turn = last.then(() => inThread(work));
  last = turn.catch(() => undefined);
  try {
    const result = await turn;
    if ("refused" in result) throw invalidField("bias/statistics", result.refused);
    return result.report;
  } finally {
    waiting--;
  }
}

function inThread(work: Work): Promise<WorkResult> {
  const worker = new Worker(new URL("./evaluations.worker.ts", import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  return new Promise<WorkResult>((resolve, reject) => {
    const tooLong = () => {
      const message =
        "These statistics take longer than a minute to judge; compare fewer attributes, or fewer at a time.";
      reject(invalidField("bias/statistics", message));
    };
    const timer = setTimeout(tooLong, MAX_MS);
    worker.once("message", resolve);
    worker.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ERR_WORKER_OUT_OF_MEMORY") tooLong();
      else reject(error);
    });
    worker.once("exit", () => {
      clearTimeout(timer);
      reject(new Error("The evaluation's thread ended without an answer."));
    });
  }).finally(() => worker.terminate());
}
