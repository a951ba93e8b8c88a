import { evaluate } from "@steward/assurance";
import { formatInstant, MICROS_PER_HOUR, MICROS_PER_MINUTE, parseInstant } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, DIGEST, type DecisionApp } from "../../../test/support/decision-app.ts";
import { runLedgerCheck } from "../ledger/ledger.check.ts";
import { loadFacts } from "../status/status.facts.ts";

let world: DecisionApp;
let send: DecisionApp["send"];
let systemId: string;
let releaseId: string;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
  ({ systemId, releaseId } = await world.makeSystem("Ranker"));
});

afterAll(async () => {
  await world?.close();
});

const fairness = (over: Record<string, unknown> = {}) => ({
  schema: "steward/bias-policy/v1",
  name: "fair ranking",
  version: 1,
  profile: "four-fifths",
  ...over,
});

const accuracy = (over: Record<string, unknown> = {}) => ({
  schema: "steward/evaluation-policy/v1",
  name: "accuracy gate",
  version: 1,
  kind: "accuracy",
  rules: [{ metric: "passRate", atLeast: 0.9 }],
  ...over,
});

const commit = (policy: unknown, system = "Ranker", as = "engineer") =>
  send("POST", "/evaluation-policies", { system, policy }, as);

/** Selected and rejected of two groups. */
function counts(a: readonly [number, number], b: readonly [number, number]) {
  const cell = (group: string, outcome: string, n: number) => ({ key: [group], outcome, n });
  return {
    schema: "steward/bias-statistics/v1",
    task: "classification",
    tables: [
      {
        attributes: ["sex"],
        cells: [
          cell("F", "selectedUnlabelled", a[0]),
          cell("F", "rejectedUnlabelled", a[1]),
          cell("M", "selectedUnlabelled", b[0]),
          cell("M", "rejectedUnlabelled", b[1]),
        ],
      },
    ],
  };
}

const EQUAL = counts([2500, 2500], [2500, 2500]);
const UNEQUAL = counts([1000, 4000], [2500, 2500]);
const FEW = counts([20, 20], [22, 18]);

function biasEvaluation(statistics: object, over: Record<string, unknown> = {}) {
  return {
    system: "Ranker",
    release: "1.0",
    kind: "bias",
    dataset: { name: "holdout", version: "2026-03" },
    tool: { name: "steward", version: "0.1.0" },
    bias: { statistics, replicates: 200 },
    startedAt: formatInstant(world.clock.now()),
    ...over,
  };
}

const publish = (evaluation: object, as = "engineer") => send("POST", "/evaluations", evaluation, as);

describe("a policy", () => {
  it("is committed to the ledger once, however often and however laid out it is sent", async () => {
    const { status, body } = await commit(fairness());
    expect(status).toBe(201);
    expect(body).toMatchObject({
      isNew: true,
      policy: {
        systemId,
        kind: "bias",
        name: "fair ranking",
        version: "1",
        thresholds: [{ metric: "demographicParityRatio", direction: "at_least", limit: 0.8 }],
        requiredFor: ["major", "minor", "patch"],
        continuous: false,
      },
    });
    world.clock.advance(MICROS_PER_HOUR);
    const again = await commit(Object.fromEntries(Object.entries(fairness()).toReversed()));
    expect(again.body).toMatchObject({ isNew: false, policy: { id: body.policy.id } });
    expect(again.body.policy.committedAt).toBe(body.policy.committedAt);
    expect(again.body.answeredAt > body.policy.committedAt).toBe(true);
    const listed = await send("GET", `/evaluation-policies?systemId=${systemId}`, undefined, "reader");
    expect(listed.body.items).toEqual([body.policy]);
    expect((await send("GET", `/evaluation-policies/${body.policy.id}`)).body).toEqual(body.policy);
  });

  it("changes with its version only", async () => {
    const looser = fairness({ rules: [{ disparity: "demographicParityRatio", threshold: 0.5 }] });
    const { status, body } = await commit(looser);
    expect(status).toBe(409);
    expect(body.errors).toMatchObject([{ pointer: "/policy/version" }]);
    expect((await commit({ ...looser, version: 2 })).status).toBe(201);
  });

  it("is refused by the name of the field that is wrong", async () => {
    const wrong: [Record<string, unknown>, string][] = [
      [fairness({ version: 9, rules: [{ disparity: "niceness", threshold: 1 }] }), "/policy/rules/0/disparity"],
      [fairness({ version: 9, confidence: 2 }), "/policy/confidence"],
      [fairness({ version: "9".repeat(101) }), "/policy/version"],
      [accuracy({ rules: [{ metric: "passRate" }] }), "/policy/rules/0"],
      [{ schema: "something/else" }, "/policy/schema"],
    ];
    for (const [policy, pointer] of wrong) {
      const { status, body } = await commit(policy);
      expect(status, pointer).toBe(422);
      expect(body.errors[0].pointer).toBe(pointer);
    }
    expect((await commit(fairness(), "Nowhere")).body.errors[0].pointer).toBe("/system");
    expect((await commit(fairness({ version: 9 }), "Ranker", "reader")).status).toBe(403);
  });
});

