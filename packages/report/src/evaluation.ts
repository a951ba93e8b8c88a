/** A bias evaluation as a PDF for whoever files papers. */
import { biasDocument } from "@steward/fairness";
import type { BiasReport } from "@steward/fairness";

import { renderPdf } from "./typst.ts";

export interface EvaluationPdfOptions {
  readonly title: string;
  /** What was evaluated, as labels and values: the file or the release, the moment. */
  readonly details: readonly (readonly [label: string, value: string])[];
  /** Seconds since 1970 at which the evaluation was made. */
  readonly at: number;
}

/** @throws ReportError `template_failed` */
export function renderEvaluationPdf(report: BiasReport, options: EvaluationPdfOptions): Uint8Array {
  const document = biasDocument(report);
  const data = { ...document, title: options.title, author: "Steward", facts: [...options.details, ...document.facts] };
  return renderPdf("evaluation", data, options.at);
}
