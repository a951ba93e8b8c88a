/** From a thing that the API names to the page that shows it. A thing without a page is shown as plain text. */
import { REGISTER_PATHS } from "@steward/client";

import { paths } from "../paths.ts";

const RECORD_PAGES: Readonly<Record<string, (id: string) => string>> = {
  decision: paths.decision,
  evaluation: paths.evaluation,
  drift_item: paths.driftItem,
  task: paths.task,
  requirement: (id) => paths.requirement(id.slice(id.indexOf(":") + 1)),
  erasure_request: () => paths.subjects(),
  monitor_run: () => paths.monitoring(),
  log_day: (id) => paths.decisions({ systemId: id.split("/")[0] }),
  ...Object.fromEntries(
    Object.entries(REGISTER_PATHS).map(([kind, path]) => [kind, (id: string) => paths.record(path, id)]),
  ),
};

/** The page of a record, by its kind; undefined where there is none yet. */
export function recordHref(kind: string, id: string): string | undefined {
  return Object.hasOwn(RECORD_PAGES, kind) ? RECORD_PAGES[kind]?.(id) : undefined;
}

/** Kinds that hold an abbreviation, or one that people would not say. */
const SAID = [
  ["soa_line", "applicability line"],
  ["ai_bom", "AI bill of materials"],
  ["api_key", "API key"],
  ["scim_", "SCIM_"],
] as const;

/** A kind as people say it: `role_assignment` is "role assignment". */
export function kindWords(kind: string): string {
  const [name, words] = SAID.find(([known]) => kind.startsWith(known)) ?? ["", ""];
  return `${words}${kind.slice(name.length)}`.replaceAll(/[_.-]/g, " ");
}

export interface StepTarget {
  action: string;
  subjectKind: string | null;
  subjectId: string | null;
}

/** Where a next step is taken; undefined where no page takes it yet. */
export function stepHref({ action, subjectKind, subjectId }: StepTarget): string | undefined {
  if (action === "settle_drift") return paths.drift();
  if (action === "declare_components" && subjectId !== null) return paths.drift({ systemId: subjectId });
  if (action === "approve_use") return paths.register("use-approvals");
  return subjectKind !== null && subjectId !== null ? recordHref(subjectKind, subjectId) : undefined;
}
