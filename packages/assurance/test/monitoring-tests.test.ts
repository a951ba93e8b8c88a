import { WEEKDAYS } from "@steward/kernel";
import { describe, expect, it } from "vitest";

import type { AlertFact, ContextItemFact, Facts, MonitorFact, MonitorRunFact } from "../src/index.ts";
import { MONITOR_KINDS } from "../src/index.ts";
import {
  agentRuns,
  alert,
  at,
  changed,
  contextItem,
  contextSource,
  DAY,
  goodFacts,
  HOUR,
  modelChange,
  modelUse,
  monitor,
  monitorRun,
  NOW,
  ORGANISATION,
  resultOf,
  system,
} from "./world.ts";

const world = (change: Partial<Facts>) => goodFacts(change);

describe("T-A.6.2.6-1: live monitors", () => {
  const monitors = MONITOR_KINDS.map((kind) => monitor("s1", kind));
  const runs = monitors.map(({ id }) => monitorRun(id));
  const judge = (change: { monitors?: MonitorFact[]; monitorRuns?: MonitorRunFact[] }, now = NOW) =>
    resultOf("T-A.6.2.6-1", world(change), now);

  it("passes with one of each kind, until the first falls silent", () => {
    const result = judge({});
    expect(result).toMatchObject({ verdict: "pass", validUntil: NOW - 5n * HOUR + 24n * HOUR });
    const silent = judge({}, result.validUntil as bigint);
    expect(silent).toMatchObject({ verdict: "fail", nextStep: { action: "feed_monitor" } });
    expect(silent.reason).toContain("silent for longer than its heartbeat of 24 hours");
  });

  it("fails where a kind is missing or paused, whatever else is watched", () => {
    for (const without of [
      monitors.slice(1),
      monitors.map((one, i) => (i === 0 ? changed(one, { active: false }) : one)),
    ]) {
      const result = judge({ monitors: without });
      expect(result).toMatchObject({ verdict: "fail", nextStep: { action: "add_monitor", subjectId: "s1" } });
      expect(result.reason).toContain("no active monitor of service health");
    }
  });

  it("fails for one silent monitor beside a live one of its kind", () => {
    const second = monitor("s1", "drift", { id: "second", heartbeatHours: 2 });
    const result = judge({ monitors: [...monitors, second], monitorRuns: [...runs, monitorRun("second")] });
    expect(result.verdict).toBe("fail");
  });

  it("is insufficient where a monitor never ran or sees too few cases", () => {
    expect(judge({ monitorRuns: runs.slice(1) })).toMatchObject({ verdict: "insufficient" });
    const blind = runs.map((run, i) => (i === 0 ? changed(run, { judgement: "insufficient" }) : run));
    expect(judge({ monitorRuns: blind }).reason).toContain("sees too few cases to tell");
  });

  it("counts a monitor that is beyond its limit as live", () => {
    const beyond = runs.map((run) => changed(run, { judgement: "beyond" }));
    expect(judge({ monitorRuns: beyond }).verdict).toBe("pass");
  });
});

describe("T-A.6.2.6-2: alerts acknowledged", () => {
  const judge = (alerts: AlertFact[], now = NOW) => resultOf("T-A.6.2.6-2", world({ alerts }), now);
  const many = (n: number, change: Partial<AlertFact>, days = 9) =>
    Array.from({ length: n }, (_, i) =>
      alert("s1", "health", { id: `a-${days}-${i}`, openedAt: NOW - BigInt(days) * DAY, ...change }),
    );
  const late = { acknowledgedAt: NOW };

  it("passes without an alert only while a monitor is alive", () => {
    const result = judge([]);
    expect(result.verdict).toBe("pass");
    expect(judge([], result.validUntil as bigint).verdict).toBe("stale");
    expect(resultOf("T-A.6.2.6-2", world({ alerts: [], monitorRuns: [] })).verdict).toBe("insufficient");
  });

  it("wants 95 % acknowledged in time", () => {
    expect(judge([...many(19, {}), ...many(1, late, 8)]).verdict).toBe("pass");
    const result = judge([...many(18, {}), ...many(1, late, 8)]);
    expect(result).toMatchObject({ verdict: "fail" });
    expect(result.reason).toContain("18 of 19 alerts (94.73 %) acknowledged in time; at least 95 % are wanted");
  });

  it("does not forget a miss by waiting, but by twenty newer alerts", () => {
    const old = alert("s1", "health", { id: "old", openedAt: NOW - 500n * DAY, acknowledgedAt: null });
    expect(judge([old]).verdict).toBe("fail");
    expect(judge([old, ...many(18, {})]).verdict).toBe("fail");
    expect(judge([old, ...many(20, {})]).verdict).toBe("pass");
  });

  it("counts an open alert once its time is over", () => {
    const open = alert("s1", "health", {
      id: "open",
      openedAt: NOW - HOUR,
      acknowledgedAt: null,
      action: null,
      actedAt: null,
    });
    const result = judge([open]);
    expect(result).toMatchObject({ verdict: "pass", validUntil: NOW + 19n * HOUR });
    expect(judge([open], open.acknowledgeBy).verdict).toBe("fail");
  });

  it("wants cause and fix of top-severity alerts", () => {
    const top = alert("s1", "misuse", { id: "top", top: true, explained: false, closed: false });
    expect(judge([top])).toMatchObject({ verdict: "fail", nextStep: { action: "handle_alert" } });
    expect(judge([changed(top, { explained: true })]).verdict).toBe("pass");
    expect(judge([changed(top, { actBy: NOW + DAY })]).verdict).toBe("pass");
  });
});

