import { describe, expect, it } from "vitest";

import { LOG_GRACE_HOURS, LOG_LOOKBACK_DAYS } from "../src/index.ts";
import type { Facts, LogDayFact, SystemFact } from "../src/index.ts";
import {
  ALL_HOURS,
  at,
  changed,
  DAY,
  deployment,
  drill,
  emptyFacts,
  evidence,
  goodFacts,
  goodSystem,
  HOUR,
  ledgerCheck,
  logDay,
  logDays,
  MORNING,
  NOW,
  parameter,
  resultOf,
  system,
  TODAY,
} from "./world.ts";

describe("T-A.6.2.8-1: the log is complete", () => {
  const judge = (change: Partial<Facts>, now = NOW) => resultOf("T-A.6.2.8-1", goodFacts(change), now);
  const withDay = (day: number, change: Partial<LogDayFact>) => ({
    logDays: logDays("s1", TODAY - 30).map((cell) => (cell.day === day ? changed(cell, change) : cell)),
  });

  it("passes while every window is complete, until an hour without a count is one window and the grace old", () => {
    const result = judge({});
    expect(result).toMatchObject({
      verdict: "pass",
      population: { n: 1, description: "AI system in operation" },
      reason: "The one AI system in operation logs its decisions completely in every window.",
      window: { from: NOW - BigInt(LOG_LOOKBACK_DAYS) * DAY, to: NOW },
    });
    // Counted up to 12:00; the hour to 13:00 has a window and the grace to arrive.
    const expires = at("2026-11-24T13:00:00Z") + DAY + BigInt(LOG_GRACE_HOURS) * HOUR;
    expect(result.validUntil).toBe(expires);
    expect(judge({}, expires - 1n).verdict).toBe("pass");
    expect(judge({}, expires)).toMatchObject({ verdict: "stale", nextStep: { action: "report_served" } });
  });

  it("passes from the first count and decision of a system that has just gone live", () => {
    const live = { lifecycle: "deploy" } as const;
    const result = judge({
      systems: [system("s1", live)],
      deployments: [deployment("s1", { from: at("2026-11-24T11:20:00Z") })],
      logDays: [logDay("s1", TODAY, { logged: 1, served: 1, loggedInServedHours: 1, servedHours: 1 << 11 })],
    });
    expect(result.verdict).toBe("pass");
  });

  it("fails for a window with too few decisions, and names window and counts", () => {
    const result = judge(withDay(TODAY - 3, { logged: 990, loggedInServedHours: 990 }));
    expect(result.verdict).toBe("fail");
    expect(result.exceptions).toEqual([
      {
        subject: { kind: "log_window", id: "s1/2026-11-21", name: "System s1 2026-11-21" },
        verdict: "fail",
        message: "System s1 on 2026-11-21: 990 decisions logged for 1,000 requests served (99 %).",
        evidence: [logDay("s1", TODAY - 3).evidence],
        nextStep: {
          text: "Send the decisions of System s1 that are missing on 2026-11-21, or have the gap dealt with and approved.",
          action: "complete_log",
          subjectKind: "system",
          subjectId: "s1",
        },
      },
    ]);
  });

  it("holds the limit exactly: 999 of 1,000 is 99.9 %, 998 is less", () => {
    expect(judge(withDay(TODAY - 1, { loggedInServedHours: 999 })).verdict).toBe("pass");
    expect(judge(withDay(TODAY - 1, { loggedInServedHours: 998 })).verdict).toBe("fail");
    const lax = { parameters: [parameter("LOG_COMPLETENESS", 99)] };
    expect(judge({ ...withDay(TODAY - 1, { loggedInServedHours: 990 }), ...lax }).verdict).toBe("pass");
  });

  it("counts the current window with what is reported so far", () => {
    expect(judge(withDay(TODAY, { loggedInServedHours: 900 })).verdict).toBe("fail");
  });

  it("compares only hours that have a count: decisions of this hour are no surplus", () => {
    expect(judge(withDay(TODAY, { logged: 1080 })).verdict).toBe("pass");
  });

  it("keeps a shortfall failing long after its window, until it is made good or disposed of", () => {
    const old = logDay("s1", TODAY - 200, { loggedInServedHours: 10 });
    const days = [old, ...logDays("s1", TODAY - 30)];
    expect(judge({ logDays: days }).verdict).toBe("fail");
    expect(judge({ logDays: [{ ...old, loggedInServedHours: 1000 }, ...days.slice(1)] }).verdict).toBe("pass");
    const disposition = {
      systemId: "s1",
      day: TODAY - 200,
      reason: "Disk lost; NC-12 closed.",
      approvedAt: NOW - DAY,
      evidence: evidence("nonconformity", "NC-12"),
    };
    expect(judge({ logDays: days, logDispositions: [disposition] }).verdict).toBe("pass");
    const before = { ...disposition, approvedAt: old.evidence.at - 1n };
    expect(judge({ logDays: days, logDispositions: [before] }).verdict, "approved before the facts").toBe("fail");
    const other = { ...disposition, day: TODAY - 199 };
    expect(judge({ logDays: days, logDispositions: [other] }).verdict, "for another window").toBe("fail");
  });

  it("is insufficient without a count of served requests", () => {
    const uncounted = logDays("s1", TODAY - 2).map((day) =>
      changed(day, { served: 0, servedHours: 0, loggedInServedHours: 0 }),
    );
    const result = judge({ logDays: uncounted });
    expect(result).toMatchObject({ verdict: "insufficient", nextStep: { action: "report_served" } });
    expect(result.reason).toContain("has no count of the requests it served");
  });

  it("is insufficient while no decision has arrived, even if nothing was served", () => {
    const idle = logDays("s1", TODAY - 30).map((day) => changed(day, { logged: 0, served: 0, loggedInServedHours: 0 }));
    expect(judge({ logDays: idle })).toMatchObject({
      verdict: "insufficient",
      nextStep: { action: "record_decisions" },
    });
    const longAgo = logDay("s1", TODAY - LOG_LOOKBACK_DAYS - 1);
    expect(judge({ logDays: [longAgo, ...idle] }).verdict).toBe("insufficient");
  });

  it("passes over quiet days: nothing served is nothing to log, while the counter is alive", () => {
    expect(judge(withDay(TODAY - 1, { logged: 0, served: 0, loggedInServedHours: 0 })).verdict).toBe("pass");
  });

  it("never counts more than 100 %: a closed window with more decisions than requests is insufficient", () => {
    const result = judge(withDay(TODAY - 1, { loggedInServedHours: 1005 }));
    expect(result.verdict).toBe("insufficient");
    expect(result.exceptions[0]?.message).toBe(
      "System s1 on 2026-11-23: 1,005 decisions logged for 1,000 requests served. More than was served cannot be right, so nothing shows that the log is complete.",
    );
    const leaves = at("2026-11-24T00:00:00Z") + BigInt(LOG_LOOKBACK_DAYS) * DAY;
    const surplus = withDay(TODAY - 1, { loggedInServedHours: 1005 });
    expect(judge(surplus, leaves - 1n).verdict).toBe("insufficient");
  });

  it("lets counts of the current window arrive before it takes a surplus for a fault", () => {
    const surplus = withDay(TODAY, { loggedInServedHours: 1005 });
    const closes = at("2026-11-25T00:00:00Z") + BigInt(LOG_GRACE_HOURS) * HOUR;
    expect(judge(surplus)).toMatchObject({ verdict: "pass", validUntil: closes });
    expect(judge(surplus, closes).verdict).toBe("insufficient");
  });

  it("is stale for a silence in between, even with a newer count", () => {
    const result = judge(withDay(TODAY - 5, { servedHours: ALL_HOURS & ~(0b11 << 8) }));
    expect(result.verdict).toBe("stale");
    expect(result.reason).toBe(
      "The evidence for 1 of 1 AI system in operation is too old: System s1 has no count of served requests for 2 hours, the first at 2026-11-19 08:00 UTC.",
    );
  });

  it("asks for counts from the first whole hour of operation", () => {
    const result = judge({
      systems: [system("s1", { lifecycle: "deploy" })],
      deployments: [deployment("s1", { from: at("2026-11-22T11:20:00Z") })],
      logDays: [logDay("s1", TODAY - 2, { servedHours: ALL_HOURS & ~MORNING }), ...logDays("s1", TODAY - 1)],
    });
    expect(result.verdict).toBe("pass");
  });

  it("asks for counts only while the system was in operation", () => {
    const result = judge({
      systems: [system("s1", { lifecycle: "deploy" })],
      deployments: [
        deployment("s1", { id: "first", from: NOW - 30n * DAY, to: NOW - 20n * DAY }),
        deployment("s1", { id: "second", from: at("2026-11-23T00:00:00Z") }),
      ],
      logDays: [...logDays("s1", TODAY - 30, TODAY - 20), ...logDays("s1", TODAY - 1)],
    });
    expect(result.verdict).toBe("pass");
  });

  it("ignores counts of hours that had not begun when the facts were recorded", () => {
    const ahead = logDays("s1", TODAY - 30, TODAY + 3).map((cell) => changed(cell, { servedHours: ALL_HOURS }));
    // The hour from 12:00 has begun at NOW, so a count of it can be there.
    expect(judge({ logDays: ahead }).validUntil).toBe((judge({}).validUntil ?? 0n) + HOUR);
    const wrong = logDay("s1", TODAY + 2, { loggedInServedHours: 1 });
    expect(judge({ logDays: [...logDays("s1", TODAY - 30), wrong] }).verdict).toBe("pass");
  });

  it("measures in windows of several days where the organisation says so", () => {
    const twoDays = { parameters: [parameter("LOG_WINDOW", 2)] };
    const [first, second] = TODAY % 2 === 0 ? [TODAY - 2, TODAY - 1] : [TODAY - 3, TODAY - 2];
    const logged = (day: number) => (day === first ? 999 : day === second ? 998 : 1000);
    const days = logDays("s1", TODAY - 30).map((cell) => changed(cell, { loggedInServedHours: logged(cell.day) }));
    expect(judge({ logDays: days, ...twoDays }).verdict, "1,997 of 2,000").toBe("fail");
    const enough = days.map((cell) => (cell.day === second ? changed(cell, { loggedInServedHours: 999 }) : cell));
    expect(judge({ logDays: enough, ...twoDays }).verdict).toBe("pass");
    expect(judge({ parameters: [parameter("LOG_WINDOW", 0.5)] }).verdict).toBe("insufficient");
  });

  it("takes in systems in scope that are in operation, by life cycle or by a live deployment", () => {
    const planned = NOW + 2n * DAY;
    const idle = system("s2", { lifecycle: "deploy" });
    const two = { systems: [system("s1"), idle] };
    expect(judge(two)).toMatchObject({ verdict: "pass", population: { n: 1 } });
    const staged = [deployment("s2", { environment: "staging" })];
    expect(judge({ ...two, deployments: staged })).toMatchObject({ population: { n: 1 } });
    expect(judge({ ...two, deployments: [deployment("s2")] })).toMatchObject({
      verdict: "insufficient",
      population: { n: 2 },
    });
    expect(judge({ ...two, deployments: [deployment("s2", { from: NOW + HOUR })] }).validUntil).toBe(NOW + HOUR);
    expect(judge({ ...two, deployments: [deployment("s2", { from: planned })] }, planned).verdict).toBe("insufficient");
    expect(judge({ systems: [system("s1", { inScope: false })] }).population.n).toBe(0);
    const justStarted = [deployment("s1", { id: "old", to: NOW }), deployment("s1", { id: "new", from: NOW })];
    expect(judge({ systems: [system("s1", { lifecycle: "deploy" })], deployments: justStarted })).toMatchObject({
      verdict: "pass",
      validUntil: judge({}).validUntil,
    });
  });

  it("is insufficient when nothing is in operation", () => {
    expect(resultOf("T-A.6.2.8-1", emptyFacts())).toMatchObject({ verdict: "insufficient", population: { n: 0 } });
    expect(judge({ systems: [system("s1", { lifecycle: "verify" })], deployments: [] })).toMatchObject({
      verdict: "insufficient",
      nextStep: { action: "start_operation" },
    });
  });

  it("is the worst of its systems: one in order does not hide one that is not", () => {
    const [one, two] = [goodSystem("s1"), goodSystem("s2")];
    const short = two.logDays.map((day) => changed(day, { loggedInServedHours: 1 }));
    const result = judge({
      systems: [...one.systems, ...two.systems],
      deployments: [...one.deployments, ...two.deployments],
      logDays: [...one.logDays, ...short],
    });
    expect(result).toMatchObject({ verdict: "fail", population: { n: 2 } });
    expect(result.reason).toMatch(/^1 of 2 AI systems in operation fails: .* And 30 more\.$/);
  });
});

