/** Bias evaluations with their reports, for screens and paper. */
import type { Evaluation, EvaluationDocument } from "@steward/contract";
import { biasDocument, type BiasReport } from "@steward/fairness";
import type { Micros, Uuid } from "@steward/kernel";
import type { Kysely } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { HttpProblem } from "../../platform/http/problem.ts";
import { readEvaluation } from "../evaluations/evaluations.read.ts";

export interface StoredReport {
  readonly evaluation: Evaluation;
  readonly report: BiasReport;
}

/** @throws HttpProblem `not_found`, also for evaluations of another kind, which have figures and no report */
export async function readReport(db: Kysely<Tables>, orgId: Uuid, id: Uuid, now: Micros): Promise<StoredReport> {
  const evaluation = await readEvaluation(db, orgId, id, now);
  if (evaluation.report === null) {
    throw new HttpProblem("not_found", "Only evaluations of bias have such a report; this one has figures alone.");
  }
  // The server wrote the report itself when it judged the evaluation.
  return { evaluation, report: evaluation.report as unknown as BiasReport };
}

/** @throws HttpProblem `not_found` */
export async function readDocument(
  db: Kysely<Tables>,
  orgId: Uuid,
  id: Uuid,
  now: Micros,
): Promise<EvaluationDocument> {
  const { evaluation, report } = await readReport(db, orgId, id, now);
  // Read-only lists become plain ones on their way through the schema.
  const document = biasDocument(report) as unknown as EvaluationDocument["document"];
  return { evaluation, document };
}
