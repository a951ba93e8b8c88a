/** Evaluations as people read them: sentences, plots and tables, on screen and on paper. */
import { idSchema, instantSchema } from "@steward/registers";
import { z } from "zod";

import { idParams } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { EVALUATION_BASES, EVALUATION_KINDS, EVALUATION_VERDICTS, evaluationSummarySchema } from "./evaluations.ts";

/** Evaluations in one series: a chart of more points is a wall. */
export const SERIES_MAX_EVALUATIONS = 40;

const verdictWordsSchema = z.object({
  verdict: z.enum(["pass", "fail", "insufficient"]).nullable(),
  shape: z.string(),
  word: z.string(),
  meaning: z.string(),
});

const tableSchema = z.object({
  caption: z.string(),
  header: z.array(z.string()),
  rows: z.array(z.array(z.string())),
  numeric: z.array(z.boolean()).meta({ description: "Which columns hold numbers." }),
});

const plotSchema = z.object({
  of: z.string().meta({ description: "The metric or disparity that is drawn." }),
  title: z.string(),
  meaning: z.string(),
  rows: z.array(
    z.object({
      label: z.string(),
      note: z.string(),
      value: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      thin: z.boolean().meta({ description: "Too few cases, or not compared." }),
      text: z.string(),
    }),
  ),
  from: z.number(),
  to: z.number(),
  threshold: z.object({ at: z.number(), label: z.string(), missed: z.enum(["below", "above"]) }).optional(),
});
export type EvaluationPlot = z.infer<typeof plotSchema>;

const heatMapSchema = z.object({
  of: z.string(),
  title: z.string(),
  meaning: z.string(),
  rowAttribute: z.string(),
  columnAttribute: z.string(),
  rows: z.array(z.string()),
  columns: z.array(z.string()),
  cells: z
    .array(
      z.array(
        z
          .object({ value: z.number().nullable(), text: z.string(), note: z.string(), thin: z.boolean() })
          .nullable()
          .meta({ description: "Null where a combination does not occur." }),
      ),
    )
    .meta({ description: "Row by row." }),
  from: z.number(),
  to: z.number(),
  table: tableSchema,
});
export type EvaluationHeatMap = z.infer<typeof heatMapSchema>;

const documentSchema = z.object({
  verdict: verdictWordsSchema,
  notes: z.array(z.string()),
  facts: z.array(z.array(z.string())),
  findings: z.array(verdictWordsSchema.extend({ reading: z.string() })),
  thin: z.object({ explanation: z.string(), table: tableSchema }).nullable(),
  slices: z.array(
    z.object({
      title: z.string(),
      comparisons: z.array(plotSchema).meta({ description: "The worst pair under each rule of the policy." }),
      main: z.array(plotSchema),
      other: z.array(plotSchema),
      heatMaps: z.array(heatMapSchema),
      tables: z.array(tableSchema),
    }),
  ),
  explanation: z.array(z.string()),
  glossary: z.array(z.array(z.string())),
});

const evaluationDocumentSchema = z.object({
  evaluation: evaluationSummarySchema,
  document: documentSchema,
});
export type EvaluationDocument = z.infer<typeof evaluationDocumentSchema>;

const seriesSchema = z.object({
  title: z.string().meta({ description: "What is limited, and by which groups." }),
  threshold: z.number().nullable(),
  direction: z.enum(["at_least", "at_most"]).nullable(),
  points: z.array(
    z.object({
      evaluationId: idSchema,
      releaseVersion: z.string(),
      recordedAt: instantSchema,
      value: z.number().nullable(),
      low: z.number().nullable(),
      high: z.number().nullable(),
      verdict: z.enum(EVALUATION_VERDICTS),
    }),
  ),
});
export type EvaluationSeries = z.infer<typeof seriesSchema>;

const tag = "Evaluations";
export const evaluationReportEndpoints = {
  getEvaluationDocument: endpoint({
    operationId: "getEvaluationDocument",
    method: "GET",
    path: "/evaluations/:id/document",
    tag,
    summary: "A bias evaluation in words, plots and tables",
    access: "records.read",
    params: idParams,
    response: evaluationDocumentSchema,
  }),
  getEvaluationPdf: endpoint({
    operationId: "getEvaluationPdf",
    method: "GET",
    path: "/evaluations/:id/report.pdf",
    tag,
    summary: "A bias evaluation as a tagged PDF; the same evaluation always gives the same bytes",
    access: "records.export",
    params: idParams,
    response: z.string(),
    produces: "application/pdf",
  }),
  listEvaluationSeries: endpoint({
    operationId: "listEvaluationSeries",
    method: "GET",
    path: "/evaluation-series",
    tag,
    summary: "What each rule of a suite found over releases and time, oldest first",
    access: "records.read",
    query: z.strictObject({
      systemId: idSchema,
      kind: z.enum(EVALUATION_KINDS).default("bias"),
      suite: z.string().max(300).optional(),
      basis: z.enum(EVALUATION_BASES).optional(),
    }),
    response: z.object({ series: z.array(seriesSchema) }),
  }),
};
