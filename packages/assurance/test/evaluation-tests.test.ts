import { describe, expect, it } from "vitest";

import { evaluationAction, FactsIndex } from "../src/index.ts";
import type { Facts } from "../src/index.ts";
import { evaluation, evaluationException, evaluationPolicy, release } from "./world-evaluations.ts";
import { DAY, deployment, evidence, goodFacts, HOUR, NOW, resultOf, system } from "./world.ts";

const recorded = (id: string, daysAgo: bigint) => evidence("evaluation", id, NOW - daysAgo * DAY);

describe("T-A.6.2.4-1: mandatory suites passed before deployment", () => {
  const judge = (change: Partial<Facts>, now = NOW) => resultOf("T-A.6.2.4-1", goodFacts(change), now);

  it("passes when each passed on that digest before the release was deployed", () => {
    expect(judge({})).toMatchObject({
      verdict: "pass",
      reason: "The one release in production passed every mandatory suite before it was deployed.",
    });
  });

  it("fails for a release that was deployed without the evaluation, with one of another digest, or too late", () => {
    const late = evaluation("s1", { evidence: recorded("late", 20n) });
    const other = evaluation("s1", { digest: "sha256:other" });
    const live = evaluation("s1", { basis: "live_decisions" });
    for (const evaluations of [[], [late], [other], [live]]) {
      expect(judge({ evaluations })).toMatchObject({ verdict: "fail", nextStep: { action: "run_evaluation" } });
    }
  });

  it("is as good as the newest evaluation before deployment, on each data set", () => {
    const passed = evaluation("s1");
    const then = (verdict: "fail" | "insufficient", dataset = "holdout") =>
      evaluation("s1", { id: "newer", verdict, dataset, evidence: recorded("newer", 33n) });
    expect(judge({ evaluations: [passed, then("fail")] }).verdict).toBe("fail");
    expect(judge({ evaluations: [passed, then("insufficient")] }).verdict).toBe("insufficient");
    expect(judge({ evaluations: [passed, then("fail", "other")] }).verdict).toBe("fail");
  });

  it("counts no evaluation under looser thresholds than those in force", () => {
    const stricter = evaluationPolicy("s1", {
      id: "v2",
      version: "2",
      thresholds: [{ metric: "demographicParityRatio", direction: "at_least", limit: 0.9 }],
      evidence: evidence("evaluation_policy", "v2", NOW - 37n * DAY),
    });
    const evaluationPolicies = [evaluationPolicy("s1"), stricter];
    expect(judge({ evaluationPolicies }).verdict).toBe("fail");
    expect(judge({ evaluationPolicies, evaluations: [evaluation("s1", { policyId: "v2" })] }).verdict).toBe("pass");
  });

  it("is insufficient where nothing was mandatory, no release is recorded, or nothing is in operation", () => {
    const nothing = judge({ evaluationPolicies: [evaluationPolicy("s1", { requiredFor: ["minor"] })] });
    expect(nothing).toMatchObject({ verdict: "insufficient", nextStep: { action: "commit_evaluation_policy" } });
    const later = evaluationPolicy("s1", { evidence: evidence("evaluation_policy", "p", NOW - DAY) });
    expect(judge({ evaluationPolicies: [later] }).verdict, "committed after deployment").toBe("insufficient");
    expect(judge({ deployments: [] })).toMatchObject({
      verdict: "insufficient",
      nextStep: { action: "record_deployment" },
    });
    expect(judge({ deployments: [], systems: [system("s1", { lifecycle: "build" })] }).verdict).toBe("insufficient");
  });
});

describe("T-A.6.2.4-2: thresholds were committed first", () => {
  const judge = (change: Partial<Facts>) => resultOf("T-A.6.2.4-2", goodFacts(change));

  it("compares the ledger's time of the policy with the start of the run", () => {
    expect(judge({}).verdict).toBe("pass");
    const early = evaluation("s1", { startedAt: NOW - 51n * DAY });
    expect(judge({ evaluations: [early] })).toMatchObject({ verdict: "fail" });
    expect(judge({ evaluations: [evaluation("s1", { startedAt: null })] }).verdict).toBe("insufficient");
    expect(judge({ evaluations: [evaluation("s1", { policyId: null })] }).verdict).toBe("insufficient");
  });

  it("fails until the same suite ran again under committed thresholds", () => {
    const early = evaluation("s1", { startedAt: NOW - 51n * DAY });
    const again = evaluation("s1", { id: "again", startedAt: NOW - 2n * DAY, evidence: recorded("again", 1n) });
    expect(judge({ evaluations: [early, again] }).verdict).toBe("pass");
    expect(judge({ evaluations: [early, { ...again, dataset: "other" }] }).verdict).toBe("fail");
  });
});