describe("T-A.6.2.6-3: drift handled", () => {
  const judge = (change: Partial<AlertFact>) =>
    resultOf("T-A.6.2.6-3", world({ alerts: [alert("s1", "drift", change)] }));

  it("wants an action of the four within the deadline", () => {
    for (const action of ["retrain", "roll_back", "restrict", "accept"] as const) {
      expect(judge({ action }).verdict).toBe("pass");
    }
    expect(judge({ action: "fix" }).verdict).toBe("fail");
    expect(judge({ action: null, actedAt: null }).reason).toContain("has led to no action in time");
    expect(judge({ action: null, actedAt: null, actBy: NOW + HOUR })).toMatchObject({ verdict: "pass" });
  });

  it("holds a late action against the system until it is explained and closed", () => {
    const late = { actedAt: NOW - HOUR };
    expect(judge({ ...late, closed: false }).verdict).toBe("fail");
    expect(judge({ ...late, explained: false }).verdict).toBe("fail");
    expect(judge(late).verdict).toBe("pass");
  });

  it("shows nothing without a live monitor of drift", () => {
    const runs = MONITOR_KINDS.filter((kind) => kind !== "drift").map((kind) => monitorRun(`monitor-${kind}-s1`));
    expect(resultOf("T-A.6.2.6-3", world({ monitorRuns: runs, alerts: [] })).verdict).toBe("insufficient");
  });
});

describe("T-AG-01: manifests of runs", () => {
  const judge = (complete: number | null, change: Partial<Facts> = {}, now = NOW) =>
    resultOf(
      "T-AG-01",
      world({
        systems: [system("s1", { agentic: true })],
        agentRuns: complete === null ? [] : [agentRuns("s1", { complete })],
        ...change,
      }),
      now,
    );

  it("wants 99 % complete, and new runs within thirty days", () => {
    expect(judge(1000).verdict).toBe("pass");
    expect(judge(990).verdict).toBe("pass");
    expect(judge(989)).toMatchObject({ verdict: "fail", nextStep: { action: "send_manifests" } });
    expect(judge(null).verdict).toBe("insufficient");
    expect(judge(1000, {}, NOW + 31n * DAY).verdict).toBe("stale");
    expect(judge(989, {}, NOW + 31n * DAY).verdict).toBe("fail");
  });

  it("does not apply where no agent is in scope", () => {
    expect(judge(1000, { systems: [system("s1")] }).verdict).toBe("not_applicable");
    expect(judge(1000, { systems: [system("s1", { agentic: null })] }).verdict).toBe("insufficient");
    const built = system("s1", { agentic: true, lifecycle: "build" });
    expect(judge(1000, { systems: [built], deployments: [] }).reason).toContain("No agent in scope is in operation");
  });
});

