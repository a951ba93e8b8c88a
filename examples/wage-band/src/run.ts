/** The life of the system while it runs: register, release, deploy, decide, count what was served. */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { connect, type DecisionFields } from "@steward/sdk";

import { evaluateRelease, publishContents } from "./evaluate.ts";
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
  for (const version of ["1.0.0", "2.0.0"] as const) {
    const model = train(people, version);
    const releaseId = await releaseAndDeploy(options, system, model, people);
    const decided = await readDecided(options, releaseId);
    const left = people
      .map((person, place) => ({ person, place }))
      .filter(({ person }) => !decided.has(idOf(model, person)));
    options.say(`Release ${version} is deployed; deciding about ${left.length} people.`);
    await decideAll(options, system, model, left);
  }
  options.say("Everyone in the sample has been decided once by each release.");
}

/** Whom a release has decided about, as before a restart: a second decision under the same id would contradict the first. */
async function readDecided(options: Connection, releaseId: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let cursor: string | null = null;
  do {
    const query: URLSearchParams = new URLSearchParams({
      releaseId,
      limit: "200",
      ...(cursor === null ? {} : { cursor }),
    });
    const page: { items: { externalId: string }[]; nextCursor: string | null } = await request(
      options,
      "GET",
      `/decisions?${query}`,
    );
    for (const { externalId } of page.items) ids.add(externalId);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

/** Decides about people at their places in the sample, and tells Steward of each decision and how many were asked for. */
async function decideAll(
  { url, key, say, secondsPerRelease, signal }: RunOptions,
  system: string,
  model: Model,
  people: readonly { readonly person: Person; readonly place: number }[],
): Promise<void> {
  const steward = connect({ url, key, system, release: model.version, onProblem: ({ message }) => say(message) });
  try {
    for (let start = 0; start < people.length; start += BATCH) {
      const batch = people.slice(start, start + BATCH);
      for (const { person, place } of batch) steward.record(toDecision(model, person, place));
      await steward.flush();
      steward.served(batch.length);
      await pause((secondsPerRelease * 1000 * BATCH) / people.length, undefined, signal ? { signal } : {});
    }
  } finally {
    await steward.close();
  }
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

/**
 * Records the release, evaluates it, and deploys it whatever was found: a demonstration of what Steward says then.
 * Answers the release's id.
 */
async function releaseAndDeploy(
  options: RunOptions,
  systemId: string,
  model: Model,
  people: readonly Person[],
): Promise<string> {
  const digest = digestOf(model);
  const component = await ensureRecord(
    options,
    "components",
    "name",
    {
      // As its model card calls it, so that what a scan finds is what the register says.
      name: "wage-band",
      componentKind: "model",
      systemId,
      version: model.version,
      digest,
      notes: `Logistic regression on ${model.features.join(", ")}. Cross-fitted in five folds.`,
    },
    { systemId, version: model.version },
  );
  const dataset = await ensureRecord(
    options,
    "components",
    "name",
    { name: "cps-1985-wages", componentKind: "data", systemId, notes: "534 people, public domain (Berndt 1991)." },
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
      artefactKind: "model_file",
      changeClass: "major",
      modelKind: "trained",
      releasedAt: new Date().toISOString(),
      componentIds: [component.id, dataset.id],
      notes: RELEASE_NOTES[model.version],
    },
    { systemId },
  );
  const deployed = await request<{ items: unknown[] }>(options, "GET", `/deployments?where.releaseId=${release.id}`);
  if (deployed.items.length > 0) return release.id;
  const contents = await publishContents(options, systemId, model.version);
  options.say(`Release ${model.version} is scanned. ${contents.split("\n").at(-1)}`);
  const { end, said } = await evaluateRelease(options, SYSTEM_NAME, model, people);
  options.say(`Release ${model.version} is evaluated for bias: ${end}. ${said}`);
  await request(options, "POST", "/deployments", {
    values: {
      systemId,
      releaseId: release.id,
      environment: "production",
      startedAt: new Date().toISOString(),
      justification: RELEASE_NOTES[model.version],
    },
  });
  return release.id;
}

const RELEASE_NOTES: Readonly<Record<Version, string>> = {
  "1.0.0": "First release; it looks at everything that the sample holds, who a person is included.",
  "2.0.0": "Leaves out gender, race and marital status.",
};

function idOf(model: Model, person: Person): string {
  return `${model.version}/${person.id}`;
}

function toDecision(model: Model, person: Person, place: number): DecisionFields {
  const { band, score, contributions } = decide(model, person, place);
  const { wage: _wage, ...input } = person;
  return {
    id: idOf(model, person),
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
    oversight: "none",
  };
}
