/** Sets an evaluation as PDF in a process of its own: a large one takes seconds, and requests must not wait for it. */
import type { Evaluation } from "@steward/contract";
import type { BiasReport } from "@steward/fairness";
import { MICROS_PER_SECOND, parseInstant } from "@steward/kernel";

import { QueueFullError, WorkLimitError, workQueue } from "../../platform/compute/child.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import type { PdfWork } from "./evaluation-reports.worker.ts";

const LIMITS = { maxMs: 60_000, maxHeapMb: 1024 };
const MAX_WAITING = 8;

const setPdf = workQueue<PdfWork, Uint8Array>(
  new URL("./evaluation-reports.worker.ts", import.meta.url),
  LIMITS,
  MAX_WAITING,
);

/** @throws HttpProblem `unavailable` when too many wait, or the document takes too long */
export async function setEvaluationPdf(evaluation: Evaluation, report: BiasReport): Promise<Uint8Array> {
  return setPdf(workOf(evaluation, report)).catch((error: unknown) => {
    throw problemOf(error);
  });
}

function workOf(evaluation: Evaluation, report: BiasReport): PdfWork {
  const { systemName, releaseVersion, releaseDigest, dataset, policy, recordedAt } = evaluation;
  const version = dataset.version === null ? "" : `, version ${dataset.version}`;
  return {
    report,
    options: {
      title: `Bias evaluation of ${systemName} ${releaseVersion}`,
      details: [
        ["System", systemName],
        ["Release", `${releaseVersion} (${releaseDigest})`],
        ["Data set", `${dataset.name}${version}`],
        ...(policy === null ? [] : [["Policy committed", `${policy.committedAt}, ${policy.digest}`] as const]),
        ["Recorded", recordedAt],
        ["Ledger entry", String(evaluation.ledgerIndex)],
      ],
      at: Number((parseInstant(recordedAt) ?? 0n) / MICROS_PER_SECOND),
    },
  };
}

function problemOf(error: unknown): unknown {
  if (error instanceof QueueFullError) {
    return unavailable("Many documents are being set just now; try again in a minute.");
  }
  if (error instanceof WorkLimitError) return unavailable("This document takes longer than a minute to set.");
  return error;
}

function unavailable(detail: string): HttpProblem {
  return new HttpProblem("unavailable", detail, { headers: { "retry-after": "60" } });
}
