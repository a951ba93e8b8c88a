/** Sets an evaluation as PDF in a thread of its own: a large one takes seconds, and requests must not wait for it. */
import { Worker } from "node:worker_threads";

import type { Evaluation } from "@steward/contract";
import type { BiasReport } from "@steward/fairness";
import { MICROS_PER_SECOND, parseInstant } from "@steward/kernel";

import { HttpProblem } from "../../platform/http/problem.ts";
import type { PdfWork } from "./evaluation-reports.worker.ts";

/** Longest time that one document may take. */
const MAX_MS = 60_000;
/** Documents that wait for their turn. */
const MAX_WAITING = 8;

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/** @throws HttpProblem `unavailable` when too many wait, or the document takes too long */
export async function setEvaluationPdf(evaluation: Evaluation, report: BiasReport): Promise<Uint8Array> {
  if (waiting >= MAX_WAITING) throw unavailable("Many documents are being set just now; try again in a minute.");
  waiting++;
  const turn = last.then(() => inThread(workOf(evaluation, report)));
  last = turn.catch(() => undefined);
  try {
    return await turn;
  } finally {
    waiting--;
  }
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

function inThread(work: PdfWork): Promise<Uint8Array> {
  const worker = new Worker(new URL("./evaluation-reports.worker.ts", import.meta.url), { workerData: work });
  return new Promise<Uint8Array>((resolve, reject) => {
    const timer = setTimeout(() => reject(unavailable("This document takes longer than a minute to set.")), MAX_MS);
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => {
      clearTimeout(timer);
      reject(new Error("The document's thread ended without an answer."));
    });
  }).finally(() => worker.terminate());
}

function unavailable(detail: string): HttpProblem {
  return new HttpProblem("unavailable", detail, { headers: { "retry-after": "60" } });
}
