/** People are told once of what concerns them, in the application and by mail, as they want it. */
import { formatInstant, MICROS_PER_DAY, MICROS_PER_HOUR, parseInstant } from "@steward/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { startMailServer } from "../../../test/support/mail-server.ts";
import { deliverMail } from "../../platform/mail/outbox.ts";
import { keepTasks } from "../tasks/tasks.keep.ts";
import { sendDigests } from "./digest.ts";

let mail: Awaited<ReturnType<typeof startMailServer>>;
let app: TestApp;
let orgId: string;
const people = {} as Record<"founder" | "eve" | "max" | "top", { cookie: string; id: string }>;
type Who = keyof typeof people;
let systemId: string;

beforeAll(async () => {
  mail = await startMailServer();
  app = await createTestApp({ mail: mail.config() });
  const founder = await app.setUp();
  ({ orgId } = founder);
  people.founder = { cookie: founder.cookie, id: founder.personId };
  for (const [who, role] of [
    ["eve", "engineer"],
    ["max", "overseer"],
    ["top", "top_management"],
  ] as const) {
    const { cookie, member } = await app.join(founder.cookie, `${who}@example.org`, [role]);
    people[who] = { cookie, id: member.personId };
  }
  const { headers } = await send("GET", `/people/${people.eve.id}`);
  const values = { managerId: people.max.id };
  await send("PATCH", `/people/${people.eve.id}`, { values }, "founder", { etag: String(headers["etag"]) });
  systemId = await make("systems", { name: "Pricer", purpose: "Sets prices.", ownerId: people.eve.id });
});
beforeEach(async () => {
  await deliverMail(app);
  mail.received.length = 0;
});
afterAll(async () => {
  await app?.close();
  await mail?.close();
});

/** A session ends with its days: whoever calls after the clock was moved signs in again first. */
const gone = new Set<Who>();

async function send(method: string, url: string, body?: unknown, who: Who = "founder", more: object = {}) {
  if (gone.delete(who)) {
    const signedIn = await app.send("POST", "/session", { email: `${who}@example.org`, password: PASSWORD });
    people[who].cookie = signedIn.cookie as string;
  }
  return app.send(method, url, body, { cookie: people[who].cookie, ...more });
}

async function make(register: string, values: object, who: Who = "founder"): Promise<string> {
  const { status, body } = await send("POST", `/${register}`, { values }, who);
  expect(status, JSON.stringify(body)).toBe(201);
  return body.id;
}

function goTo(moment: string): void {
  app.clock.set(parseInstant(moment) as bigint);
  for (const who of Object.keys(people) as Who[]) gone.add(who);
}

/** A task of Eve's: a model that changed. */
async function changeModel(seenModel: string) {
  const id = await make("model-changes", { systemId, seenModel, detectedAt: formatInstant(app.clock.now()) });
  await keepTasks(app, orgId);
  const { body } = await send("GET", "/tasks?kind=model_review&limit=200");
  return body.items.find(({ source }: { source: { id: string } }) => source.id === id);
}

const told = async (who: Who) => (await send("GET", "/notifications", undefined, who)).body;
const kindsOf = async (who: Who) => (await told(who)).items.map(({ kind }: { kind: string }) => kind);
const markAll = async (who: Who) => send("POST", "/notifications/read", { ids: "all" }, who);

async function digests(): Promise<string[]> {
  await sendDigests(app);
  await deliverMail(app);
  return mail.received
    .filter(({ mail: one }) => one.text?.includes("/settings/notifications"))
    .flatMap(({ recipients }) => recipients);
}

