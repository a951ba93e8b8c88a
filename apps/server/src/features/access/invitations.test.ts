/** Invitations and lost passwords, by link and by mail, as a real mail server gets it. */
import { MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { startMailServer } from "../../../test/support/mail-server.ts";
import { deliverMail } from "../../platform/mail/outbox.ts";
import { answerRecoveryRequests } from "./access.recovery.ts";

let server: Awaited<ReturnType<typeof startMailServer>>;
let app: TestApp;
let founder: string;
let people = 0;

beforeAll(async () => {
  server = await startMailServer();
  app = await createTestApp({ mail: server.config() });
  await app.setUp();
});
beforeEach(async () => {
  server.received.length = 0;
  server.refuse(undefined);
  // Tests move the clock, which ends sessions.
  const reply = await app.send("POST", "/session", { email: "founder@example.org", password: PASSWORD });
  founder = reply.cookie as string;
});
afterAll(async () => {
  await app?.close();
  await server?.close();
});

const newEmail = () => `guest${++people}@example.org`;

async function invite(body: object) {
  const person = { name: "Grace", email: newEmail(), roles: ["engineer"], ...body };
  const reply = await app.send("POST", "/members", person, { cookie: founder });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return { ...reply.body, email: person.email };
}

async function memberOf(id: string) {
  const { body } = await app.send("GET", "/members", undefined, { cookie: founder });
  return body.items.find((member: { id: string }) => member.id === id);
}

async function act(method: string, id: string, path: string) {
  return app.send(method, `/members/${id}/${path}`, undefined, { cookie: founder });
}

/** What the background does by itself, then the mail that arrived. */
async function mailed() {
  await answerRecoveryRequests(app);
  await deliverMail(app);
  return server.received.splice(0);
}

const tokenIn = (text: string | undefined) => /#token=([A-Za-z0-9_-]+)/.exec(text ?? "")?.[1] ?? "";
const join = (token: string, password = PASSWORD) => app.send("POST", "/links/use", { token, password });

describe("an invitation", () => {
  it("comes by mail, lets its person in, and its link is shown to nobody else", async () => {
    const { member, link, email } = await invite({ deliver: "email" });
    expect(link).toBeNull();
    expect(member).toMatchObject({ state: "invited", link: { mail: "pending" } });
    const [first] = await mailed();
    expect(first?.recipients).toEqual([email]);
    expect(first?.mail.subject).toBe("Your access to Acme in Steward");
    expect(await memberOf(member.id)).toMatchObject({ state: "invited", link: { mail: "sent" } });
    expect((await join(tokenIn(first?.mail.text))).status).toBe(201);
    expect(await memberOf(member.id)).toMatchObject({ state: "active", link: null });
  });

  it("is mailed again with a new link, and the old link is dead", async () => {
    const { member } = await invite({ deliver: "email" });
    const [first] = await mailed();
    expect((await act("POST", member.id, "mailed-link")).status).toBe(200);
    const [second] = await mailed();
    expect((await join(tokenIn(first?.mail.text))).status).toBe(403);
    expect((await join(tokenIn(second?.mail.text))).status).toBe(201);
  });

  it("says when its mail was refused", async () => {
    server.refuse(550);
    const { member } = await invite({ deliver: "email" });
    await mailed();
    expect((await memberOf(member.id)).link).toMatchObject({
      mail: "failed",
      mailError: expect.stringContaining("550"),
    });
  });

  it("can be revoked: its link is dead, and who never joined may not sign in", async () => {
    const { member, link } = await invite({});
    expect((await act("DELETE", member.id, "link")).body).toMatchObject({ state: "disabled", link: null });
    expect((await join(tokenIn(link.url))).status).toBe(403);
    expect((await act("DELETE", member.id, "link")).status).toBe(409);
    const { body } = await app.send("GET", `/ledger/entries?subjectId=${member.id}`, undefined, { cookie: founder });
    expect(body.items[0]).toMatchObject({ kind: "membership.disabled" });
  });

  it("is dead once its member is disabled", async () => {
    const { member, link } = await invite({});
    await app.send("PATCH", `/members/${member.id}`, { disabled: true }, { cookie: founder });
    expect((await join(tokenIn(link.url))).status).toBe(403);
    await app.send("PATCH", `/members/${member.id}`, { disabled: false }, { cookie: founder });
    expect((await join(tokenIn(link.url))).status).toBe(403);
  });

  it("names whom and which organisation in text alone, whatever they are called", async () => {
    await invite({ deliver: "email", name: "<script>alert(1)</script> Bcc: eve@example.org" });
    const [first] = await mailed();
    expect(first?.mail.html).toBe(false);
    expect(first?.recipients).toHaveLength(1);
  });

  it("goes to one plain address only", async () => {
    for (const email of ["a@example.org,b@example.org", '"a,b"@example.org', "a@example.org\r\nBcc: b@example.org"]) {
      const body = { name: "Eve", email, roles: ["reader"], deliver: "email" };
      const reply = await app.send("POST", "/members", body, { cookie: founder });
      expect(reply.status, email).toBe(422);
      expect(reply.body.errors[0]).toMatchObject({ pointer: "/email" });
    }
  });
});

describe("a disabled member", () => {
  it("loses the keys that they made, and each revocation stands in the ledger", async () => {
    const { member, link } = await invite({ roles: ["administrator"] });
    const { cookie } = await join(tokenIn(link.url));
    const key = await app.makeKey(cookie as string, ["records:read"]);
    expect((await app.send("GET", "/systems", undefined, { key })).status).toBe(200);
    await app.send("PATCH", `/members/${member.id}`, { disabled: true }, { cookie: founder });
    expect((await app.send("GET", "/systems", undefined, { key })).status).toBe(401);
    const { body } = await app.send("GET", "/ledger/entries?kind=api_key.revoked", undefined, { cookie: founder });
    expect(body.items.length).toBeGreaterThan(0);
  });
});

describe("a lost password", () => {
  async function ask(email: string) {
    return app.send("POST", "/session/recovery", { email });
  }

  it("is replaced from the person's own mailbox, once, and ends every session", async () => {
    const email = newEmail();
    const { cookie } = await app.join(founder, email, ["reader"]);
    expect((await ask(email.toUpperCase())).status).toBe(202);
    const [sent] = await mailed();
    expect(sent?.recipients).toEqual([email]);
    const token = tokenIn(sent?.mail.text);
    expect((await join(token, "another good sentence")).status).toBe(201);
    expect((await app.send("GET", "/session", undefined, { cookie })).status).toBe(401);
    expect((await join(token)).status).toBe(403);
    expect((await app.send("POST", "/session", { email, password: "another good sentence" })).status).toBe(201);
  });

  it("answers alike for an account and for none, and mails nobody who has none", async () => {
    const known = await ask("founder@example.org");
    const unknown = await ask("nobody@example.org");
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect((await mailed()).map(({ recipients }) => recipients)).toEqual([["founder@example.org"]]);
    expect(await app.db.selectFrom("recovery_request").selectAll().execute()).toEqual([]);
  });

  it("is not mailed to a disabled member, nor more than three times an hour", async () => {
    const email = newEmail();
    const { member } = await app.join(founder, email, ["reader"]);
    for (let n = 0; n < 5; n++) await ask(email);
    expect(await mailed()).toHaveLength(3);
    app.clock.advance(2n * MICROS_PER_HOUR);
    await app.send("PATCH", `/members/${member.id}`, { disabled: true }, { cookie: founder });
    await ask(email);
    expect(await mailed()).toEqual([]);
  });

  it("has an hour, and waits until a stranger has asked twenty times", async () => {
    const email = newEmail();
    await app.join(founder, email, ["reader"]);
    await ask(email);
    const [sent] = await mailed();
    app.clock.advance(61n * MICROS_PER_MINUTE);
    expect((await join(tokenIn(sent?.mail.text))).status).toBe(403);
    let status = 202;
    for (let n = 0; n < 21; n++) ({ status } = await ask("nobody@example.org"));
    expect(status).toBe(429);
  });
});

describe("without a mail server", () => {
  it("says so, and offers nothing that needs one", async () => {
    const bare = await createTestApp();
    const { cookie } = await bare.setUp();
    expect((await bare.send("GET", "/session/options")).body).toMatchObject({ recoveryByMail: false });
    expect((await bare.send("POST", "/session/recovery", { email: "founder@example.org" })).status).toBe(409);
    const person = { name: "Ada", email: "ada@example.org", roles: ["reader"], deliver: "email" };
    const refused = await bare.send("POST", "/members", person, { cookie });
    expect(refused.status).toBe(409);
    expect(refused.body.errors).toMatchObject([{ pointer: "/deliver" }]);
    const members = await bare.send("GET", "/members", undefined, { cookie });
    expect(members.body.items).toHaveLength(1);
    await bare.close();
  });
});
