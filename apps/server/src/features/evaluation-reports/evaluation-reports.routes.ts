/** Binds the endpoints of evaluations as people read them. */
import { evaluationReportEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import type { EvaluationDeps } from "../evaluations/evaluations.service.ts";
import { setEvaluationPdf } from "./evaluation-reports.pdf.ts";
import { readDocument, readReport } from "./evaluation-reports.read.ts";
import { listSeries } from "./evaluation-reports.series.ts";

export function evaluationReportRoutes(router: Router, { db, clock }: Pick<EvaluationDeps, "db" | "clock">): void {
  router.bind(evaluationReportEndpoints.getEvaluationDocument, async ({ caller, params }) =>
    readDocument(db, caller.orgId, params.id, clock.now()),
  );
  router.bind(evaluationReportEndpoints.getEvaluationPdf, async ({ caller, params, reply }) => {
    const { evaluation, report } = await readReport(db, caller.orgId, params.id, clock.now());
    const pdf = await setEvaluationPdf(evaluation, report);
    return reply
      .type("application/pdf")
      .header("content-disposition", `inline; filename="evaluation-${evaluation.id}.pdf"`)
      .send(Buffer.from(pdf));
  });
  router.bind(evaluationReportEndpoints.listEvaluationSeries, async ({ caller, query }) => ({
    series: await listSeries(db, caller.orgId, query),
  }));
}
