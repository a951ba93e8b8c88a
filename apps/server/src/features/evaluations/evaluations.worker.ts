/** Evaluates statistics beside the server's own thread: resampling may take seconds, and requests must not wait for it. */
import { parentPort, workerData } from "node:worker_threads";

import { type BiasReport, evaluateStatistics, FairnessError } from "@steward/fairness";

import type { Work, WorkResult } from "./evaluations.recompute.ts";

function answer({ statistics, options }: Work): WorkResult {
  try {
    // As it will be stored and read: plain JSON, which knows neither undefined nor infinity.
    return { report: JSON.parse(JSON.stringify(evaluateStatistics(statistics, options))) as BiasReport };
  } catch (error) {
    if (error instanceof FairnessError) return { refused: error.message };
    throw error;
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(answer(workerData as Work));
