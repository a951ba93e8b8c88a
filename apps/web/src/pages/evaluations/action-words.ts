import type { EvaluationSummary } from "@steward/client";

const STATES: Readonly<Record<NonNullable<EvaluationSummary["action"]>["state"], string>> = {
  open: "Open",
  overdue: "Overdue",
  withheld: "Not deployed",
  excepted: "Excepted",
  mitigated: "Mitigated",
  rolled_back: "Rolled back",
};

/** Whether a failed evaluation was acted upon, in a word or two. */
export function actionWords(action: EvaluationSummary["action"]): string {
  return action === null ? "" : STATES[action.state];
}