describe("T-A.6.2.8-2: logs are kept, unaltered, with clocks that agree", () => {
  const judge = (change: Partial<Facts>, now = NOW) => resultOf("T-A.6.2.8-2", goodFacts(change), now);
  const withSystem = (change: Partial<SystemFact>) => judge({ systems: [system("s1", change)] });

  it("passes until the ledger's self-check is too old, then is stale", () => {
    const expires = ledgerCheck().at + 26n * HOUR;
    expect(judge({})).toMatchObject({ verdict: "pass", population: { n: 1 }, validUntil: expires });
    expect(judge({}, expires)).toMatchObject({ verdict: "stale", nextStep: { action: "check_ledger" } });
    expect(judge({}).parameters).toEqual([
      { name: "LOG_RETENTION_LAW", value: 6, unit: "months" },
      { name: "CLOCK_SKEW", value: 60, unit: "seconds" },
      { name: "LEDGER_CHECK_AGE", value: 26, unit: "hours" },
    ]);
  });

  it("fails for a log kept shorter than the own rule", () => {
    expect(withSystem({ retentionDays: 365 }).verdict).toBe("pass");
    expect(withSystem({ retentionDays: 364 })).toMatchObject({
      verdict: "fail",
      reason:
        "1 of 1 AI system in operation fails: System s1 keeps its log for 364 days; its own rule asks for 365 days.",
      nextStep: { action: "set_retention" },
    });
  });

  it("fails where high-risk duties apply and the log is kept for less than six months, the longest that they can be", () => {
    const high = { aiActTier: "high_risk", retentionRuleDays: 30 } as const;
    expect(withSystem({ ...high, retentionDays: 183 }).verdict).toBe("fail");
    expect(withSystem({ ...high, retentionDays: 184 }).verdict).toBe("pass");
  });

  it("is insufficient while it is not known whether high-risk duties apply, unless the log is kept long enough anyway", () => {
    const unknown = { aiActTier: "undetermined", retentionRuleDays: 30 } as const;
    expect(withSystem({ ...unknown, retentionDays: 90 })).toMatchObject({
      verdict: "insufficient",
      nextStep: { action: "decide_ai_act_tier" },
    });
    expect(withSystem({ ...unknown, retentionDays: 184 }).verdict).toBe("pass");
    expect(withSystem({ ...unknown, aiActTier: "transparency", retentionDays: 90 }).verdict).toBe("pass");
  });

  it("is insufficient while retention or the own rule is not set", () => {
    expect(withSystem({ retentionDays: null }).verdict).toBe("insufficient");
    expect(withSystem({ retentionRuleDays: null }).verdict).toBe("insufficient");
  });

  it("fails when the ledger does not verify, until a newer check over as many entries passes", () => {
    const bad = ledgerCheck({ id: "bad", ok: false, firstBadEntry: 4711, at: NOW - 5n * HOUR });
    const result = judge({ ledgerChecks: [ledgerCheck(), bad] });
    expect(result.verdict).toBe("fail");
    expect(result.exceptions[0]).toMatchObject({
      subject: { kind: "ledger" },
      message: "The evidence ledger does not verify. The first entry that does not is 4711.",
      nextStep: { action: "repair_ledger" },
    });
    const later = (size: number) => ledgerCheck({ id: "later", at: NOW - HOUR, size });
    expect(judge({ ledgerChecks: [bad, later(bad.size - 1)] }).verdict, "over fewer entries").toBe("fail");
    expect(judge({ ledgerChecks: [bad, later(bad.size)] }).verdict).toBe("pass");
    expect(judge({ ledgerChecks: [bad] }, NOW + 100n * DAY).verdict, "it does not fade").toBe("fail");
  });

  it("reports the ledger once, however many systems rest on it", () => {
    const [one, two] = [goodSystem("s1"), goodSystem("s2")];
    const result = judge({
      systems: [...one.systems, ...two.systems],
      deployments: [],
      logDays: [...one.logDays, ...two.logDays],
      ledgerChecks: [],
    });
    expect(result).toMatchObject({ verdict: "insufficient", population: { n: 2 } });
    expect(result.exceptions.map(({ message }) => message)).toEqual(["The evidence ledger has not been checked yet."]);
  });

  it("fails while the newest measured clock is off by more than the limit", () => {
    const skewed = (day: number, maxClockSkewSeconds: number) =>
      logDays("s1", TODAY - 30).map((cell) => (cell.day === day ? changed(cell, { maxClockSkewSeconds }) : cell));
    expect(judge({ logDays: skewed(TODAY, 61) })).toMatchObject({
      verdict: "fail",
      nextStep: { action: "synchronise_clock" },
    });
    expect(judge({ logDays: skewed(TODAY, 60) }).verdict).toBe("pass");
    expect(judge({ logDays: skewed(TODAY - 1, 600) }).verdict, "good again since").toBe("pass");
    const tomorrow = logDay("s1", TODAY + 1, { maxClockSkewSeconds: 86_400 });
    expect(judge({ logDays: [...logDays("s1", TODAY - 30), tomorrow] }).verdict, "a day to come").toBe("pass");
    expect(judge({ logDays: skewed(TODAY, 61), parameters: [parameter("CLOCK_SKEW", 120)] }).verdict).toBe("pass");
  });

  it("is insufficient while no clock was measured, and stale when that is a quarter ago", () => {
    const unmeasured = logDays("s1", TODAY - 30).map((cell) => changed(cell, { maxClockSkewSeconds: null }));
    expect(judge({ logDays: unmeasured }).verdict).toBe("insufficient");
    expect(judge({ logDays: [logDay("s1", TODAY - 91)] }).verdict).toBe("stale");
  });
});

