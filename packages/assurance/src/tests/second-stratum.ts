/** Tests that read other tests' results: they are evaluated after all the others. */
import { counted, grouped } from "@steward/kernel";
import { nothingShown } from "../definition.ts";
import type { Outcome, TestContext, TestDefinition } from "../definition.ts";

/** T-8.1-2: each control said to be fully in place has a passing test within its cadence. */
export const fullControlsWork: TestDefinition = {
  id: "T-8.1-2",
  codeVersion: "1",
  needs: ["soaLines"],
  stratum: 2,
  evaluate: judgeFullControls,
};

function judgeFullControls({ catalogue, facts, results }: TestContext): Outcome {
  const full = catalogue.requirements.filter(({ kind, id }) => {
    const [line] = facts.soaLines(id);
    return kind === "control" && line?.applicable === true && line.implementationState === "fully";
  });
  const shown = full.filter(({ tests }) => tests.some((test) => results.get(test)?.verdict === "pass"));
  const missing = "cadence of each control's effectiveness test";
  const share =
    full.length === 0
      ? "No control is said to be fully in place."
      : `${grouped(shown.length)} of ${counted(full.length, "control")} said to be fully in place ${shown.length === 1 ? "has" : "have"} a passing test now.`;
  return {
    ...nothingShown(
      "insufficient",
      `${share} Steward has no source yet for: ${missing}.`,
      "controls said to be fully in place",
    ),
    population: { n: full.length, description: "controls said to be fully in place" },
    missingSources: [missing],
  };
}

/** T-10.2-3: each automated test that fails beyond its tolerance has a nonconformity or an accepted exception. */
export const failuresHandled: TestDefinition = {
  id: "T-10.2-3",
  codeVersion: "1",
  needs: [],
  stratum: 2,
  evaluate: judgeFailures,
};

function judgeFailures({ catalogue, results }: TestContext): Outcome {
  const failing = catalogue.tests.filter(
    ({ id, automation }) => automation === "auto" && results.get(id)?.verdict === "fail",
  );
  const missing = ["nonconformities", "tolerance of each test"];
  return {
    ...nothingShown(
      "insufficient",
      `${sentenceOf(failing.length)} Steward has no source yet for: ${missing.join(" and ")}.`,
      "automated tests that fail",
    ),
    population: { n: failing.length, description: "automated tests that fail" },
    missingSources: missing,
  };
}

function sentenceOf(failing: number): string {
  if (failing === 0) return "No automated test fails now.";
  return `${counted(failing, "automated test")} ${failing === 1 ? "fails" : "fail"} now.`;
}