describe("T-AG-02: sources of context", () => {
  const agent = (change: Partial<Facts> = {}, now = NOW) =>
    resultOf("T-AG-02", world({ systems: [system("s1", { agentic: true })], ...change }), now);
  const items = (...changes: Partial<ContextItemFact>[]) => ({
    contextItems: changes.map((change) => contextItem("s1", change)),
  });

  it("passes while all context comes from registered sources of known trust, and runs are seen", () => {
    expect(agent()).toMatchObject({ verdict: "pass", validUntil: NOW - 3n * HOUR + 30n * DAY });
    expect(agent({}, NOW + 31n * DAY).verdict).toBe("stale");
    expect(agent({ agentRuns: [] }).verdict).toBe("insufficient");
  });

  it("shows nothing where no manifest is complete and none names an item", () => {
    expect(agent({ contextItems: [], agentRuns: [agentRuns("s1", { complete: 0 })] })).toMatchObject({
      verdict: "insufficient",
      nextStep: { action: "send_manifests" },
    });
    // A complete manifest may say that there was no context.
    expect(agent({ contextItems: [] }).verdict).toBe("pass");
  });

  it("gives seven days to register a source", () => {
    const fresh = items({ source: "web", firstAt: NOW - 7n * DAY + 1n });
    expect(agent(fresh)).toMatchObject({ verdict: "pass", validUntil: NOW + 1n });
    const late = items({ source: "web", firstAt: NOW - 7n * DAY });
    expect(agent(late)).toMatchObject({
      verdict: "fail",
      reason: expect.stringContaining("System s1 takes context from “web”, which is not registered, since 2026-11-17."),
      nextStep: { action: "register_context", text: "Register the context source “web” (System s1)." },
    });
    const registered = { ...late, contextSources: [contextSource("s1", { source: "web" })] };
    expect(agent(registered).verdict).toBe("pass");
    expect(agent({ ...late, contextSources: [contextSource("s2", { source: "web" })] }).verdict).toBe("fail");
  });

  it("fails for a label that stays unknown, until the source comes with a known one on a later day", () => {
    const unknown = { label: "unknown", lastAt: NOW - 2n * DAY };
    expect(agent(items(unknown)).verdict).toBe("fail");
    expect(agent(items({ label: null })).verdict).toBe("fail");
    expect(agent(items(unknown, { label: "owned", lastAt: NOW - DAY })).verdict).toBe("pass");
    expect(agent(items(unknown, { label: "owned", lastAt: NOW - 2n * DAY })).verdict).toBe("fail");
  });

  it("fails for items that name no source", () => {
    expect(agent(items({ source: null })).reason).toContain("from a source that it does not name");
  });
});

describe("T-A.10.3-3: changes of vendors' models", () => {
  const judge = (change: Partial<Facts>, now = NOW) => resultOf("T-A.10.3-3", world(change), now);
  // NOW is a Tuesday: the five working days after the Tuesday before end with today.
  const aWeekAgo = NOW - 7n * DAY;

  it("passes while the answering model is seen and every change was reviewed in time", () => {
    const result = judge({});
    expect(result).toMatchObject({ verdict: "pass", validUntil: NOW - 2n * HOUR + 7n * DAY });
    expect(judge({}, result.validUntil as bigint).verdict).toBe("stale");
    expect(judge({ modelUses: [modelUse("s1", { answeredAt: null })] })).toMatchObject({
      verdict: "insufficient",
      nextStep: { action: "name_model" },
    });
  });

  it("counts working days in the organisation's time zone", () => {
    const open = modelChange("s1", { knownAt: aWeekAgo, reviewedAt: null });
    const result = judge({ modelChanges: [open] });
    expect(result).toMatchObject({ verdict: "pass", validUntil: at("2026-11-24T23:00:00Z") });
    expect(judge({ modelChanges: [open] }, result.validUntil as bigint)).toMatchObject({
      verdict: "fail",
      nextStep: { action: "review_model", subjectId: "s1" },
    });
  });

  it("leaves out holidays and the days on which nobody works", () => {
    const open = modelChange("s1", { knownAt: aWeekAgo, reviewedAt: null });
    const under = (calendar: Partial<Facts["organisation"]>) =>
      judge({ modelChanges: [open], organisation: { ...ORGANISATION, ...calendar } });
    expect(under({ holidays: ["2026-11-20", "2026-11-21"] }).validUntil).toBe(at("2026-11-25T23:00:00Z"));
    expect(under({ workingDays: WEEKDAYS }).verdict).toBe("fail");
  });

  it("holds a late review until a later change is reviewed in time", () => {
    const late = modelChange("s1", { id: "late", knownAt: NOW - 60n * DAY, reviewedAt: NOW - 40n * DAY });
    expect(judge({ modelChanges: [late] }).verdict).toBe("fail");
    expect(judge({ modelChanges: [late, modelChange("s1")] }).verdict).toBe("pass");
  });

  it("does not apply where no system in operation is known to use a vendor's model", () => {
    expect(judge({ modelUses: [modelUse("s1", { vendor: false })], modelChanges: [] }).verdict).toBe("not_applicable");
    expect(judge({ modelUses: [], modelChanges: [] })).toMatchObject({
      verdict: "insufficient",
      nextStep: { action: "record_release" },
    });
  });
});