describe("T-A.6.2.8-3: decisions can be reconstructed", () => {
  const judge = (drills: Facts["drills"] = [], now = NOW) => resultOf("T-A.6.2.8-3", goodFacts({ drills }), now);

  it("passes while the newest drill is whole and young, then is stale", () => {
    const expires = drill("s1").at + 48n * HOUR;
    expect(judge([drill("s1")])).toMatchObject({ verdict: "pass", population: { n: 1 }, validUntil: expires });
    expect(judge([drill("s1")], expires)).toMatchObject({ verdict: "stale", nextStep: { action: "run_drill" } });
  });

  it("fails when a decision lacks an element, however old the drill, until a newer drill is whole", () => {
    const missing = [
      { decisionId: "d2", elements: ["release digest", "input reference"] },
      { decisionId: "d1", elements: ["output"] },
    ];
    const broken = drill("s1", { id: "broken", reconstructed: 18, missing });
    expect(judge([broken])).toMatchObject({
      verdict: "fail",
      reason:
        "1 of 1 AI system in operation fails: System s1: 2 of 20 sampled decisions could not be reconstructed: d1 lacks output; d2 lacks input reference and release digest.",
      validUntil: null,
    });
    expect(judge([broken], NOW + 50n * DAY).verdict).toBe("fail");
    expect(judge([broken, drill("s1", { at: broken.at + HOUR })]).verdict).toBe("pass");
    expect(judge([broken, drill("s1", { at: broken.at - HOUR })]).verdict).toBe("fail");
  });

  it("is insufficient without a drill, and with drills that drew nothing", () => {
    expect(judge([])).toMatchObject({ verdict: "insufficient", nextStep: { action: "run_drill" } });
    const empty = drill("s1", { id: "empty", sampled: 0, reconstructed: 0, at: NOW - HOUR });
    expect(judge([empty]).reason).toContain("found no decision to draw");
    const broken = drill("s1", { id: "broken", reconstructed: 1 });
    expect(judge([empty, broken]).verdict, "an empty drill clears nothing").toBe("fail");
  });

  it("does not take another system's drill", () => {
    expect(judge([drill("s2")]).verdict).toBe("insufficient");
  });
});
