/** The life of the system while it runs: register, release, deploy, decide, count what was served. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { decide, digestOf, type Model, train, type Version } from "./model.ts";
import { ageBand, loadPeople, type Person } from "./people.ts";
import { changeRecord, type Connection, ensureRecord, request } from "./steward.ts";

export interface RunOptions extends Connection {
  /** Over how long the 534 decisions of a release are spread. */
  readonly secondsPerRelease: number;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

const SYSTEM_NAME = "Wage band estimator";
const BATCH = 12;

export async function runWageBand(options: RunOptions): Promise<void> {
  const people = loadPeople();
  const system = await registerSystem(options);
  const served = new Map<string, number>();
  const waiting = options.signal ? { signal: options.signal } : {};
  for (const version of ["1.0.0", "2.0.0"] as const) {
    const model = train(people, version);
    await releaseAndDeploy(options, system, model);
    options.say(`Release ${version} is deployed; deciding about ${people.length} people.`);
    for (let start = 0; start < people.length; start += BATCH) {
      const batch = people
        .slice(start, start + BATCH)
        .map((person, offset) => toDecision(system, model, person, start + offset));
      const { accepted } = await request<{ accepted: number }>(options, "POST", "/decisions", batch);
      // After a restart the people who were decided before are known to Steward: they are not decided twice.
      if (accepted === 0) continue;
      countServed(served, accepted);
      await reportServed(options, system, served);
      await pause((options.secondsPerRelease * 1000 * batch.length) / people.length, undefined, waiting);
    }
  }
  options.say("Everyone in the sample has been decided once by each release.");
}

/** Registers the system, or finds it registered; answers its id. */
export async function registerSystem(options: Connection): Promise<string> {
  const system = await ensureRecord(options, "systems", "name", {
    name: SYSTEM_NAME,
    purpose:
      "Estimates whether a job belongs in the lower or the upper pay band, from the CPS 1985 sample. A demonstration: not for decisions about real people.",
    inputs: ["years of education", "years of experience", "union membership", "region", "occupation", "sector"],
    outputs: ["pay band: lower or upper", "probability of the upper band", "reasons"],
    trainingDataSources: ["CPS 1985 wage sample (Berndt 1991), 534 people, public domain"],
    affectedGroups: ["employees", "job applicants"],
    regions: ["US"],
    agentic: "no",
    interactsWithPeople: "no",
    lifecycle: "deploy",
    retentionDays: 400,
    retentionRuleDays: 365,
  });
  if (system.values["lifecycle"] === "deploy") {
    await changeRecord(options, "systems", system, { lifecycle: "operation" }, "The first release goes live.");
  }
  return system.id;
}

async function releaseAndDeploy(options: RunOptions, systemId: string, model: Model): Promise<void> {
  const digest = digestOf(model);
  const component = await ensureRecord(
    options,
    "components",
    "name",
    {
      name: `Logistic regression ${model.version}`,
      componentKind: "model",
      systemId,
      version: model.version,
      digest,
      notes: `Features: ${model.features.join(", ")}. Cross-fitted in five folds.`,
    },
    { systemId },
  );
  const release = await ensureRecord(
    options,
    "releases",
    "version",
    {
      systemId,
      version: model.version,
      digest,
      changeClass: "major",
      modelKind: "trained",
      releasedAt: new Date().toISOString(),
      componentIds: [component.id],
      notes: RELEASE_NOTES[model.version],
    },
    { systemId },
  );
  const deployed = await request<{ items: unknown[] }>(options, "GET", `/deployments?where.releaseId=${release.id}`);
  if (deployed.items.length > 0) return;
  await request(options, "POST", "/deployments", {
    values: {
      systemId,
      releaseId: release.id,
      environment: "production",
      startedAt: new Date().toISOString(),
      justification: RELEASE_NOTES[model.version],
    },
  });
}

const RELEASE_NOTES: Readonly<Record<Version, string>> = {
  "1.0.0": "First release; it looks at everything that the sample holds, who a person is included.",
  "2.0.0": "Leaves out gender, race and marital status.",
};

function toDecision(system: string, model: Model, person: Person, place: number) {
  const { band, score, contributions } = decide(model, person, place);
  const { wage: _wage, ...input } = person;
  return {
    id: `${model.version}/${person.id}`,
    system,
    release: model.version,
    occurredAt: new Date().toISOString(),
    outcome: band,
    score,
    subject: person.id,
    attributes: { gender: person.gender, race: person.race, age: ageBand(person) },
    inputDigest: `sha256:${createHash("sha256").update(JSON.stringify(input)).digest("hex")}`,
    inputReference: `CPS 1985 sample, row ${place + 1}`,
    promptVersion: `features of ${model.version}`,
    toolsCalled: [],
    explanation: {
      method: "Exact Shapley values of a linear model",
      summary: `The ${band} band, with probability ${(band === "upper" ? score : 1 - score).toFixed(2)}.`,
      reasons: contributions.slice(0, 4).map(({ feature, weight }) => ({ code: feature, weight })),
    },
    oversight: "none" as const,
  };
}

/** The system's own counter of answered requests, apart from what it logs. */
function countServed(served: Map<string, number>, requests: number): void {
  const hour = `${new Date().toISOString().slice(0, 13)}:00:00Z`;
  served.set(hour, (served.get(hour) ?? 0) + requests);
}

async function reportServed(options: RunOptions, system: string, served: ReadonlyMap<string, number>): Promise<void> {
  const [hour, count] = [...served].at(-1) as [string, number];
  await request(options, "POST", "/served", { system, source: `wage-band/${process.pid}`, hour, served: count });
}
