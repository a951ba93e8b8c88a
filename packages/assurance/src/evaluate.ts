/** The one pure function from facts and time to status. */
import type { Catalogue } from "@steward/catalogue";
import { deadlineAfter, listed, type Micros } from "@steward/kernel";

import { nothingShown } from "./definition.ts";
import type { Outcome, TestContext, TestDefinition } from "./definition.ts";
import { AssuranceError } from "./error.ts";
import { FactsIndex } from "./facts-index.ts";
import type { Facts, FactSection } from "./facts.ts";
import { earliest } from "./intervals.ts";
import type { ParameterValue, RequirementStatus, TestResult } from "./result.ts";
import { requirementStatus } from "./status.ts";
import { definitionsOf } from "./tests/registry.ts";

/** Raised whenever the evaluation may answer differently over the same facts; each test has its own version beside. */
export const ASSURANCE_CODE_VERSION = "1";

export interface Evaluation {
  readonly at: Micros;
  /** The catalogue's digest: which tests, requirements and defaults were used. */
  readonly catalogueDigest: string;
  readonly codeVersion: string;
  /** One result for each test of the catalogue, in its order. */
  readonly tests: readonly TestResult[];
  /** One status for each requirement, in the order of the standard. */
  readonly requirements: readonly RequirementStatus[];
  /** The earliest moment at which any answer may change with no new evidence; null: none does. */
  readonly validUntil: Micros | null;
}

/** What is missing when a section of the facts has no source. */
const SOURCE_OF_SECTION: Record<FactSection, string> = {
  persons: "people",
  roleAssignments: "role assignments",
  systems: "inventory of AI systems",
  deployments: "deployments",
  soaLines: "statement of applicability",
  controlExceptions: "exceptions",
  logDays: "decision log",
  logDispositions: "dispositions of log gaps",
  ledgerChecks: "ledger self-checks",
  releases: "releases",
  evaluationPolicies: "evaluation policies",
  evaluations: "evaluations",
  evaluationExceptions: "exceptions for failed evaluations",
  drills: "reconstruction drills",
  monitors: "monitors",
  monitorRuns: "runs of monitors",
  alerts: "alerts",
  agentRuns: "runs of agents",
  contextSources: "context sources",
  contextItems: "context manifests",
  components: "components",
  modelCards: "model cards",
  scans: "scans of repositories",
  observations: "observations of AI in use",
  looks: "observations of AI in use",
  dispositions: "decisions about drift",
  useApprovals: "approvals of use",
  supplierAliases: "names of suppliers",
  vulnerabilities: "vulnerability feed",
  vulnerabilityFeeds: "vulnerability feed",
  useEnvelopes: "intended uses",
  useDeviations: "deviations from intended use",
  uses: "uses that decisions show",
  modelUses: "answering models",
  modelChanges: "changes of vendors' models",
};

/**
 * Computes every test and the status of every requirement.
 * @param facts as of a recorded and an effective time, with the parameters then in force; their order is free.
 * @param now the moment asked about, usually the facts' effective time.
 */
export function evaluate(catalogue: Catalogue, facts: Facts, now: Micros): Evaluation {
  const index = new FactsIndex(facts);
  const results = new Map<string, TestResult>();
  const definitions = definitionsOf(catalogue);
  const context = (readable: ReadonlyMap<string, TestResult>): TestContext => ({
    catalogue,
    facts: index,
    now,
    parameter: (name) => parameterValue(catalogue, index, name).value,
    timeAllowed: (name) => parameterValue(catalogue, index, name),
    deadline: (name, from) => deadlineAfter(from, parameterValue(catalogue, index, name), facts.organisation),
    results: readable,
  });
  for (const stratum of [1, 2] as const) {
    const readable = new Map(stratum === 1 ? [] : results);
    for (const definition of definitions.filter((test) => test.stratum === stratum)) {
      results.set(definition.id, runTest(definition, context(readable)));
    }
  }
  const tests = definitions.flatMap(({ id }) => results.get(id) ?? []);
  const requirements = catalogue.requirements.map((requirement) =>
    requirementStatus(
      requirement,
      requirement.tests.flatMap((id) => results.get(id) ?? []),
      index,
      now,
    ),
  );
  return {
    at: now,
    catalogueDigest: catalogue.digest,
    codeVersion: ASSURANCE_CODE_VERSION,
    tests,
    requirements,
    validUntil: earliest([...tests, ...requirements].map(({ validUntil }) => validUntil)),
  };
}

function runTest(definition: TestDefinition, context: TestContext): TestResult {
  const { id, codeVersion, limits = [] } = definition;
  const parameters = (context.catalogue.test(id)?.parameters ?? []).map((name) =>
    parameterValue(context.catalogue, context.facts, name),
  );
  return { testId: id, ...outcomeOf(definition, context), parameters: [...parameters, ...limits], codeVersion };
}

function outcomeOf({ needs, evaluate }: TestDefinition, context: TestContext): Outcome {
  const missingSources = needs
    .filter((section) => !context.facts.has(section))
    .map((section) => SOURCE_OF_SECTION[section]);
  if (missingSources.length === 0) return evaluate(context);
  const reason = `Steward has no source yet for: ${listed(missingSources)}.`;
  return { ...nothingShown("insufficient", reason, "no source yet"), missingSources };
}

function parameterValue(catalogue: Catalogue, facts: FactsIndex, name: string): ParameterValue {
  const own = facts.parameter(name);
  if (own !== undefined) return { name, value: own.value, unit: own.unit };
  const standard = catalogue.parameter(name);
  if (standard === undefined) throw new AssuranceError("unknown_parameter", `The catalogue has no parameter ${name}.`);
  return { name, value: standard.value, unit: standard.unit };
}
