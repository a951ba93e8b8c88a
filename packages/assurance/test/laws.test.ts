/** The laws of the status function, over generated organisations. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decay, decayEvaluation, evaluate, evidenceKey, LIVE_TESTS, STATUSES } from "../src/index.ts";
import type { Evaluation, EvidenceRef, Facts, FactSection, Status, Verdict } from "../src/index.ts";
import { evaluation } from "./world-evaluations.ts";
import {
  alert,
  catalogue,
  changed,
  DAY,
  drill,
  contextItem,
  emptyFacts,
  evidence,
  HOUR,
  ledgerCheck,
  logDay,
  modelChange,
  monitor,
  monitorRun,
  NOW,
  soaLine,
  system,
  TODAY,
} from "./world.ts";
import { found, observation, scan, vulnerability } from "./world-inventory.ts";
import { withGoodSystem, worlds } from "./worlds.ts";

const judge = (facts: Facts, now = NOW) => evaluate(catalogue, facts, now);

/** How good an answer is; not_applicable is no degree of goodness. */
const GOODNESS: Record<Exclude<Status | Verdict, "not_applicable">, number> = {
  failing: 0,
  fail: 0,
  insufficient: 1,
  stale: 2,
  excepted: 3,
  evidenced: 4,
  pass: 4,
};

/** Requirements and tests that answer better in the second evaluation than in the first. */
function improved(before: Evaluation, after: Evaluation): string[] {
  const answers = ({ requirements, tests }: Evaluation) => [
    ...requirements.map(({ requirementId, status }) => [requirementId, status] as const),
    ...tests.map(({ testId, verdict }) => [testId, verdict] as const),
  ];
  const later = new Map(answers(after));
  return answers(before).flatMap(([id, was]) => {
    const is = later.get(id);
    if (is === undefined || was === "not_applicable" || is === "not_applicable") return [];
    return GOODNESS[is] > GOODNESS[was] ? [`${id}: ${was} to ${is}`] : [];
  });
}

/** Parts of the facts that are proof of something, not the things it is proof about. */
const PROOF = [
  "roleAssignments",
  "soaLines",
  "logDays",
  "ledgerChecks",
  "drills",
  "monitors",
  "monitorRuns",
  "alerts",
  "agentRuns",
  "contextSources",
  "evaluations",
  "evaluationExceptions",
  "scans",
  "looks",
  "dispositions",
  "useApprovals",
  "vulnerabilityFeeds",
  "useEnvelopes",
  "useDeviations",
  "uses",
  "modelChanges",
] as const satisfies FactSection[];

function citedBy(evaluation: Evaluation) {
  const cited = new Set(evaluation.tests.flatMap(({ evidence }) => evidence.map(evidenceKey)));
  const against = new Set(
    evaluation.tests.flatMap(({ exceptions }) => exceptions.flatMap(({ evidence }) => evidence.map(evidenceKey))),
  );
  return (evidence: EvidenceRef) => cited.has(evidenceKey(evidence)) && !against.has(evidenceKey(evidence));
}

function without(facts: Facts, section: (typeof PROOF)[number], evidence: EvidenceRef): Facts {
  const list: readonly { readonly evidence: EvidenceRef }[] = facts[section] ?? [];
  return changed(facts, { [section]: list.filter((fact) => evidenceKey(fact.evidence) !== evidenceKey(evidence)) });
}