describe("an evaluation", () => {
  let digest: string;
  beforeAll(async () => {
    digest = (await commit(fairness({ version: 7 }))).body.policy.digest;
    world.clock.advance(MICROS_PER_MINUTE);
  });

  it("is bound to release, data and policy, and judged by the server", async () => {
    const { status, body } = await publish(biasEvaluation(UNEQUAL, { policyDigest: digest }));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      systemId,
      releaseId,
      releaseVersion: "1.0",
      releaseDigest: DIGEST,
      kind: "bias",
      suite: "fair ranking",
      basis: "test_data",
      dataset: { name: "holdout", version: "2026-03", digest: null },
      cases: 10_000,
      policy: { name: "fair ranking", version: "7", digest },
      verdict: "fail",
      thresholdsFirst: true,
    });
    expect(body.report).toMatchObject({ schema: "steward/bias/v1", rows: 10_000, verdict: "fail" });
    expect(body.reasons).toHaveLength(1);
    const entry = await world.database.pool.query(
      `SELECT e.kind, b.body FROM ledger_entry e JOIN ledger_body b USING (org_id, index) WHERE e.index = $1`,
      [body.ledgerIndex],
    );
    expect(entry.rows[0].kind).toBe("evaluation.recorded");
    const kept = JSON.parse(entry.rows[0].body.toString());
    expect(kept).toMatchObject({ policyDigest: digest, verdict: "fail", statistics: UNEQUAL, seed: 1 });
    expect((await send("GET", `/evaluations/${body.id}`, undefined, "reader")).body).toEqual(body);
  });

  it("passes, fails or is insufficient as the counts say, and has no verdict without a policy", async () => {
    const verdictOf = async (statistics: object, over: object = { policyDigest: digest }) =>
      (await publish(biasEvaluation(statistics, { ...over }))).body.verdict;
    expect(await verdictOf(EQUAL)).toBe("pass");
    expect(await verdictOf(FEW)).toBe("insufficient");
    expect(await verdictOf(UNEQUAL, {})).toBe("none");
  });

  it("is refused where its verdict does not follow from its counts", async () => {
    const bias = { statistics: UNEQUAL, replicates: 200, verdict: "pass" };
    const { status, body } = await publish(biasEvaluation(UNEQUAL, { policyDigest: digest, bias }));
    expect(status).toBe(422);
    expect(body.errors[0].pointer).toBe("/bias/verdict");
  });

  it("is refused by the name of the field that is wrong", async () => {
    const table = EQUAL.tables[0] as (typeof EQUAL.tables)[number];
    const negative = { ...EQUAL, tables: [{ ...table, cells: [{ ...table.cells[0], n: -1 }] }] };
    const oneGroup = { ...EQUAL, tables: [{ ...table, cells: table.cells.map((cell) => ({ ...cell, key: [] })) }] };
    const wrong: [object, string][] = [
      [biasEvaluation(EQUAL, { release: "9.9" }), "/release"],
      [biasEvaluation(EQUAL, { policyDigest: `sha256:${"b".repeat(64)}` }), "/policyDigest"],
      [biasEvaluation(EQUAL, { kind: "accuracy" }), "/results"],
      [biasEvaluation(EQUAL, { bias: undefined }), "/bias"],
      [biasEvaluation(EQUAL, { startedAt: "2031-01-01T00:00:00Z" }), "/startedAt"],
      [biasEvaluation(negative), "/bias/statistics/tables/0/cells/0/n"],
      [biasEvaluation(oneGroup), "/bias/statistics"],
      [biasEvaluation({ task: "guess" }), "/bias/statistics/task"],
    ];
    const before = (await send("GET", "/evaluations?limit=200")).body.items.length;
    for (const [evaluation, pointer] of wrong) {
      const { status, body } = await publish(evaluation);
      expect(status, pointer).toBe(422);
      expect(body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    }
    expect((await publish(biasEvaluation(EQUAL), "reader")).status).toBe(403);
    expect((await send("GET", "/evaluations?limit=200")).body.items).toHaveLength(before);
  });

  it("is stored once however often its run is sent", async () => {
    const evaluation = biasEvaluation(EQUAL, { policyDigest: digest, runId: "ci-4711" });
    const [first, second] = await Promise.all([publish(evaluation), publish(evaluation)]);
    expect(second.body.id).toBe(first.body.id);
    expect((await publish(evaluation)).body.id).toBe(first.body.id);
  });

  it("says when its thresholds came after it", async () => {
    const startedAt = formatInstant(world.clock.now());
    world.clock.advance(MICROS_PER_MINUTE);
    const late = (await commit(fairness({ version: 8 }))).body.policy.digest;
    const { body } = await publish(biasEvaluation(EQUAL, { policyDigest: late, startedAt }));
    expect(body.thresholdsFirst).toBe(false);
    const unknown = await publish(biasEvaluation(EQUAL, { policyDigest: late, startedAt: null }));
    expect(unknown.body.thresholdsFirst).toBeNull();
  });
});

