/** T-A.4.4-2: every model that runs in production is a registered release with a model card; nothing unknown ran. */
import type { Micros } from "@steward/kernel";

import { itemsTest } from "../definition.ts";
import type { Check, TestContext } from "../definition.ts";
import type { ObservationFact } from "../facts-inventory.ts";
import type { DeploymentFact, ReleaseFact } from "../facts.ts";
import { compare, contains, nextBoundary } from "../intervals.ts";
import type { Subject } from "../result.ts";

/** A release in production, or something that ran and is no registered release. */
interface Deployed {
  readonly subject: Subject;
  readonly check: Check;
}

export const deployedModelsHaveCard = itemsTest<Deployed>({
  id: "T-A.4.4-2",
  codeVersion: "1",
  needs: ["systems", "deployments", "releases", "modelCards", "observations"],
  called: ["model in production", "models in production"],
  items: (context) => [...deployedReleases(context), ...unknownModels(context)],
  subject: ({ subject }) => subject,
  claim: ["is a registered release and carries a model card", "are registered releases and carry a model card"],
  none: () => ({
    reason: "No release runs in production.",
    nextStep: {
      text: "Record the deployment of a release to production.",
      action: "start_operation",
      subjectKind: null,
      subjectId: null,
    },
  }),
  populationChangesAt: ({ facts, now }) => nextBoundary((facts.facts.deployments ?? []).filter(isProduction), now),
  judge: ({ check }) => [check],
});

function deployedReleases(context: TestContext): Deployed[] {
  return inProduction(context.facts.facts.deployments, context.now).map((deployment) => {
    const release = (context.facts.facts.releases ?? []).find(({ id }) => id === deployment.releaseId);
    const subject = release === undefined ? deploymentSubject(deployment) : releaseSubject(release);
    return { subject, check: judgeCard(deployment, release, context) };
  });
}

function deploymentSubject({ id }: DeploymentFact): Subject {
  return { kind: "deployment", id, name: "Deployment" };
}

function isProduction({ environment }: DeploymentFact): boolean {
  return environment === "production";
}

function inProduction(deployments: readonly DeploymentFact[] | undefined, now: Micros): DeploymentFact[] {
  return (deployments ?? [])
    .filter((one) => isProduction(one) && contains(one, now))
    .toSorted((a, b) => compare(a.id, b.id));
}

function judgeCard(deployment: DeploymentFact, release: ReleaseFact | undefined, { facts }: TestContext): Check {
  const system = facts.systems.find(({ id }) => id === deployment.systemId);
  const of = system === undefined ? "" : ` of ${system.name}`;
  if (release === undefined) {
    const message = `What runs in production${of} is no registered release.`;
    return { verdict: "fail", message, evidence: [deployment.evidence] };
  }
  const evidence = [deployment.evidence, release.evidence];
  const card = (facts.facts.modelCards ?? []).find(({ releaseId }) => releaseId === release.id);
  if (card !== undefined) {
    const message = `Release ${release.version}${of} carries a model card.`;
    return { verdict: "pass", message, evidence: [...evidence, card.evidence] };
  }
  const nextStep = {
    text: `Upload the AI-BOM with the model card of release ${release.version}${of}.`,
    action: "add_model_card" as const,
    subjectKind: "release",
    subjectId: release.id,
  };
  const message = `Release ${release.version}${of} runs in production without a model card.`;
  return { verdict: "fail", message, evidence, nextStep };
}

function releaseSubject({ id, version }: ReleaseFact): Subject {
  return { kind: "release", id, name: version };
}

/** Versions of a system that ran and are no registered release. */
function unknownModels({ facts }: TestContext): Deployed[] {
  const known = Map.groupBy(facts.facts.releases ?? [], ({ systemId }) => systemId);
  const isKnown = ({ systemId }: ObservationFact, ran: string) =>
    (known.get(systemId ?? "") ?? []).some(({ id, version, digest }) => [id, version, digest].includes(ran));
  return (facts.facts.observations ?? [])
    .filter(({ provider, undeployed }) => provider === "self" && undeployed)
    .toSorted((a, b) => compare(a.id, b.id))
    .flatMap((one): Deployed[] => {
      const ran = one.digest ?? one.version;
      if (ran === null || one.systemId === null || isKnown(one, ran)) return [];
      const message = `${one.service} ran ${ran}, which is no registered release.`;
      return [
        {
          subject: { kind: "service", id: one.id, name: one.service },
          check: { verdict: "fail", message, evidence: [one.evidence] },
        },
      ];
    });
}
