/** What the screens say of requirements and tests, made from the computed result. */
import type { RequirementStatusView, TestResultView } from "@steward/client";
import { countStatuses, STATUS_WORDS } from "@steward/ui";

import type { RequirementsSearch } from "./requirements.routes.ts";

/** `12 of 70 evidenced; 3 failing, 55 insufficient.` */
export function stateSentence(requirements: readonly Pick<RequirementStatusView, "status">[]): string {
  const counts = countStatuses(requirements.map(({ status }) => status));
  const evidenced = counts.find(({ status }) => status === "evidenced")?.count ?? 0;
  const others = counts
    .filter(({ status, count }) => status !== "evidenced" && count > 0)
    .map(({ status, count }) => `${count} ${STATUS_WORDS[status].toLowerCase()}`);
  const rest = others.length > 0 ? `; ${others.join(", ")}` : "";
  return `${evidenced} of ${requirements.length} evidenced${rest}.`;
}

export function matchesSearch(requirement: RequirementStatusView, { status, q }: RequirementsSearch): boolean {
  if (status !== undefined && requirement.status !== status) return false;
  const text = `${requirement.ref} ${requirement.title} ${requirement.sentence}`.toLowerCase();
  const words = (q ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => text.includes(word));
}

export type Change = { kind: "expires"; at: string } | { kind: "words"; text: string };

/** What would change a test's verdict, for the better or the worse, in the order in which it can happen. */
export function whatWouldChange(test: TestResultView): Change[] {
  const changes: Change[] = [];
  if (test.nextStep) changes.push({ kind: "words", text: test.nextStep.text });
  if (test.missingSources.length > 0) {
    changes.push({
      kind: "words",
      text: `It can be computed once there is a source for ${listed(test.missingSources)}.`,
    });
  }
  if (test.verdict === "fail" && test.exceptionsTotal > 0) {
    const items = test.exceptionsTotal === 1 ? "the item" : `each of the ${test.exceptionsTotal} items`;
    changes.push({
      kind: "words",
      text: `It stands until ${items} below has a newer passing result or a disposition.`,
    });
  }
  if (test.validUntil !== null) changes.push({ kind: "expires", at: test.validUntil });
  if (test.verdict === "pass") changes.push({ kind: "words", text: "One failing item turns it at once." });
  return changes;
}

function listed(items: readonly string[]): string {
  return new Intl.ListFormat("en").format(items);
}

/** `n = 42 systems in operation`; an empty population says so. */
export function populationText({ n, description }: NonNullable<TestResultView["population"]>): string {
  return `n = ${n.toLocaleString("en")} ${description}`;
}

/** A parameter as `MAX_AGE = 90 days`. Units are kept in the plural. */
export function parameterText({ name, value, unit }: TestResultView["parameters"][number]): string {
  const number = value.toLocaleString("en", { maximumFractionDigits: 6 });
  const words = value === 1 ? unit.replace(/s$/, "") : unit;
  return `${name} = ${number}${words === "" ? "" : ` ${words}`}`;
}
