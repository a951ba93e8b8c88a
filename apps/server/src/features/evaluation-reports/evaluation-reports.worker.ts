/** The process that sets a PDF. */
import type { BiasReport } from "@steward/fairness";
import { type EvaluationPdfOptions, renderEvaluationPdf } from "@steward/report";

import { answerWork } from "../../platform/compute/child-side.ts";

export interface PdfWork {
  readonly report: BiasReport;
  readonly options: EvaluationPdfOptions;
}

answerWork<PdfWork>(({ report, options }) => renderEvaluationPdf(report, options));
