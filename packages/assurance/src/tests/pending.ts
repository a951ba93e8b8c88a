/** Tests whose inputs have no source yet: they say so, and are never weakened to become feedable. */
import { listed } from "@steward/kernel";
import type { CatalogueTest } from "@steward/catalogue";

import { nothingShown } from "../definition.ts";
import type { Outcome, TestDefinition } from "../definition.ts";

/** Sources of the catalogue that this version reads. */
const AVAILABLE_SOURCES: ReadonlySet<string> = new Set(["inventory", "role register", "HR", "SoA", "log store"]);

/** What is missing where the catalogue's list of sources does not say it well enough. */
const MISSING_PARTS: Readonly<Record<string, readonly string[]>> = {
  "T-6.1.3-2": ["facts about components, suppliers and users that could contradict an exclusion"],
  "T-9.3.2-1": ["inputs of the management review"],
};

/** Full names of what the catalogue abbreviates. */
const SOURCE_NAMES: Readonly<Record<string, string>> = {
  CD: "deployment pipeline",
  CI: "build pipeline",
  "CI/CD": "build and deployment pipeline",
  IA: "impact assessments",
  IAM: "access management",
  LMS: "learning system",
  SSO: "single sign-on log",
  egress: "log of outgoing traffic",
  "eval store": "evaluation store",
  gateway: "AI gateway",
  matrix: "responsibility matrix",
  register: "register of interested parties",
  repo: "repository",
};

export function pendingTest(test: CatalogueTest): TestDefinition {
  return {
    id: test.id,
    codeVersion: "1",
    needs: [],
    stratum: 1,
    evaluate: () => pendingOutcome(missingSourcesOf(test), "no source yet"),
  };
}

/** Sources of a test that do not exist yet. */
export function missingSourcesOf(test: CatalogueTest): readonly string[] {
  return (
    MISSING_PARTS[test.id] ??
    test.sources.filter((source) => !AVAILABLE_SOURCES.has(source)).map((source) => SOURCE_NAMES[source] ?? source)
  );
}

export function pendingOutcome(missingSources: readonly string[], description: string): Outcome {
  return {
    ...nothingShown("insufficient", `Steward has no source yet for: ${listed(missingSources)}.`, description),
    missingSources,
  };
}
