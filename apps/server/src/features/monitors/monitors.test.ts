import { formatInstant, MICROS_PER_DAY, MICROS_PER_HOUR } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { rollUpCells } from "../cells/cells.rollup.ts";
import { verifyLedger } from "../ledger/ledger.verify.ts";
import { runDueMonitors } from "./monitors.service.ts";

let world: DecisionApp;
let send: DecisionApp["send"];

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
});

afterAll(async () => {
  await world?.close();
});

const today = () => formatInstant(world.clock.now()).slice(0, 10);
const run = (id: string, as = "engineer") => send("POST", `/monitors/${id}/runs`, undefined, as);
const monitor = (values: Record<string, unknown>) => world.make("/monitors", { threshold: 5, ...values });

async function decide(system: string, count: number, over: (n: number) => Record<string, unknown> = () => ({})) {
  const batch = Array.from({ length: count }, (_, n) => world.decision({ system, ...over(n) }));
  const { body } = await send("POST", "/decisions", batch);
  expect(body).toMatchObject({ accepted: count });
  await rollUpCells(world.deps);
  return batch.map(({ id }) => id);
}

async function alertsOf(systemId: string) {
  const { body } = await send("GET", `/alerts?where.systemId=${systemId}&sort=-openedAt`);
  return body.items as { id: string; version: number; values: Record<string, string> }[];
}

function act(alert: { id: string; version: number }, values: Record<string, unknown>, as = "engineer") {
  return send("PATCH", `/alerts/${alert.id}`, { values }, as, `"${alert.version}"`);
}

/** A system with a month of steady scores behind it and a drift monitor that compares with that month. */
async function steadySystem(name: string) {
  const { systemId } = await world.makeSystem(name);
  const from = today();
  for (let day = 0; day < 2; day++) {
    await decide(name, 500, (n) => ({
      score: ((n % 10) + 0.5) / 10,
      outcome: n % 4 === 0 ? "upper" : "lower",
      attributes: { region: n % 3 === 0 ? "EU" : "US" },
    }));
    world.clock.advance(MICROS_PER_DAY);
  }
  const reference = {
    referenceFrom: from,
    referenceTo: formatInstant(world.clock.now() - MICROS_PER_DAY).slice(0, 10),
  };
  return { systemId, reference };
}

