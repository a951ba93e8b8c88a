/** The status of every requirement as the strip shows it. */
import type { RequirementStatusView, StatusSummary } from "@steward/client";
import type { StripGroup } from "@steward/ui";

import { paths } from "../paths.ts";

const BANDS = { clause: "Clauses", control: "Annex A controls" } as const;

export interface RequirementGroup {
  id: string;
  ref: string;
  title: string;
  kind: "clause" | "control";
  requirements: RequirementStatusView[];
}

/** Requirements under their groups, both in the order of the standard. */
export function groupRequirements({ groups, requirements }: Pick<StatusSummary, "groups" | "requirements">) {
  return groups.map((group): RequirementGroup => ({
    ...group,
    requirements: requirements.filter((requirement) => requirement.group === group.id),
  }));
}

export function stripGroups(summary: Pick<StatusSummary, "groups" | "requirements">): StripGroup[] {
  return groupRequirements(summary).map(({ id, ref, title, kind, requirements }) => ({
    id,
    label: ref,
    title,
    band: BANDS[kind],
    cells: requirements.map((requirement) => ({
      id: requirement.ref,
      title: requirement.title,
      status: requirement.status,
      sentence: requirement.sentence,
      href: paths.requirement(requirement.ref),
    })),
  }));
}
