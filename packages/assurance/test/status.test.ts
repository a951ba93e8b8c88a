import { describe, expect, it } from "vitest";

import { decayEvaluation, decayStatus, evaluate, LIVE_TESTS, nextActions } from "../src/index.ts";
import type { ControlExceptionFact, Facts } from "../src/index.ts";
import {
  assignment,
  at,
  catalogue,
  changed,
  CONTROL_IDS,
  DAY,
  drill,
  emptyFacts,
  evidence,
  goodFacts,
  HOUR,
  ledgerCheck,
  logDays,
  NOW,
  resultOf,
  soaLine,
  statusOf,
  system,
  TODAY,
} from "./world.ts";

describe("the status of a requirement", () => {
  it("is evidenced when every test that applies passes, and says so", () => {
    expect(statusOf("5.3", goodFacts())).toMatchObject({
      status: "evidenced",
      sentence: "All 2 tests pass.",
      tests: [
        { testId: "T-5.3-1", verdict: "pass" },
        { testId: "T-5.3-2", verdict: "pass" },
      ],
      nextSteps: [],
      validUntil: null,
    });
    const logging = statusOf("A.6.2.8", goodFacts());
    expect(logging).toMatchObject({ status: "evidenced", sentence: "All 3 tests pass. 2 tests do not apply." });
    expect(logging.evidenceCount).toBeGreaterThan(3);
    expect(logging.validUntil).toBe(ledgerCheck().at + 26n * HOUR);
  });

  it("is the worst of its tests: failing before insufficient before stale", () => {
    const silent = { logDays: logDays("s1", TODAY - 30, TODAY - 3) };
    const undrilled = { drills: [] };
    const tampered = { ledgerChecks: [ledgerCheck({ ok: false })] };
    expect(statusOf("A.6.2.8", goodFacts(silent))).toMatchObject({
      status: "stale",
      sentence: expect.stringMatching(/^1 of 3 tests rests on evidence that is too old\. /) as string,
    });
    expect(statusOf("A.6.2.8", goodFacts({ ...silent, ...undrilled }))).toMatchObject({
      status: "insufficient",
      sentence: expect.stringMatching(
        /^1 of 3 tests has not enough evidence\. .* has had no reconstruction drill/,
      ) as string,
    });
    expect(statusOf("A.6.2.8", goodFacts({ ...silent, ...undrilled, ...tampered }))).toMatchObject({
      status: "failing",
      sentence: expect.stringMatching(/^1 of 3 tests fails\. .*does not verify/) as string,
      nextSteps: [{ action: "report_served" }, { action: "repair_ledger" }, { action: "run_drill" }],
    });
  });

  it("walks the journey of a new system: insufficient, evidenced, stale when the traffic stops, evidenced as of before", () => {
    const start = at("2026-11-24T09:00:00Z");
    const silent = goodFacts({ recordedAt: start, logDays: [], drills: [] });
    expect(statusOf("A.6.2.8", silent, start).status).toBe("insufficient");
    const running = goodFacts();
    expect(statusOf("A.6.2.8", running).status).toBe("evidenced");
    const later = NOW + 3n * DAY;
    expect(statusOf("A.6.2.8", running, later).status).toBe("stale");
    expect(statusOf("A.6.2.8", running, NOW + HOUR).status).toBe("evidenced");
  });
});

describe("the statement of applicability", () => {
  const excluded = (change: Parameters<typeof soaLine>[1]): Facts =>
    goodFacts({
      drills: [],
      soaLines: CONTROL_IDS.map((id) =>
        id === "iso42001:A.6.2.8" ? soaLine(id, { applicable: false, ...change }) : soaLine(id),
      ),
    });

  it("takes a control out with a reason, and only then", () => {
    expect(statusOf("A.6.2.8", excluded({ reason: "We run nothing." }))).toMatchObject({
      status: "not_applicable",
      sentence: "Declared not applicable: We run nothing.",
      statusOfTests: "insufficient",
      validUntil: null,
    });
    expect(statusOf("A.6.2.8", excluded({ reason: " " })).status).toBe("insufficient");
    expect(statusOf("A.6.2.8", excluded({ applicable: null })).status).toBe("insufficient");
  });

  it("does not take it out with two lines that disagree", () => {
    const facts = excluded({ reason: "We run nothing." });
    const soaLines = [...(facts.soaLines ?? []), soaLine("iso42001:A.6.2.8", { id: "second" })];
    expect(statusOf("A.6.2.8", { ...facts, soaLines }).status).toBe("insufficient");
  });
});