describe("a monitor", () => {
  it("reads what belongs to its kind, and says what it lacks", async () => {
    const { systemId } = await world.makeSystem("Declared");
    const make = (values: Record<string, unknown>) =>
      send("POST", "/monitors", { values: { name: "M", systemId, threshold: 1, ...values } }, "engineer");
    const field = async (values: Record<string, unknown>) => {
      const { status, body } = await make(values);
      expect(status).toBe(422);
      return body.errors[0].pointer;
    };
    expect(await field({ monitorKind: "health", measure: "score_psi" })).toBe("/values/measure");
    expect(await field({ monitorKind: "drift", measure: "score_psi" })).toBe("/values/referenceFrom");
    expect(await field({ monitorKind: "health", measure: "outcome_share" })).toBe("/values/outcomes");
    expect(await field({ monitorKind: "health", measure: "silence", alarmWhen: "below" })).toBe("/values/alarmWhen");
    expect((await make({ monitorKind: "health", measure: "silence" })).status).toBe(201);
  });

  it("sees drift, opens one alert for it, and sees none where there is none", async () => {
    const { systemId, reference } = await steadySystem("Drifting");
    const watch = { systemId, monitorKind: "drift", windowDays: 1, threshold: 0.2, ...reference };
    const psi = await monitor({ ...watch, name: "PSI", measure: "score_psi" });
    const ks = await monitor({ ...watch, name: "KS", measure: "score_ks" });
    const labels = await monitor({ ...watch, name: "Outcomes", measure: "outcome_psi" });
    const region = await monitor({ ...watch, name: "Regions", measure: "input_psi", attribute: "region" });
    expect((await run(psi)).body).toMatchObject({ judgement: "insufficient", value: null, n: 0, alertId: null });

    await decide("Drifting", 20, () => ({ score: 0.45, outcome: "lower" }));
    const few = (await run(psi)).body;
    expect(few).toMatchObject({ judgement: "insufficient", n: 20 });
    world.clock.advance(MICROS_PER_DAY);

    await decide("Drifting", 400, (n) => ({
      score: ((n % 10) + 0.5) / 10,
      outcome: n % 4 === 0 ? "upper" : "lower",
      attributes: { region: n % 3 === 0 ? "EU" : "US" },
    }));
    for (const id of [psi, ks, labels, region]) {
      expect((await run(id)).body, id).toMatchObject({ judgement: "within", n: 400, alertId: null });
    }
    world.clock.advance(MICROS_PER_DAY);

    await decide("Drifting", 400, (n) => ({
      score: 0.5 + ((n % 5) + 0.5) / 10,
      outcome: n % 4 === 0 ? "lower" : "upper",
    }));
    for (const id of [psi, ks, labels, region]) {
      const { body } = await run(id);
      expect(body.judgement, body.message).toBe("beyond");
      expect(body.alertId).toMatch(/^[0-9a-f-]{36}$/);
      expect((await run(id)).body.alertId).toBeNull();
    }
    const alerts = await alertsOf(systemId);
    expect(alerts).toHaveLength(4);
    expect(alerts[0]?.values).toMatchObject({ state: "open", monitorKind: "drift", threshold: 0.2 });
  });

  it("opens the next alert over new data only", async () => {
    const { systemId } = await world.makeSystem("Failing");
    const id = await monitor({
      name: "Failures",
      systemId,
      monitorKind: "health",
      measure: "outcome_share",
      outcomes: ["error"],
      windowDays: 1,
    });
    const fail = () => decide("Failing", 100, (n) => ({ outcome: n % 2 === 0 ? "error" : "fine" }));
    await fail();
    expect((await run(id)).body).toMatchObject({ judgement: "beyond", value: 50, n: 100 });
    const [alert] = await alertsOf(systemId);
    await act(alert!, { state: "acted", action: "fix" });
    await act({ id: alert!.id, version: 2 }, { state: "closed", closeReason: "resolved" });
    expect((await run(id)).body).toMatchObject({ judgement: "beyond", alertId: null });
    world.clock.advance(MICROS_PER_DAY);
    await fail();
    expect((await run(id)).body.alertId).not.toBeNull();
    expect(await alertsOf(systemId)).toHaveLength(2);
  });

  it("of silence and of complaints alarms by hours and by share", async () => {
    const { systemId } = await world.makeSystem("Quiet");
    const silence = await monitor({ name: "Silence", systemId, monitorKind: "health", measure: "silence" });
    const complaints = await monitor({
      name: "Complaints",
      systemId,
      monitorKind: "feedback",
      measure: "negative_share",
      windowDays: 2,
    });
    expect((await run(silence)).body.judgement).toBe("insufficient");
    await decide("Quiet", 200);
    expect((await run(silence)).body).toMatchObject({ judgement: "within", threshold: 5 });
    expect((await run(complaints)).body).toMatchObject({ judgement: "within", n: 200, value: 0 });
    const said = Array.from({ length: 80 }, (_, n) => ({
      id: `c-${n}`,
      system: "Quiet",
      kind: n % 2 === 0 ? "complaint" : "praise",
      occurredAt: formatInstant(world.clock.now()),
      text: "It was rude.",
    }));
    expect((await send("POST", "/feedback", said)).body).toMatchObject({ accepted: 80, duplicates: 0 });
    expect((await send("POST", "/feedback", said.slice(0, 3))).body).toMatchObject({ accepted: 0, duplicates: 3 });
    expect((await run(complaints)).body).toMatchObject({ judgement: "beyond", value: 20 });
    world.clock.advance(6n * MICROS_PER_HOUR);
    const late = (await run(silence)).body;
    expect(late).toMatchObject({ judgement: "beyond", value: 6 });
    expect(late.message).toBe("The last decision was 6 hours ago; at most 5 are expected.");
    const stored = await world.database.pool.query("SELECT * FROM feedback WHERE external_id = 'c-0'");
    expect(JSON.stringify(stored.rows)).not.toContain("rude");
  });

  it("of errors reads what turned out to be true, also later", async () => {
    const { systemId } = await world.makeSystem("Erring");
    const id = await monitor({
      name: "E",
      systemId,
      monitorKind: "output_quality",
      measure: "error_share",
      windowDays: 2,
    });
    const ids = await decide("Erring", 200);
    expect((await run(id)).body).toMatchObject({ judgement: "insufficient", n: 0 });
    const observedAt = formatInstant(world.clock.now());
    const tell = async (wrongEvery: number) => {
      for (const [n, decision] of ids.entries()) {
        const outcome = n % wrongEvery === 0 ? "lower" : "upper";
        const told = await send("POST", `/decisions/${decision}/outcome`, { system: "Erring", outcome, observedAt });
        expect(told.status, JSON.stringify(told.body)).toBeLessThan(300);
      }
      await rollUpCells(world.deps);
    };
    await tell(100);
    expect((await run(id)).body).toMatchObject({ judgement: "within", value: 1, n: 200 });
    await tell(3);
    expect((await run(id)).body).toMatchObject({ judgement: "beyond", value: 33.5, n: 200 });
  });

  it("takes readings of another tool, which are its heartbeat", async () => {
    const { systemId } = await world.makeSystem("Reported");
    const id = await monitor({
      name: "Accuracy",
      systemId,
      monitorKind: "output_quality",
      measure: "reported",
      threshold: 0.9,
      alarmWhen: "below",
    });
    const reading = (body: unknown, as = "engineer") => send("POST", `/monitors/${id}/readings`, body, as);
    expect((await reading({ value: 0.93, n: 500 })).body).toMatchObject({ judgement: "within", origin: "reported" });
    expect((await reading({ value: 0.8, note: "Nightly evaluation." })).body).toMatchObject({ judgement: "beyond" });
    expect((await reading({ value: 0.95, n: 0 })).body).toMatchObject({ judgement: "insufficient" });
    expect((await reading({ value: 1 }, "reader")).status).toBe(403);
    const future = formatInstant(world.clock.now() + MICROS_PER_DAY);
    expect((await reading({ value: 1, to: future })).body.errors[0].pointer).toBe("/to");
    expect((await run(id)).status).toBe(409);
    const { body } = await send("GET", `/monitoring?systemId=${systemId}`);
    expect(body.systems[0]).toMatchObject({ openAlerts: 1, missingKinds: ["health", "drift", "misuse", "feedback"] });
    expect(body.systems[0].monitors[0]).toMatchObject({ alive: true, series: [{}, {}, {}] });
    expect((await send("GET", `/monitors/${id}/runs?limit=2`)).body.items).toHaveLength(2);
  });

  it("runs by itself twice in a heartbeat, and paused not at all", async () => {
    const { systemId } = await world.makeSystem("Beating");
    const id = await monitor({ name: "S", systemId, monitorKind: "health", measure: "silence", heartbeatHours: 4 });
    const runs = async () => (await send("GET", `/monitors/${id}/runs`)).body.items.length;
    await runDueMonitors(world.deps);
    await runDueMonitors(world.deps);
    expect(await runs()).toBe(1);
    world.clock.advance(MICROS_PER_HOUR);
    await runDueMonitors(world.deps);
    expect(await runs()).toBe(1);
    world.clock.advance(MICROS_PER_HOUR);
    await runDueMonitors(world.deps);
    expect(await runs()).toBe(2);
    await send("PATCH", `/monitors/${id}`, { values: { state: "paused" } }, "engineer", '"1"');
    world.clock.advance(MICROS_PER_DAY);
    await runDueMonitors(world.deps);
    expect(await runs()).toBe(2);
    expect((await run(id)).status).toBe(409);
  });
});