/** Failing items; a system may be in order for one test while it fails others. */
const ADDITIONS: readonly { add: (facts: Facts) => Partial<Facts>; inOrderFor?: string[] }[] = [
  {
    add: ({ systems = [] }) => ({
      systems: [...systems, system("bad", { aiRoles: [], ownerId: null, agentic: null })],
    }),
    inOrderFor: ["T-4.3-2"],
  },
  { add: ({ systems = [] }) => ({ systems: [...systems, system("bad", { inScope: null, ownerId: null })] }) },
  { add: ({ ledgerChecks = [] }) => ({ ledgerChecks: [...ledgerChecks, ledgerCheck({ id: "bad", ok: false })] }) },
  { add: ({ drills = [] }) => ({ drills: [...drills, drill("s1", { id: "bad", at: NOW, reconstructed: 3 })] }) },
  {
    add: ({ logDays = [] }) => ({ logDays: [...logDays, logDay("s1", TODAY - 40, { loggedInServedHours: 5 })] }),
    // Its clock was right.
    inOrderFor: ["T-A.6.2.8-2"],
  },
  {
    add: ({ monitors = [], monitorRuns = [] }) => ({
      monitors: [...monitors, monitor("s1", "drift", { id: "bad" })],
      monitorRuns: [...monitorRuns, monitorRun("bad", { at: NOW - 3n * DAY })],
    }),
    // It once proved that alerts would have been opened.
    inOrderFor: ["T-A.6.2.6-2", "T-A.6.2.6-3"],
  },
  {
    add: ({ alerts = [] }) => ({
      alerts: [...alerts, alert("s1", "drift", { id: "bad", acknowledgedAt: null, action: null, actedAt: null })],
    }),
  },
  {
    add: ({ alerts = [] }) => ({
      alerts: [...alerts, alert("s1", "misuse", { id: "bad", top: true, explained: false, closed: false })],
    }),
    // It was acknowledged in time.
    inOrderFor: ["T-A.6.2.6-2"],
  },
  {
    add: ({ evaluations = [] }) => ({
      evaluations: [
        ...evaluations,
        evaluation("s1", { id: "bad", verdict: "fail", evidence: evidence("evaluation", "bad", NOW) }),
      ],
    }),
    // Its thresholds were committed before it began.
    inOrderFor: ["T-A.6.2.4-2"],
  },
  {
    add: ({ scans = [] }) => ({
      scans: [...scans, scan(null, { id: "bad", source: "shadow", at: NOW, components: [found("cohere")] })],
    }),
  },
  {
    add: ({ scans = [] }) => ({
      scans: [...scans, scan("s1", { id: "bad", source: "more", at: NOW, components: [found("cohere")] })],
    }),
    // It shows that code is watched.
    inOrderFor: ["T-4.3-1", "iso42001:4.3"],
  },
  { add: ({ observations = [] }) => ({ observations: [...observations, observation(null, { id: "bad" })] }) },
  { add: ({ vulnerabilities = [] }) => ({ vulnerabilities: [...vulnerabilities, vulnerability("scikit-learn")] }) },
  {
    add: ({ modelChanges = [] }) => ({
      modelChanges: [...modelChanges, modelChange("s1", { id: "bad", knownAt: NOW - 20n * DAY, reviewedAt: null })],
    }),
  },
  {
    add: ({ contextItems = [] }) => ({
      contextItems: [...contextItems, contextItem("s1", { source: "leaflet", label: "unknown" })],
    }),
  },
  { add: ({ soaLines = [] }) => ({ soaLines: [...soaLines, soaLine("iso42001:A.2.2", { id: "again" })] }) },
  { add: ({ soaLines = [] }) => ({ soaLines: [...soaLines, soaLine("iso42001:A.99.9")] }) },
];