describe("an exception", () => {
  const exception = (change: Partial<ControlExceptionFact> = {}): ControlExceptionFact => ({
    id: "x1",
    controlId: "iso42001:A.6.2.8",
    requesterId: "ben",
    approverId: "ada",
    approverHadAuthority: true,
    reason: "The new log store arrives in spring.",
    state: "approved",
    from: NOW - DAY,
    until: at("2026-12-31T23:00:00Z"),
    evidence: evidence("exception", "x1"),
    ...change,
  });
  const status = (change: Partial<ControlExceptionFact>, facts: Partial<Facts> = { drills: [] }, now = NOW) =>
    statusOf("A.6.2.8", goodFacts({ ...facts, controlExceptions: [exception(change)] }), now);

  it("covers a control until it ends by itself, and shows what it covers", () => {
    const until = exception().until;
    expect(status({})).toMatchObject({ status: "excepted", statusOfTests: "insufficient", exceptionId: "x1" });
    expect(status({}).sentence).toMatch(/^Excepted until 2026-12-31\. Without the exception: 1 of 3 tests has not/);
    expect(status({}, { drills: [] }, until - 1n).status).toBe("excepted");
    expect(status({}, { drills: [] }, until).status).not.toBe("excepted");
    expect(status({ from: NOW + DAY })).toMatchObject({
      status: "insufficient",
      validUntil: ledgerCheck().at + 26n * HOUR,
    });
    expect(status({ from: NOW + HOUR }).validUntil).toBe(NOW + HOUR);
  });

  it("does not cover what needs none", () => {
    expect(status({}, {})).toMatchObject({ status: "evidenced", exceptionId: null });
  });

  it.each([
    ["not approved", { state: "requested" }],
    ["revoked", { state: "revoked" }],
    ["approved by nobody", { approverId: null }],
    ["approved by the one who asked", { approverId: "ben" }],
    ["approved without authority", { approverHadAuthority: false }],
    ["longer than the maximum term", { until: NOW + 400n * DAY }],
    ["for another control", { controlId: "iso42001:A.7.2" }],
  ] satisfies [string, Partial<ControlExceptionFact>][])("counts for nothing when %s", (_, change) => {
    expect(status(change).status).toBe("insufficient");
  });

  it("never covers a clause", () => {
    const controlExceptions = [exception({ controlId: "iso42001:5.3" })];
    expect(statusOf("5.3", goodFacts({ persons: [], controlExceptions })).status).toBe("failing");
  });
});

describe("tests without a source", () => {
  it("are insufficient and name what is missing", () => {
    expect(resultOf("T-7.2-1", goodFacts())).toMatchObject({
      verdict: "insufficient",
      missingSources: ["learning system"],
      reason: "Steward has no source yet for: learning system.",
      nextStep: null,
    });
    const pending = evaluate(catalogue, goodFacts(), NOW).tests.filter(
      ({ testId }) => !LIVE_TESTS.has(testId) && !testId.startsWith("T-AG-"),
    );
    const live = [...LIVE_TESTS].filter((testId) => !testId.startsWith("T-AG-"));
    expect(pending).toHaveLength(143 - live.length - 13);
    for (const { testId, verdict, missingSources } of pending) {
      expect(verdict, testId).toBe("insufficient");
      expect(missingSources.length, testId).toBeGreaterThan(0);
    }
  });

  it("read the others' results where that is what they are about, after those are known", () => {
    const lines = CONTROL_IDS.map((id) =>
      soaLine(id, id.endsWith("6.2.8") || id.endsWith("A.7.2") ? { implementationState: "fully" } : {}),
    );
    const facts = goodFacts({ soaLines: lines });
    expect(resultOf("T-8.1-2", facts).reason).toMatch(
      /^1 of 2 controls said to be fully in place has a passing test now\./,
    );
    expect(resultOf("T-10.2-3", facts).reason).toMatch(/^No automated test fails now\./);
    expect(resultOf("T-10.2-3", changed(facts, { persons: [] })).reason).toMatch(/^3 automated tests fail now\./);
  });
});

describe("tests of agents", () => {
  const judge = (...systems: ReturnType<typeof system>[]) => resultOf("T-AG-03", goodFacts({ systems }));

  it("do not apply once every system in scope is known not to act by itself", () => {
    expect(judge(system("s1"), system("s2"))).toMatchObject({ verdict: "not_applicable" });
    expect(judge(system("s1"), system("s2", { inScope: false, agentic: true })).verdict).toBe("not_applicable");
    expect(judge(system("s1"), system("s2", { lifecycle: "retired", agentic: true })).verdict).toBe("not_applicable");
  });

  it("are insufficient while that is not decided, for a system that is or may be in scope", () => {
    const result = judge(system("s1"), system("s2", { inScope: null, agentic: null }));
    expect(result).toMatchObject({
      verdict: "insufficient",
      reason: "Nobody has decided whether these act by themselves: System s2.",
      nextStep: { action: "decide_agentic", subjectId: "s2" },
    });
    expect(judge(system("s1"), system("s2", { inScope: null, agentic: true })).verdict).toBe("insufficient");
  });

  it("are insufficient where agents are in scope, and name the sources that are missing", () => {
    expect(judge(system("s1", { agentic: true }))).toMatchObject({
      verdict: "insufficient",
      missingSources: ["agent gateway", "context manifests"],
    });
  });

  it("are insufficient while nothing is in scope", () => {
    expect(resultOf("T-AG-03", emptyFacts()).verdict).toBe("insufficient");
    expect(judge(system("s1", { inScope: false })).verdict).toBe("insufficient");
  });
});