describe("results of another suite", () => {
  const suite = (results: object[], over: Record<string, unknown> = {}) => ({
    system: "Ranker",
    release: DIGEST,
    kind: "accuracy",
    dataset: { name: "golden" },
    tool: { name: "promptfoo" },
    results,
    ...over,
  });

  it("are judged against their policy", async () => {
    const { digest } = (await commit(accuracy())).body.policy;
    const good = await publish(
      suite([{ name: "all", metric: "passRate", value: 0.97, n: 300 }], { policyDigest: digest }),
    );
    expect(good.body).toMatchObject({ verdict: "pass", suite: "accuracy gate", cases: 300, report: null });
    expect(good.body.results).toMatchObject([{ direction: "at_least", threshold: 0.9, verdict: "pass" }]);
    const bad = await publish(suite([{ name: "all", metric: "passRate", value: 0.8 }], { policyDigest: digest }));
    expect(bad.body).toMatchObject({ verdict: "fail", reasons: [expect.stringContaining("at least 0.9")] });
    const silent = await publish(suite([{ name: "all", metric: "f1", value: 1 }], { policyDigest: digest }));
    expect(silent.body).toMatchObject({ verdict: "insufficient", reasons: ["No result gives passRate."] });
    const wrongKind = await publish(
      suite([{ name: "a", metric: "m", value: 1 }], { policyDigest: digest, kind: "other" }),
    );
    expect(wrongKind.body.errors[0].pointer).toBe("/kind");
  });

  it("are listed and filtered, a page at a time", async () => {
    const all = await send("GET", `/evaluations?systemId=${systemId}&kind=accuracy`);
    expect(all.body.items.map(({ verdict }: { verdict: string }) => verdict)).toEqual(["insufficient", "fail", "pass"]);
    const first = await send("GET", `/evaluations?kind=accuracy&limit=2`);
    const rest = await send("GET", `/evaluations?kind=accuracy&limit=2&cursor=${first.body.nextCursor}`);
    expect([...first.body.items, ...rest.body.items]).toEqual(all.body.items);
    expect((await send("GET", "/evaluations?verdict=pass&suite=accuracy%20gate")).body.items).toHaveLength(1);
    expect((await send("GET", `/evaluations/${systemId}`)).status).toBe(404);
  });
});