describe("T-A.6.2.4-3: groups are treated alike, or the failure was acted upon", () => {
  const judge = (change: Partial<Facts>, now = NOW) => resultOf("T-A.6.2.4-3", goodFacts(change), now);
  const failed = evaluation("s1", { verdict: "fail" });

  it("rests on the three verdicts", () => {
    expect(judge({}).verdict).toBe("pass");
    expect(judge({ evaluations: [evaluation("s1", { verdict: "insufficient" })] }).verdict).toBe("insufficient");
    expect(judge({ evaluations: [failed] })).toMatchObject({
      verdict: "fail",
      nextStep: { action: "act_on_evaluation", subjectKind: "evaluation", subjectId: "evaluation-s1" },
    });
    expect(judge({ evaluations: [] }).verdict).toBe("insufficient");
    expect(judge({ evaluationPolicies: [] }).verdict).toBe("insufficient");
  });

  it("hears live decisions when they fail, and not when they are too few", () => {
    const live = evaluation("s1", {
      id: "live",
      basis: "live_decisions",
      verdict: "insufficient",
      dataset: "decisions",
      evidence: recorded("live", 1n),
    });
    expect(judge({ evaluations: [evaluation("s1"), live] }).verdict).toBe("pass");
    expect(judge({ evaluations: [evaluation("s1"), { ...live, verdict: "fail" }] }).verdict).toBe("fail");
  });

  it("keeps failing when the same release passes later: trying again until it passes is no remedy", () => {
    const again = evaluation("s1", { id: "again", evidence: recorded("again", 1n) });
    expect(judge({ evaluations: [failed, again] }).verdict).toBe("fail");
  });

  it("passes under an exception for as long as it lasts", () => {
    const accepted = (change = {}) =>
      judge({ evaluations: [failed], evaluationExceptions: [evaluationException("s1", change)] });
    expect(accepted()).toMatchObject({ verdict: "pass", validUntil: NOW + 20n * DAY });
    expect(accepted({ approverId: "ada" }).verdict, "approved by who asked").toBe("fail");
    expect(accepted({ approverHadAuthority: false }).verdict).toBe("fail");
    expect(accepted({ state: "requested" }).verdict).toBe("fail");
    expect(accepted({ until: NOW - DAY }).verdict, "over").toBe("fail");
    expect(accepted({ until: NOW + 300n * DAY }).verdict, "too long").toBe("fail");
    expect(accepted({ mitigation: " " }).verdict, "nothing is done meanwhile").toBe("fail");
  });

  const r0 = release("s1", { id: "s1-r0", version: "0.9", releasedAt: NOW - 60n * DAY });
  const r2 = release("s1", { id: "s1-r2", version: "2.0", releasedAt: NOW - 4n * DAY });
  const replaced = (releaseId: string) => [
    deployment("s1", { to: NOW - 2n * DAY }),
    deployment("s1", { id: "next", releaseId, from: NOW - 2n * DAY }),
  ];
  const passing = (releaseId: string, daysAgo: bigint, change = {}) =>
    evaluation("s1", { id: `of-${releaseId}`, releaseId, evidence: recorded(releaseId, daysAgo), ...change });
  const releases = [r0, release("s1"), r2];

  it("is mitigated by a newer release that passes, once the failing one runs no more", () => {
    const evaluations = [failed, passing("s1-r2", 3n)];
    expect(judge({ releases, evaluations, deployments: replaced("s1-r2") }).verdict).toBe("pass");
    expect(judge({ releases, evaluations }).verdict, "it still runs").toBe("fail");
    const looser = evaluationPolicy("s1", {
      id: "looser",
      thresholds: [{ metric: "demographicParityRatio", direction: "at_least", limit: 0.5 }],
    });
    const underLooser = {
      releases,
      evaluationPolicies: [evaluationPolicy("s1"), looser],
      evaluations: [failed, passing("s1-r2", 3n, { policyId: "looser" })],
      deployments: replaced("s1-r2"),
    };
    expect(judge(underLooser).verdict, "under looser thresholds").toBe("fail");
  });

  it("is settled by a rollback to a release that had passed", () => {
    const evaluations = [passing("s1-r0", 55n), failed];
    expect(judge({ releases, evaluations, deployments: replaced("s1-r0") }).verdict).toBe("pass");
    const never = judge({ releases, evaluations: [failed], deployments: replaced("s1-r0") });
    expect(never.verdict, "to one that never passed").toBe("fail");
  });

  it("says what was done about each failure, and when it was due", () => {
    const action = (change: Partial<Facts>, now = NOW) =>
      evaluationAction(failed, new FactsIndex(goodFacts({ releases, evaluations: [failed], ...change })), now);
    expect(evaluationAction(evaluation("s1"), new FactsIndex(goodFacts()), NOW)).toBeUndefined();
    // The clocks went back meanwhile: thirty days at the same time of day are an hour longer.
    expect(action({})).toMatchObject({ state: "overdue", due: NOW - 5n * DAY + HOUR });
    expect(action({}, NOW - 10n * DAY)).toMatchObject({ state: "open" });
    expect(action({ deployments: [] })).toMatchObject({ state: "withheld" });
    expect(action({ evaluationExceptions: [evaluationException("s1")] })).toMatchObject({ state: "excepted" });
    const mitigated = { evaluations: [failed, passing("s1-r2", 3n)], deployments: replaced("s1-r2") };
    expect(action(mitigated)).toMatchObject({ state: "mitigated", by: { id: "s1-r2" } });
    const back = { evaluations: [failed, passing("s1-r0", 55n)], deployments: replaced("s1-r0") };
    expect(action(back)).toMatchObject({ state: "rolled_back", by: { id: "next" } });
  });

  it("counts only what the policy counts as acted upon", () => {
    const strict = evaluationPolicy("s1", {
      actedUpon: { withinDays: 10, by: ["later-pass"], exceptionMaximumDays: 30 },
    });
    const given = { evaluationPolicies: [strict], evaluations: [failed] };
    expect(judge({ ...given, evaluationExceptions: [evaluationException("s1")] }).verdict).toBe("fail");
  });
});