describe("notifications", () => {
  it("tell who gets a task, who may decide, who is mentioned and whose task is discussed; never who acted", async () => {
    const task = await changeModel("gpt-6");
    expect(await told("eve")).toMatchObject({
      total: 1,
      items: [{ kind: "assigned", readAt: null, actor: { kind: "system" }, task: { id: task.id, title: task.title } }],
    });
    await send("POST", `/tasks/${task.id}/comments`, { text: `@[${people.top.id}] look` }, "max");
    expect(await kindsOf("eve")).toEqual(["commented", "assigned"]);
    expect(await told("top")).toMatchObject({ items: [{ kind: "mentioned", actor: { name: "max" } }] });
    expect(await kindsOf("max")).toEqual([]);
    await send("POST", `/tasks/${task.id}/assignment`, { personId: people.max.id }, "max");
    expect(await kindsOf("max")).toEqual([]);
    await send("POST", `/tasks/${task.id}/assignment`, { personId: people.eve.id }, "max");
    expect(await kindsOf("eve")).toEqual(["assigned", "commented", "assigned"]);
    await make("exceptions", {
      controlId: "A.6.2.8",
      justification: "It is being moved.",
      compensation: "Counted by hand.",
      requestedById: people.founder.id,
      validFrom: "2026-03-10",
      validTo: "2026-06-30",
    });
    await keepTasks(app, orgId);
    expect(await kindsOf("top")).toEqual(["asked", "mentioned"]);
    expect(await kindsOf("founder")).not.toContain("asked");
  });

  it("are read one by one or all at once, each person's own", async () => {
    const { items, total } = await told("eve");
    expect(total).toBe(3);
    const one = await send("POST", "/notifications/read", { ids: [items[0].id] }, "max");
    expect(one.body).toEqual({ unread: 0 });
    expect((await told("eve")).total).toBe(3);
    expect((await send("POST", "/notifications/read", { ids: [items[0].id] }, "eve")).body).toEqual({ unread: 2 });
    const page = await send("GET", "/notifications?limit=2", undefined, "eve");
    const rest = await send("GET", `/notifications?limit=2&cursor=${page.body.nextCursor}`, undefined, "eve");
    expect([...page.body.items, ...rest.body.items].map(({ id }) => id)).toEqual(
      items.map(({ id }: { id: string }) => id),
    );
    expect((await markAll("eve")).body).toEqual({ unread: 0 });
    const key = await app.makeKey(people.founder.cookie, ["records:read"]);
    expect((await app.send("GET", "/notifications", undefined, { key })).status).toBe(403);
  });

  it("leave out what a person does not want to be told of", async () => {
    const preferences = { digest: "never", hour: 8, weekday: "monday", timeZone: null };
    const mute = (kinds: string[]) => send("PUT", "/notification-preferences", { kinds, ...preferences }, "eve");
    expect((await mute(["mentioned"])).body).toMatchObject({ kinds: ["mentioned"], mail: { configured: true } });
    await changeModel("gpt-6.1");
    expect((await told("eve")).total).toBe(0);
    expect((await mute(["mentioned", "mentioned"])).body.errors[0].pointer).toBe("/kinds");
    const nowhere = { ...preferences, kinds: [], timeZone: "Mars/Base" };
    const refused = await send("PUT", "/notification-preferences", nowhere, "eve");
    expect(refused.body.errors[0].pointer).toBe("/timeZone");
  });
});

describe("a digest", () => {
  const want = (who: Who, over: object) =>
    send(
      "PUT",
      "/notification-preferences",
      { kinds: ["assigned", "escalated"], digest: "daily", hour: 8, weekday: "monday", timeZone: null, ...over },
      who,
    );

  it("comes once a day from the hour on that it is where the person is, and says what is due and new", async () => {
    for (const who of ["founder", "max", "top"] as const) await want(who, { digest: "never" });
    await want("eve", { hour: 7, timeZone: "America/New_York" });
    goTo("2026-03-11T10:30:00Z");
    await changeModel("gpt-6.2");
    // 06:30 in New York, which has changed its clocks already: 10:30 UTC.
    expect(await digests()).toEqual([]);
    app.clock.advance(MICROS_PER_HOUR);
    expect(await digests()).toEqual(["eve@example.org"]);
    const [{ mail: one }] = mail.received as [(typeof mail.received)[0]];
    expect(one.subject).toMatch(/^Acme: 1 new$/);
    expect(one.text).toContain("Yours now: Pricer is answered by gpt-6.2.");
    expect(one.text).toContain("from 07:00 (America/New_York)");
    expect(one.text).toMatch(/http:\/\/localhost:42001\/work\/[0-9a-f-]{36}/);
    expect(await digests()).toHaveLength(1);
    app.clock.advance(MICROS_PER_HOUR);
    expect(await digests()).toHaveLength(1);
  });

  it("does not come on days off, and not when nothing is new or due", async () => {
    await want("founder", { kinds: [] });
    await make("holidays", { name: "Closed", firstDay: "2026-03-13", lastDay: "2026-03-13" });
    goTo("2026-03-13T13:00:00Z");
    await changeModel("gpt-6.3");
    expect(await digests()).toEqual([]);
    goTo("2026-03-15T13:00:00Z");
    expect(await digests()).toEqual([]);
    goTo("2026-03-16T13:00:00Z");
    expect(await digests()).toEqual(["eve@example.org"]);
    expect(mail.received[0]?.mail.text).toContain("Due soon");
  });

  it("names what is late, to who has it and to who hears of it, and nobody who was shut out", async () => {
    await want("max", { weekday: "thursday", digest: "weekly" });
    goTo("2026-03-25T13:00:00Z");
    await keepTasks(app, orgId);
    expect(await digests()).toEqual(["eve@example.org"]);
    expect(mail.received[0]?.mail.subject).toMatch(/overdue/);
    mail.received.length = 0;
    goTo("2026-03-26T13:00:00Z");
    expect((await digests()).toSorted()).toEqual(["eve@example.org", "max@example.org"]);
    const late = mail.received.find(({ recipients }) => recipients[0] === "max@example.org");
    expect(late?.mail.text).toContain("Late, and came to you: Pricer is answered by gpt-6.");
    mail.received.length = 0;
    const { body } = await send("GET", "/members");
    const eve = body.items.find(({ email }: { email: string }) => email === "eve@example.org");
    await send("PATCH", `/members/${eve.id}`, { disabled: true });
    app.clock.advance(MICROS_PER_DAY);
    expect(await digests()).toEqual([]);
  });
});