describe("laws", () => {
  it("removing passing evidence never improves a status", () => {
    fc.assert(
      fc.property(worlds, fc.nat(), (facts, pick) => {
        const before = judge(facts);
        const isPassing = citedBy(before);
        const proof = PROOF.flatMap((section) =>
          (facts[section] ?? []).map(({ evidence }) => ({ section, evidence })),
        ).filter(({ evidence }) => isPassing(evidence));
        const taken = proof[pick % Math.max(1, proof.length)];
        fc.pre(taken !== undefined);
        expect(improved(before, judge(without(facts, taken.section, taken.evidence)))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("ageing passing evidence never improves a status", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 80 }), (facts, hours) => {
        const older = <T extends { at: bigint }>(fact: T, passes: boolean): T =>
          passes ? { ...fact, at: fact.at - BigInt(hours) * HOUR } : fact;
        const aged = changed(facts, {
          ledgerChecks: (facts.ledgerChecks ?? []).map((check) => older(check, check.ok)),
          drills: (facts.drills ?? []).map((run) => older(run, run.reconstructed === run.sampled)),
          monitorRuns: (facts.monitorRuns ?? []).map((run) => older(run, run.judgement !== "insufficient")),
          scans: (facts.scans ?? []).map((scanned) => older(scanned, true)),
          looks: (facts.looks ?? []).map((seen) => older(seen, true)),
          vulnerabilityFeeds: (facts.vulnerabilityFeeds ?? []).map((imported) => older(imported, true)),
        });
        expect(improved(judge(facts), judge(aged))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("adding a failing item never improves a status", () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(...ADDITIONS), (facts, { add, inOrderFor = [] }) => {
        const addition = add(facts);
        // The first item of a section that had no source also brings the source: that alone may improve an answer.
        fc.pre(Object.keys(addition).every((section) => section in facts));
        const better = improved(judge(facts), judge(changed(facts, addition)));
        expect(better.filter((change) => !inOrderFor.some((test) => change.startsWith(`${test}:`)))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("adding a passing result for another item never hides a failing one", () => {
    fc.assert(
      fc.property(worlds, (facts) => {
        const before = judge(facts);
        const after = judge(withGoodSystem(facts, "another"));
        for (const [index, test] of before.tests.entries()) {
          const later = after.tests[index];
          if (test.verdict !== "fail") continue;
          expect(later?.verdict, test.testId).toBe("fail");
          const listed = new Set(later?.exceptions.map(({ subject, message }) => `${subject.id} ${message}`));
          for (const { subject, message } of test.exceptions.filter(({ verdict }) => verdict === "fail")) {
            expect(listed, test.testId).toContain(`${subject.id} ${message}`);
          }
        }
        for (const [index, { status }] of before.requirements.entries()) {
          if (status === "failing") expect(after.requirements[index]?.status).toBe("failing");
        }
      }),
      { numRuns: 200 },
    );
  });

  it("the same facts give the same answer, in whatever order they come", () => {
    fc.assert(
      fc.property(worlds, fc.infiniteStream(fc.nat()), (facts, random) => {
        const shuffled = Object.fromEntries(
          Object.entries(facts).map(([section, value]: [string, unknown]) => [
            section,
            Array.isArray(value) ? shuffle(value, random) : value,
          ]),
        ) as unknown as Facts;
        expect(judge(shuffled)).toEqual(judge(facts));
      }),
      { numRuns: 150 },
    );
  });

  it("every test has one result and every requirement one status; clauses are never excepted or not applicable", () => {
    fc.assert(
      fc.property(worlds, fc.subarray([...PROOF, "systems", "persons", "deployments"] as const), (facts, absent) => {
        const present = { ...facts } as Partial<Record<keyof Facts, unknown>>;
        for (const section of absent) delete present[section];
        const { tests, requirements } = judge(present as Facts);
        expect(tests.map(({ testId }) => testId)).toEqual(catalogue.tests.map(({ id }) => id));
        expect(requirements.map(({ requirementId }) => requirementId)).toEqual(
          catalogue.requirements.map(({ id }) => id),
        );
        for (const [index, { status, sentence }] of requirements.entries()) {
          expect(STATUSES).toContain(status);
          expect(sentence).toMatch(/^\S.*\S$/);
          if (catalogue.requirements[index]?.kind === "clause") {
            expect(["excepted", "not_applicable"]).not.toContain(status);
          }
        }
        for (const test of tests) {
          expect(test.reason).toMatch(/^\S.*\.$/);
          if (test.verdict === "pass") expect(test.evidence.length, test.testId).toBeGreaterThan(0);
          if (!LIVE_TESTS.has(test.testId)) expect(["insufficient", "not_applicable"]).toContain(test.verdict);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("nothing changes before validUntil", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 400 * 24 }), (facts, hours) => {
        const now = judge(facts);
        const moments = new Set([...now.tests, ...now.requirements].map(({ validUntil }) => validUntil));
        for (const until of moments) {
          const moment = until === null ? NOW + BigInt(hours) * HOUR : until - 1n;
          const then = judge(facts, moment);
          for (const [index, { testId, verdict, validUntil }] of now.tests.entries()) {
            if (validUntil === null || validUntil > moment) expect(then.tests[index]?.verdict, testId).toBe(verdict);
          }
          for (const [index, { requirementId, status, validUntil }] of now.requirements.entries()) {
            if (validUntil === null || validUntil > moment) {
              expect(then.requirements[index]?.status, requirementId).toBe(status);
            }
          }
        }
        if (now.validUntil !== null) expect(now.validUntil).toBeGreaterThan(NOW);
      }),
      { numRuns: 120 },
    );
  });

  it("a stored answer that is read later never claims more than the facts still show", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 0, max: 24 * 100 }), (facts, hours) => {
        const moment = NOW + BigInt(hours) * HOUR;
        const stored = decayEvaluation(judge(facts), moment);
        const true_ = judge(facts, moment);
        for (const [index, { testId, verdict }] of stored.tests.entries()) {
          if (verdict === "pass") expect(true_.tests[index]?.verdict, testId).toBe("pass");
        }
        for (const [index, { requirementId, status }] of stored.requirements.entries()) {
          if (status === "evidenced" || status === "excepted") {
            expect(true_.requirements[index]?.status, requirementId).toBe(status);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("a result that decays is stale from validUntil on, and not before", () => {
    fc.assert(
      fc.property(worlds, (facts) => {
        for (const result of judge(facts).tests) {
          const { verdict, validUntil } = result;
          if (validUntil === null) expect(decay(result, NOW + 10_000n * DAY)).toBe(result);
          else {
            expect(decay(result, validUntil - 1n)).toBe(result);
            expect(decay(result, validUntil).verdict).toBe(verdict === "pass" ? "stale" : verdict);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it("an empty organisation is nowhere evidenced, at any time", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: NOW * 2n }), (now) => {
        const { requirements } = judge(emptyFacts(), now);
        for (const { status } of requirements) expect(["failing", "insufficient"]).toContain(status);
      }),
      { numRuns: 20 },
    );
  });

  it("are tried on organisations that reach every verdict of every live test", () => {
    const seen = new Map<string, Set<Verdict>>();
    for (const facts of fc.sample(worlds, { numRuns: 400, seed: 42_001 })) {
      for (const { testId, verdict } of judge(facts).tests) {
        if (LIVE_TESTS.has(testId)) seen.set(testId, (seen.get(testId) ?? new Set()).add(verdict));
      }
    }
    for (const testId of LIVE_TESTS) {
      const rotsAway =
        testId.startsWith("T-A.6.2.8") ||
        ["T-AG-01", "T-AG-02", "T-A.10.3-3", "T-A.6.2.6-2", "T-A.9.4-1"].includes(testId);
      const always = ["pass", "fail", ...(rotsAway ? ["stale", "insufficient"] : [])];
      expect([...(seen.get(testId) ?? [])], testId).toEqual(expect.arrayContaining(always));
    }
  });
});

function shuffle<T>(list: readonly T[], random: fc.Stream<number>): T[] {
  const keys = [...random.take(list.length)];
  return list
    .map((item, index) => [keys[index] ?? 0, item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}