describe("a failed evaluation", () => {
  const failedId = async () => (await send("GET", "/evaluations?kind=bias&verdict=fail")).body.items[0].id as string;

  it("asks for action while its release runs, and holds the tests of A.6.2.4 until then", async () => {
    const { body } = await send("GET", `/evaluations/${await failedId()}`);
    expect(body.action).toMatchObject({ state: "open", by: null });
    expect(body.action.due > body.recordedAt).toBe(true);
    const now = world.clock.now();
    const facts = await loadFacts(world.db, world.orgId, { recordedAt: now, effectiveAt: now });
    const inScope = (facts.systems ?? []).map((system) => ({ ...system, inScope: true }));
    const { tests } = evaluate(world.catalogue, { ...facts, systems: inScope }, now);
    const verdicts = Object.fromEntries(tests.map(({ testId, verdict }) => [testId, verdict]));
    // The release was deployed before any policy was committed, so nothing was mandatory for it.
    expect(verdicts).toMatchObject({ "T-A.6.2.4-1": "insufficient", "T-A.6.2.4-3": "fail" });
    const before = parseInstant(body.recordedAt) as bigint;
    const then = await loadFacts(world.db, world.orgId, { recordedAt: before - 1n, effectiveAt: before });
    expect(then.evaluations?.map(({ id }) => id)).not.toContain(body.id);
  });

  it("can be accepted for a while, but nothing else can", async () => {
    const [asks, approves] = [
      await world.make("/people", { name: "Emre", activeFrom: "2026-01-01" }),
      await world.make("/people", { name: "Dana", activeFrom: "2026-01-01" }),
    ];
    const accept = (evaluationId: string, over: object = {}) =>
      send("POST", "/evaluation-exceptions", {
        values: {
          summary: "Thin group",
          systemId,
          evaluationId,
          justification: "The new data arrive in May.",
          mitigation: "A person reviews every refusal.",
          requestedById: asks,
          validFrom: "2026-03-10",
          validTo: "2026-04-10",
          ...over,
        },
      });
    expect((await accept(await failedId())).status).toBe(201);
    const passed = (await send("GET", "/evaluations?kind=bias&verdict=pass")).body.items[0].id;
    expect((await accept(passed)).body.errors[0].pointer).toBe("/values/evaluationId");
    expect((await accept(systemId)).body.errors[0].pointer).toBe("/values/evaluationId");
    expect((await accept(await failedId(), { validTo: "2028-01-01" })).body.errors[0].pointer).toBe("/values/validTo");
    const approved = await accept(await failedId(), { state: "approved", approvedById: approves });
    expect(approved.status, "nobody approves what they enter").toBeGreaterThanOrEqual(400);
  });
});

describe("the ledger", () => {
  const check = () => runLedgerCheck(world.deps, world.orgId, { kind: "person", id: world.ada });

  it("agrees with what is stored, and names what was altered", async () => {
    expect((await check()).findings).toEqual([]);
    await world.database.pool.query(
      "UPDATE evaluation SET verdict = 'pass', report = jsonb_set(report, '{verdict}', '\"pass\"') WHERE verdict = 'fail' AND kind = 'bias'",
    );
    await world.database.pool.query("UPDATE evaluation_policy SET recorded_at = recorded_at - interval '1 day'");
    const { findings } = await check();
    const messages = findings.map(({ message }) => message).join("\n");
    expect(messages).toContain("evaluation of entry");
    expect(messages).toContain("verdict, report");
    expect(messages).toContain("evaluation policy of entry");
  });
});
