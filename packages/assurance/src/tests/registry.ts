/** Every test of the catalogue with the code that computes it. */
import type { Catalogue, CatalogueTest } from "@steward/catalogue";

import type { TestDefinition } from "../definition.ts";
import { agentTest } from "./agents.ts";
import { componentsHealthy } from "./components.ts";
import { contextFromKnownSources } from "./context-sources.ts";
import { inventoryHasNoDrift, noShadowUse } from "./discovery.ts";
import { decisionsReconstructed } from "./drills.ts";
import { usedAsIntended } from "./intended-use.ts";
import { logComplete } from "./log-completeness.ts";
import { logsKept } from "./log-keeping.ts";
import { alertsAcknowledged, driftHandled, monitorsLive } from "./monitoring.ts";
import { manifestsComplete } from "./manifests.ts";
import { deployedModelsHaveCard } from "./model-cards.ts";
import { modelChangesReviewed } from "./model-changes.ts";
import { pendingTest } from "./pending.ts";
import { resourcesRecorded } from "./resources.ts";
import { compulsoryRolesHeld, requiredRolesHeld, systemsHaveOwnerAndStop } from "./roles.ts";
import { aiRolesDecided, scopeDecided } from "./scope.ts";
import { biasActedUpon } from "./bias.ts";
import { mandatorySuitesPassed, thresholdsCommittedFirst } from "./evaluations.ts";
import { failuresHandled, fullControlsWork } from "./second-stratum.ts";
import { soaComplete } from "./soa.ts";

/** Tests whose inputs have a source. */
const LIVE: readonly TestDefinition[] = [
  aiRolesDecided,
  scopeDecided,
  compulsoryRolesHeld,
  systemsHaveOwnerAndStop,
  soaComplete,
  requiredRolesHeld,
  mandatorySuitesPassed,
  thresholdsCommittedFirst,
  biasActedUpon,
  logComplete,
  logsKept,
  decisionsReconstructed,
  monitorsLive,
  alertsAcknowledged,
  driftHandled,
  manifestsComplete,
  contextFromKnownSources,
  inventoryHasNoDrift,
  noShadowUse,
  resourcesRecorded,
  componentsHealthy,
  deployedModelsHaveCard,
  modelChangesReviewed,
  usedAsIntended,
];

/** Ids of the tests whose inputs have a source: all others answer insufficient, and name what they miss. */
export const LIVE_TESTS: ReadonlySet<string> = new Set(LIVE.map(({ id }) => id));

const WRITTEN = new Map([...LIVE, fullControlsWork, failuresHandled].map((test) => [test.id, test]));

/** One definition per test of the catalogue, in its order. */
export function definitionsOf(catalogue: Catalogue): TestDefinition[] {
  return catalogue.tests.map((test) => WRITTEN.get(test.id) ?? unwritten(test));
}

function unwritten(test: CatalogueTest): TestDefinition {
  return test.appliesTo === "agents" ? agentTest(test) : pendingTest(test);
}
