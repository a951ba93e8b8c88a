/** Evaluates statistics beside the server's own process: resampling may take seconds, and requests must not wait for it. */
import { type BiasReport, evaluateStatistics, FairnessError } from "@steward/fairness";

import { answerWork } from "../../platform/compute/child-side.ts";
import type { Work, WorkResult } from "./evaluations.recompute.ts";

answerWork<Work>(({ statistics, options }): WorkResult => {
  try {
    // As it will be stored and read: plain JSON, which knows neither undefined nor infinity.
    return { report: JSON.parse(JSON.stringify(evaluateStatistics(statistics, options))) as BiasReport };
  } catch (error) {
    if (error instanceof FairnessError) return { refused: error.message };
    throw error;
  }
});
