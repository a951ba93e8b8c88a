/** The thread that sets PDFs. */
import { parentPort, workerData } from "node:worker_threads";

import type { BiasReport } from "@steward/fairness";
import { type EvaluationPdfOptions, renderEvaluationPdf } from "@steward/report";

export interface PdfWork {
  readonly report: BiasReport;
  readonly options: EvaluationPdfOptions;
}

const { report, options } = workerData as PdfWork;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(renderEvaluationPdf(report, options));