describe("an alert", () => {
  it("keeps what was found, and is closed only with what was done", async () => {
    const { systemId } = await world.makeSystem("Alerting");
    const values = { systemId, measure: "reported", severity: "top", threshold: 1 };
    const id = await monitor({ ...values, name: "Drift", monitorKind: "drift" });
    await send("POST", `/monitors/${id}/readings`, { value: 3 });
    const [alert] = await alertsOf(systemId);
    const pointer = async (change: Record<string, unknown>, version = 1) =>
      (await act({ id: alert!.id, version }, change)).body.errors?.[0].pointer;
    expect(await pointer({ value: 0 })).toBe("/values/value");
    expect(await pointer({ state: "closed" })).toBe("/values/state");
    expect((await act(alert!, { state: "acknowledged" }, "reader")).status).toBe(403);
    expect((await act(alert!, { state: "acknowledged" }, "overseer")).status).toBe(200);
    expect(await pointer({ state: "acted" }, 2)).toBe("/values/action");
    expect((await act({ id: alert!.id, version: 2 }, { state: "acted", action: "retrain" })).status).toBe(200);
    expect(await pointer({ state: "closed" }, 3)).toBe("/values/closeReason");
    expect(await pointer({ state: "closed", closeReason: "resolved" }, 3)).toBe("/values/cause");
    const done = { state: "closed", closeReason: "resolved", cause: "A new supplier.", fix: "Trained on it." };
    expect((await act({ id: alert!.id, version: 3 }, done)).status).toBe(200);
    expect((await act({ id: alert!.id, version: 4 }, { fix: "Else." })).status).toBe(409);
    expect((await send("POST", "/alerts", { values: {} }, "governance_lead")).status).toBe(404);
  });
});

