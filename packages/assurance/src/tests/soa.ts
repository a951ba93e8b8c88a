/** Clause 6.1.3: the statement of applicability. */
import { itemsTest } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { SoaLineFact } from "../facts.ts";
import type { NextStep, Subject } from "../result.ts";
import { isBlank } from "./scope.ts";

/** A control that must have one line, or a line that must belong to a control. */
interface SoaItem {
  readonly controlId: string;
  readonly name: string;
  /** Whether such a control exists: in Annex A, or of the organisation's own. */
  readonly known: boolean;
  readonly lines: readonly SoaLineFact[];
}

/** T-6.1.3-1: exactly the Annex A controls and own ones; each line decided, with a reason and, if yes, a state. */
export const soaComplete = itemsTest<SoaItem>({
  id: "T-6.1.3-1",
  codeVersion: "1",
  needs: ["soaLines"],
  called: ["control of the statement of applicability", "controls of the statement of applicability"],
  items: soaItems,
  subject: soaSubject,
  claim: [
    "has one line that says whether it applies, why, and how far it is in place",
    "have one line that says whether they apply, why, and how far they are in place",
  ],
  // Never met: Annex A always has controls.
  none: () => ({ reason: "There is no control.", nextStep: soaStep("", "Write the statement of applicability.") }),
  judge: (item) => [judgeLine(item)],
});

function soaItems({ catalogue, facts }: TestContext): SoaItem[] {
  const controls = catalogue.requirements.filter(({ kind }) => kind === "control");
  const annexA = new Set(controls.map(({ id }) => id));
  const written = new Set((facts.facts.soaLines ?? []).map((line) => line.controlId));
  return [
    ...controls.map(({ id, ref }) => ({ controlId: id, name: ref, known: true, lines: facts.soaLines(id) })),
    ...[...written]
      .filter((controlId) => !annexA.has(controlId))
      .map((controlId) => {
        const lines = facts.soaLines(controlId);
        return { controlId, name: controlId, known: lines.every(({ own }) => own), lines };
      }),
  ];
}

function soaSubject({ controlId, name }: SoaItem): Subject {
  return { kind: "control", id: controlId, name };
}

function soaStep(controlId: string, text: string, action: NextStep["action"] = "write_soa_line"): NextStep {
  return { text, action, subjectKind: "control", subjectId: controlId };
}

function judgeLine({ controlId, name, known, lines }: SoaItem): Check {
  const evidence = lines.map((line) => line.evidence);
  const fail = (message: string, text: string, action: NextStep["action"] = "write_soa_line"): Check => ({
    verdict: "fail",
    message,
    evidence,
    nextStep: soaStep(controlId, text, action),
  });
  const [line, ...more] = lines;
  if (line === undefined) return fail(`${name} has no line.`, `Decide whether ${name} applies, and why.`);
  if (!known) {
    return fail(
      `${name} is neither a control of Annex A nor one of your own.`,
      `Remove the line ${name}, or mark it as a control of your own.`,
      "remove_soa_line",
    );
  }
  if (more.length > 0)
    return fail(`${name} has ${lines.length} lines.`, `Keep one line for ${name}.`, "remove_soa_line");
  if (line.applicable === null) return fail(`${name} is not decided.`, `Decide whether ${name} applies, and why.`);
  if (isBlank(line.reason)) {
    return fail(`${name} has no reason.`, `Say why ${name} ${line.applicable ? "applies" : "does not apply"}.`);
  }
  if (line.applicable && isBlank(line.implementationState)) {
    return fail(`${name} applies, but nobody says how far it is in place.`, `Say how far ${name} is in place.`);
  }
  return { verdict: "pass", message: `${name} is decided with a reason.`, evidence };
}
