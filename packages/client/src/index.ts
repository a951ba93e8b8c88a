export type {
  Actor,
  ApiKey,
  Decision,
  DecisionFlag,
  DecisionOutcome,
  DecisionSummary,
  Evaluation,
  EvaluationDocument,
  EvaluationHeatMap,
  EvaluationPlot,
  EvaluationSeries,
  EvaluationSummary,
  EvidenceView,
  HistoryItem,
  LedgerEntry,
  LedgerEntrySummary,
  May,
  Member,
  MonitoredSystem,
  MonitorView,
  NextAction,
  Problem,
  RecordView,
  RequirementStatusView,
  Session,
  StatusChange,
  StatusSummary,
  TestResultView,
  Webhook,
  WebhookDelivery,
} from "@steward/contract";
export * from "./client.ts";
export {
  ACCESS_ROLES,
  DECISION_FLAGS,
  KEY_SCOPES,
  PAGE_MAX,
  PASSWORD_CHARS,
  PERMISSIONS,
  REGISTER_PATHS,
  ROLE_PERMISSIONS,
  WEBHOOK_EVENTS,
} from "./generated/routes.ts";
export { ApiProblem, type ApiProblemCode, type FieldError, fieldErrors, fieldOf } from "./problem.ts";
export * from "./records.ts";
export type { ClientOptions } from "./request.ts";
export type * from "./types.ts";
