/** Tasks as people see them: they come and go with what happens elsewhere, and nobody's is lost. */
import { formatInstant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { refreshDrift } from "../inventory/drift.reconcile.ts";
import { keepTasks, keepTasksDue } from "./tasks.keep.ts";

let app: TestApp;
let orgId: string;
/** Governance lead, engineer, the engineer's manager, and top management: session and person. */
const people = {} as Record<"lead" | "eve" | "max" | "top", { cookie: string; id: string; memberId: string }>;
/** The digest of the release of these tests. */
const DIGEST = `sha256:${"a".repeat(64)}`;
let systemId: string;
let monitorId: string;

type Who = keyof typeof people;

beforeAll(async () => {
  app = await createTestApp();
  const lead = await app.setUp();
  ({ orgId } = lead);
  people.lead = { cookie: lead.cookie, id: lead.personId, memberId: "" };
  for (const [who, role] of [
    ["eve", "engineer"],
    ["max", "overseer"],
    ["top", "top_management"],
  ] as const) {
    const { cookie, member } = await app.join(lead.cookie, `${who}@example.org`, [role]);
    people[who] = { cookie, id: member.personId, memberId: member.id };
  }
  await change("people", people.eve.id, { managerId: people.max.id });
  await make("role-assignments", { role: "aims_conformity", personId: people.lead.id, validFrom: "2026-03-10" });
  systemId = await make("systems", { name: "Pricer", purpose: "Sets prices.", ownerId: people.eve.id });
  monitorId = await make("monitors", {
    name: "Errors",
    systemId,
    monitorKind: "health",
    measure: "reported",
    threshold: 5,
  });
});
afterAll(async () => app?.close());

async function make(register: string, values: object, who: Who = "lead"): Promise<string> {
  const { status, body } = await send("POST", `/${register}`, { values }, who);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

async function change(register: string, id: string, values: object, who: Who = "lead") {
  const { headers } = await send("GET", `/${register}/${id}`, undefined, who);
  const reply = await send("PATCH", `/${register}/${id}`, { values }, who, String(headers["etag"]));
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
}

async function send(method: string, url: string, body?: unknown, who: Who = "lead", etag?: string) {
  return app.send(method, url, body, { cookie: people[who].cookie, ...(etag === undefined ? {} : { etag }) });
}

/** A session ends with its days; whoever moves the clock signs in again. */
async function pass(micros: bigint): Promise<void> {
  app.clock.advance(micros);
  const emails = { lead: "founder", eve: "eve", max: "max", top: "top" };
  for (const [who, name] of Object.entries(emails)) {
    const { cookie } = await app.send("POST", "/session", { email: `${name}@example.org`, password: PASSWORD });
    if (cookie !== undefined) people[who as Who].cookie = cookie;
  }
}

async function tasks(who: Who, query: string) {
  await keepTasks(app, orgId);
  const { status, body } = await send("GET", `/tasks?${query}`, undefined, who);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.items;
}

const taskOf = async (sourceId: string, query = "") =>
  (await tasks("lead", query)).find(({ source }: { source: { id: string } }) => source.id === sourceId);
const read = async (id: string, who: Who = "lead") => (await send("GET", `/tasks/${id}`, undefined, who)).body;
const nowText = () => formatInstant(app.clock.now());

async function raiseAlert(): Promise<string> {
  const key = await app.makeKey(people.lead.cookie, ["readings:write"]);
  const { body } = await app.send("POST", `/monitors/${monitorId}/readings`, { value: 9 }, { key });
  expect(body.alertId, JSON.stringify(body)).not.toBeNull();
  return body.alertId;
}

describe("a task follows its source", () => {
  it("of an alert: its owner's until it is closed, with the deadline of the step that is next", async () => {
    const alertId = await raiseAlert();
    const task = await taskOf(alertId);
    expect(task).toMatchObject({
      kind: "alert",
      state: "open",
      systemName: "Pricer",
      assignee: { id: people.eve.id, name: "eve" },
      overdue: false,
      workingDaysLeft: 1,
    });
    expect(task.dueAt.slice(0, 13)).toBe("2026-03-11T09");
    expect((await tasks("eve", "view=mine")).map(({ id }: { id: string }) => id)).toContain(task.id);
    expect(await tasks("max", "view=mine")).toEqual([]);
    await change("alerts", alertId, { state: "acknowledged" }, "eve");
    expect(await taskOf(alertId)).toMatchObject({ id: task.id, dueAt: expect.stringMatching(/^2026-03-20T09/) });
    await change("alerts", alertId, { state: "closed", closeReason: "resolved" }, "eve");
    expect(await taskOf(alertId)).toBeUndefined();
    expect(await taskOf(alertId, "state=closed")).toMatchObject({ id: task.id, state: "closed" });
    const { events } = await read(task.id);
    expect(events.map(({ event }: { event: string }) => event)).toEqual(["closed", "opened"]);
    for (const { ledgerIndex, event } of events) {
      const entry = await send("GET", `/ledger/entries/${ledgerIndex}`);
      expect(entry.body).toMatchObject({ kind: `task.${event}`, subject: { id: task.id } });
    }
  });

  it("of drift: opened for the most likely owner, and the same one again when it comes back", async () => {
    const key = await app.makeKey(people.lead.cookie, ["inventory:write"]);
    const publish = async () =>
      app.send(
        "POST",
        "/observations",
        {
          source: "otlp",
          sightings: [
            { provider: "openai", model: "gpt-4o", service: "Ghost", count: 1, firstAt: nowText(), lastAt: nowText() },
          ],
        },
        { key },
      );
    const { status, body } = await publish();
    expect(status, JSON.stringify(body)).toBeLessThan(300);
    await refreshDrift(app, orgId);
    const { body: inbox } = await send("GET", "/drift");
    const item = inbox.items.find(({ subject }: { subject: { name: string } }) => subject.name === "Ghost");
    const task = await taskOf(item.id);
    expect(task).toMatchObject({
      kind: "drift",
      title: item.message,
      dueAt: item.dueAt,
      assignee: { id: people.lead.id },
    });
    const ghost = await make("systems", { name: "Ghost", purpose: "Found." });
    await refreshDrift(app, orgId);
    expect(await taskOf(item.id, "state=closed")).toMatchObject({ id: task.id });
    const { headers } = await send("GET", `/systems/${ghost}`);
    await send("POST", `/systems/${ghost}/withdrawal`, { changeReason: "A slip." }, "lead", String(headers["etag"]));
    await refreshDrift(app, orgId);
    expect(await taskOf(item.id)).toMatchObject({ id: task.id, state: "open" });
  });

  it("of a changed model: due within the working days of the parameter, holidays left out", async () => {
    await make("holidays", { name: "Closed", firstDay: "2026-03-12", lastDay: "2026-03-13" });
    const changeId = await make("model-changes", { systemId, seenModel: "gpt-6", detectedAt: nowText() }, "eve");
    expect(await taskOf(changeId)).toMatchObject({
      kind: "model_review",
      dueAt: "2026-03-19T23:00:00.000000Z",
      workingDaysLeft: 5,
      assignee: { id: people.eve.id },
    });
    await change("model-changes", changeId, { state: "reviewed", conclusion: "accept", reviewNote: "Tested." }, "eve");
    expect(await taskOf(changeId)).toBeUndefined();
  });

  it("of a request: everybody's who may decide it but not the asker's, and again before it ends", async () => {
    const id = await make("exceptions", {
      controlId: "A.6.2.8",
      justification: "The log is being moved.",
      compensation: "Counted by hand.",
      requestedById: people.lead.id,
      validFrom: "2026-03-10",
      validTo: "2026-06-30",
    });
    const asked = await taskOf(id);
    expect(asked).toMatchObject({ kind: "approval", assignee: null, permission: "exceptions.approve" });
    const isMine = async (who: Who) =>
      (await tasks(who, "view=mine")).some((task: { id: string }) => task.id === asked.id);
    expect(await isMine("top")).toBe(true);
    expect(await isMine("lead")).toBe(false);
    expect(await isMine("eve")).toBe(false);
    const refused = await send("POST", `/tasks/${asked.id}/assignment`, { personId: people.lead.id }, "eve");
    expect(refused.body.errors[0].pointer).toBe("/personId");
    await change("exceptions", id, { state: "approved", approvedById: people.top.id }, "top");
    expect(await taskOf(id)).toBeUndefined();
    await pass(84n * MICROS_PER_DAY);
    expect(await taskOf(id)).toMatchObject({
      kind: "expiring",
      dueAt: "2026-06-30T22:00:00.000000Z",
      assignee: { id: people.lead.id },
    });
    await pass(30n * MICROS_PER_DAY);
    expect(await taskOf(id)).toBeUndefined();
  });

  it("of a failed evaluation: open while the release runs, until it is accepted for a while", async () => {
    const releaseId = await make("releases", {
      systemId,
      version: "1.0",
      digest: DIGEST,
      changeClass: "major",
      modelKind: "trained",
      releasedAt: nowText(),
    });
    const policy = {
      schema: "steward/evaluation-policy/v1",
      name: "accuracy gate",
      version: 1,
      kind: "accuracy",
      rules: [{ metric: "passRate", atLeast: 0.9 }],
    };
    const committed = await send("POST", "/evaluation-policies", { system: "Pricer", policy }, "eve");
    app.clock.advance(MICROS_PER_MINUTE);
    const evaluation = {
      system: "Pricer",
      release: "1.0",
      kind: "accuracy",
      dataset: { name: "golden" },
      tool: { name: "promptfoo" },
      policyDigest: committed.body.policy.digest,
      results: [{ name: "all", metric: "passRate", value: 0.5, n: 100 }],
    };
    const { body: failed } = await send("POST", "/evaluations", evaluation, "eve");
    expect(failed.verdict, JSON.stringify(failed)).toBe("fail");
    // It does not run anywhere yet: there is nothing to mend.
    expect(await taskOf(failed.id)).toBeUndefined();
    await make("deployments", { systemId, releaseId, environment: "production", startedAt: nowText() });
    const task = await taskOf(failed.id);
    expect(task).toMatchObject({ kind: "evaluation", assignee: { id: people.eve.id } });
    expect(task.dueAt).toBe((await send("GET", `/evaluations/${failed.id}`)).body.action.due);
    const exceptionId = await make(
      "evaluation-exceptions",
      {
        summary: "Thin data",
        systemId,
        evaluationId: failed.id,
        justification: "A better release comes next week.",
        mitigation: "A person looks at each case.",
        requestedById: people.eve.id,
        validFrom: nowText().slice(0, 10),
        validTo: formatInstant(app.clock.now() + 20n * MICROS_PER_DAY).slice(0, 10),
      },
      "eve",
    );
    await make("role-assignments", { role: "top_management", personId: people.top.id, validFrom: "2026-03-10" });
    expect(await taskOf(exceptionId)).toMatchObject({ kind: "approval" });
    await change("evaluation-exceptions", exceptionId, { state: "approved", approvedById: people.top.id }, "top");
    expect(await taskOf(failed.id)).toBeUndefined();
    // Approved, and it ends within the notice: somebody has to think of what comes after.
    expect(await taskOf(exceptionId)).toMatchObject({ kind: "expiring", assignee: { id: people.eve.id } });
  });

  it("of a requirement that lost its evidence: as the status says, and no other", async () => {
    await app.settle();
    const { body } = await send("GET", "/status");
    const lost = body.requirements.filter(
      ({ status }: { status: string }) => status === "failing" || status === "stale",
    );
    const open = await tasks("lead", "kind=status_gap&limit=200");
    expect(lost.length).toBeGreaterThan(0);
    expect(open.map(({ source }: { source: { id: string } }) => source.id).toSorted()).toEqual(
      lost.map(({ requirementId }: { requirementId: string }) => requirementId).toSorted(),
    );
  });

  it("and stands still while nothing happens", async () => {
    await keepTasks(app, orgId);
    const sizeOf = async () =>
      (await app.db.selectFrom("ledger_log").select("size").where("org_id", "=", orgId).executeTakeFirstOrThrow()).size;
    const before = await sizeOf();
    await keepTasks(app, orgId);
    await keepTasksDue(app);
    expect(await keepTasksDue(app)).toBe(0);
    expect(await sizeOf()).toBe(before);
  });
});

describe("a task that is late", () => {
  it("is escalated to the manager once, and no more when its next deadline has not come", async () => {
    const alertId = await raiseAlert();
    const task = await taskOf(alertId);
    expect(await tasks("max", "view=escalated")).toEqual([]);
    await pass(2n * MICROS_PER_DAY);
    expect(await keepTasksDue(app)).toBeGreaterThan(0);
    const [escalated] = await tasks("max", "view=escalated");
    expect(escalated).toMatchObject({ id: task.id, overdue: true, escalatedTo: { id: people.max.id } });
    await pass(MICROS_PER_DAY);
    await keepTasks(app, orgId);
    const { events } = await read(task.id);
    expect(events.map(({ event }: { event: string }) => event)).toEqual(["escalated", "opened"]);
    expect((await send("GET", "/task-counts", undefined, "max")).body).toMatchObject({ mine: 0, escalated: 1 });
    expect((await send("GET", "/task-counts", undefined, "eve")).body).toMatchObject({ overdue: 1 });
    await change("alerts", alertId, { state: "acknowledged" }, "eve");
    expect(await tasks("max", "view=escalated")).toEqual([]);
    expect(await taskOf(alertId)).toMatchObject({ escalatedAt: null, overdue: false });
  });

  it("goes on to the lead and to top management while it stays late", async () => {
    await make("role-assignments", { role: "top_management", personId: people.top.id, validFrom: "2026-03-10" });
    const [task] = (await tasks("eve", "view=mine")).filter(({ kind }: { kind: string }) => kind === "alert");
    for (const who of ["max", "lead", "top", "top"] as const) {
      await pass(10n * MICROS_PER_DAY);
      expect(await tasks(who, "view=escalated")).toContainEqual(expect.objectContaining({ id: task.id }));
    }
    const { events } = await read(task.id);
    const steps = events.filter(({ event }: { event: string }) => event === "escalated").slice(0, 3);
    expect(steps.map(({ to }: { to: { id: string } }) => to.id)).toEqual([
      people.top.id,
      people.lead.id,
      people.max.id,
    ]);
  });
});

describe("people", () => {
  it("take tasks and hand them over, and what a person decided stays", async () => {
    const [task] = await tasks("eve", "view=mine");
    const handed = await send(
      "POST",
      `/tasks/${task.id}/assignment`,
      { personId: people.lead.id, reason: "I am away." },
      "eve",
    );
    expect(handed.body).toMatchObject({ assignee: { id: people.lead.id }, may: { assign: { allowed: true } } });
    expect(handed.body.events[0]).toMatchObject({
      event: "assigned",
      actor: { kind: "person", id: people.eve.id },
      from: { id: people.eve.id },
      to: { id: people.lead.id, name: "Founder" },
      reason: "I am away.",
    });
    await change("systems", systemId, { ownerId: people.max.id });
    expect(await taskOf(task.source.id)).toMatchObject({ assignee: { id: people.lead.id } });
    await change("systems", systemId, { ownerId: people.eve.id });
    const back = await send("POST", `/tasks/${task.id}/assignment`, { personId: people.eve.id }, "eve");
    expect(back.status).toBe(200);
    const nobody = await send("POST", `/tasks/${task.id}/assignment`, { personId: systemId }, "eve");
    expect(nobody.status).toBe(422);
  });

  it("talk about a task, and mention only people whom the organisation knows", async () => {
    const [task] = await tasks("eve", "view=mine");
    const say = (text: string, who: Who = "eve") => send("POST", `/tasks/${task.id}/comments`, { text }, who);
    const said = await say(`Can you look, @[${people.max.id}]? @[${people.max.id}] knows.`);
    expect(said.status).toBe(201);
    expect(said.body.comments).toBe(1);
    expect(said.body.discussion).toMatchObject([
      { author: { name: "eve" }, mentions: [{ id: people.max.id, name: "max" }] },
    ]);
    const entry = await send("GET", `/ledger/entries/${said.body.discussion[0].ledgerIndex}`);
    expect(entry.body.kind).toBe("task.commented");
    expect((await say(`@[${systemId}]`)).body.errors[0].pointer).toBe("/text");
    expect((await say("  ")).body.errors[0].pointer).toBe("/text");
    expect((await say("x".repeat(4001))).status).toBe(422);
    const key = await app.makeKey(people.lead.cookie, ["records:read"]);
    const byKey = await app.send("POST", `/tasks/${task.id}/comments`, { text: "x" }, { key });
    expect(byKey.status).toBe(403);
    expect((await app.send("GET", "/tasks?view=mine", undefined, { key })).body.items).toEqual([]);
  });

  it("who are shut out hand their open tasks to their manager; who have none, to the lead", async () => {
    const [mine] = await tasks("eve", "view=mine");
    await send("PATCH", `/members/${people.eve.memberId}`, { disabled: true });
    expect(await taskOf(mine.source.id)).toMatchObject({ id: mine.id, assignee: { id: people.max.id } });
    const { events } = await read(mine.id);
    expect(events.find(({ event }: { event: string }) => event === "assigned")).toMatchObject({
      actor: { kind: "system" },
      from: { id: people.eve.id },
      to: { id: people.max.id },
    });
    // Max leaves at the end of today.
    await change("people", people.max.id, { activeTo: nowText().slice(0, 10) });
    expect(await taskOf(mine.source.id)).toMatchObject({ assignee: { id: people.max.id } });
    await pass(MICROS_PER_DAY + MICROS_PER_HOUR);
    expect(await keepTasksDue(app)).toBeGreaterThan(0);
    expect(await taskOf(mine.source.id)).toMatchObject({ assignee: { id: people.lead.id } });
    expect(
      (await send("GET", "/tasks?view=all&limit=200")).body.items.map(
        (task: { assignee: { id: string } | null }) => task.assignee?.id,
      ),
    ).not.toContain(people.eve.id);
    app.clock.advance(MICROS_PER_MINUTE);
  });

  it("see the tasks of their own organisation only", async () => {
    const { cookie } = people.lead;
    const organisation = { name: "Other", timeZone: "UTC" };
    const other = await app.send("POST", "/session/organisations", organisation, { cookie });
    expect(other.status, JSON.stringify(other.body)).toBe(201);
    const [task] = (await send("GET", "/tasks")).body.items;
    const moved = await app.send("PUT", "/session/organisation", { organisationId: other.body.id }, { cookie });
    const there = { cookie: moved.cookie ?? cookie };
    expect((await app.send("GET", "/tasks", undefined, there)).body.items).toEqual([]);
    expect((await app.send("GET", `/tasks/${task.id}`, undefined, there)).status).toBe(404);
    const assigned = await app.send("POST", `/tasks/${task.id}/assignment`, { personId: null }, there);
    expect(assigned.status).toBe(404);
    expect((await app.send("POST", `/tasks/${task.id}/comments`, { text: "x" }, there)).status).toBe(404);
  });
});