describe("decay", () => {
  it("turns a stored evidenced status stale at its moment, and leaves a failing one failing", () => {
    const stored = statusOf("A.6.2.8", goodFacts());
    const until = stored.validUntil ?? 0n;
    expect(decayStatus(stored, until - 1n)).toBe(stored);
    expect(decayStatus(stored, until)).toMatchObject({ status: "stale", statusOfTests: "stale" });
    const failing = statusOf("A.6.2.8", goodFacts({ drills: [drill("s1", { reconstructed: 1 })] }));
    expect(decayStatus(failing, until + 100n * DAY).status).toBe("failing");
  });

  it("carries through a whole evaluation", () => {
    const stored = evaluate(catalogue, goodFacts(), NOW);
    expect(decayEvaluation(stored, NOW)).toBe(stored);
    const later = decayEvaluation(stored, (stored.validUntil ?? 0n) + 40n * DAY);
    const logging = later.requirements.find(({ requirementId }) => requirementId === "iso42001:A.6.2.8");
    expect(logging?.status).toBe("stale");
    expect(logging?.tests[0]).toEqual({ testId: "T-A.6.2.8-1", verdict: "stale" });
    expect(later.validUntil).toBeNull();
  });
});

describe("next actions", () => {
  it("put first what unlocks the most requirements", () => {
    const [first] = nextActions(evaluate(catalogue, emptyFacts(), NOW));
    expect(first).toMatchObject({ action: "register_system", subjectId: null });
    expect(first?.unlocks.length).toBeGreaterThan(10);
    const line = nextActions(evaluate(catalogue, emptyFacts(), NOW)).find(({ action }) => action === "write_soa_line");
    expect(line, "6.1.3 waits for more than this line").toMatchObject({ onlyStepOf: [], unlocks: ["iso42001:6.1.3"] });
  });

  it("prefer the step that a requirement waits for alone", () => {
    const facts = goodFacts();
    const roleAssignments = (facts.roleAssignments ?? []).filter(({ role }) => role !== "aims_conformity");
    const [first, second] = nextActions(evaluate(catalogue, { ...facts, roleAssignments, drills: [] }, NOW));
    expect([first?.onlyStepOf, second?.onlyStepOf]).toEqual([["iso42001:5.3"], ["iso42001:A.6.2.8"]]);
    expect(first).toMatchObject({ action: "assign_aims_conformity", testIds: ["T-5.3-1"], unlocks: ["iso42001:5.3"] });
  });

  it("prefer among the others the step that alone ends a failing status", () => {
    // Two lines of the statement are missing: neither alone ends anything.
    const facts = goodFacts({ soaLines: goodFacts().soaLines?.slice(2) ?? [], useEnvelopes: [] });
    const actions = nextActions(evaluate(catalogue, facts, NOW));
    const clearing = actions.filter(({ onlyStepOf, clears }) => onlyStepOf.length === 0 && clears.length > 0);
    expect(clearing.map(({ action, clears }) => [action, clears])).toContainEqual(["describe_use", ["iso42001:A.9.4"]]);
    const rest = actions.filter(({ onlyStepOf }) => onlyStepOf.length === 0);
    expect(rest.slice(0, clearing.length)).toEqual(clearing);
    expect(rest.length).toBeGreaterThan(clearing.length);
  });

  it("name a step once, with every test it serves", () => {
    const facts = goodFacts({ systems: [system("s1", { ownerId: null })] });
    const owner = nextActions(evaluate(catalogue, facts, NOW)).filter(({ action }) => action === "set_owner");
    expect(owner).toHaveLength(1);
    expect(owner[0]?.testIds).toEqual(["T-5.3-2", "T-A.3.2-1"]);
    // A.3.2 also waits for a test without a source, so this step alone does not settle it.
    expect(owner[0]).toMatchObject({ unlocks: ["iso42001:5.3", "iso42001:A.3.2"], onlyStepOf: ["iso42001:5.3"] });
  });

  it("are none where nothing can be done", () => {
    const held = assignment("top_management", null);
    const facts = goodFacts({ roleAssignments: [...(goodFacts().roleAssignments ?? []), held] });
    expect(nextActions(evaluate(catalogue, facts, NOW))).toEqual([]);
  });
});