describe("feedback", () => {
  it("names the wrong field, and is for the key's own system only", async () => {
    const { systemId } = await world.makeSystem("Mine");
    const base = { id: "f-1", system: "Mine", kind: "misuse", occurredAt: formatInstant(world.clock.now()) };
    const pointer = async (over: object) =>
      (await send("POST", "/feedback", [{ ...base, ...over }])).body.errors[0].pointer;
    expect(await pointer({ system: "Nobody" })).toBe("/0/system");
    expect(await pointer({ occurredAt: formatInstant(world.clock.now() + MICROS_PER_DAY) })).toBe("/0/occurredAt");
    expect(await pointer({ kind: "noise" })).toBe("/0/kind");
    expect((await send("POST", "/feedback", base, "reader")).status).toBe(403);
    const { body } = await send("POST", "/feedback", base);
    expect(body.items[0].id).toBe("f-1");
    const listed = await send("GET", `/feedback?systemId=${systemId}`);
    expect(listed.body.items).toMatchObject([{ externalId: "f-1", kind: "misuse" }]);
  });
});

describe("runs and feedback", () => {
  it("are what the ledger says they are", async () => {
    const before = await verifyLedger(world.db, world.clock, world.keys, world.orgId);
    expect(before.findings).toEqual([]);
    const { rows } = await world.database.pool.query(
      "UPDATE monitor_run SET value = 0.01, judgement = 'within' WHERE id = (SELECT id FROM monitor_run WHERE judgement = 'beyond' LIMIT 1) RETURNING ledger_index",
    );
    await world.database.pool.query("UPDATE feedback SET kind = 'praise' WHERE external_id = 'f-1'");
    const { findings } = await verifyLedger(world.db, world.clock, world.keys, world.orgId);
    expect(findings.map(({ code }) => code)).toEqual(["projection_altered", "projection_altered"]);
    expect(findings.map(({ entry }) => entry)).toContain(
      rows[0].ledger_index === null ? null : Number(rows[0].ledger_index),
    );
  });
});
