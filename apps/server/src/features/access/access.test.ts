/** Set-up, sign-in, links, sessions and keys as strangers, people and programs meet them. */
import { MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";

let app: TestApp;
let founder: string;
let people = 0;

beforeAll(async () => {
  app = await createTestApp();
  ({ cookie: founder } = await app.setUp());
});
beforeEach(async () => {
  // Tests move the clock, which ends sessions.
  founder = await signedIn("founder@example.org");
});
afterAll(async () => {
  await app?.close();
});

async function signedIn(email: string, password = PASSWORD): Promise<string> {
  const reply = await app.send("POST", "/session", { email, password });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.cookie as string;
}

function newEmail(): string {
  return `person${++people}@example.org`;
}

const tokenOf = (url: string) => new URL(url).hash.replace("#token=", "");

describe("the first set-up", () => {
  it("happens once: there is no second link, and an old one is dead", async () => {
    expect(await app.setUpLink()).toBeUndefined();
    expect((await app.send("GET", "/setup")).body).toEqual({ needed: false });
    const again = await app.send("POST", "/setup", {
      token: "a".repeat(43),
      organisation: { name: "Second", timeZone: "UTC" },
      person: { name: "Mallory", email: "mallory@example.org" },
      password: PASSWORD,
    });
    expect(again.status).toBe(403);
  });
});

describe("the founder of an organisation", () => {
  it("was last signed in when it was set up, not never", async () => {
    const { cookie, member } = await app.join(founder, newEmail(), ["administrator"]);
    const made = await app.send("POST", "/session/organisations", { name: "Own", timeZone: "UTC" }, { cookie });
    const moved = await app.send("PUT", "/session/organisation", { organisationId: made.body.id }, { cookie });
    const { body } = await app.send("GET", "/members", undefined, { cookie: moved.cookie });
    expect(body.items).toMatchObject([{ state: "active", lastSignInAt: expect.stringMatching(/^2026-03-10T/) }]);
    await app.send("PATCH", `/members/${member.id}`, { roles: ["reader"] }, { cookie: founder });
  });
});

describe("a session", () => {
  it("is a new random token at every sign-in, and the one that a stranger planted is never taken over", async () => {
    const planted = "steward_session=planted-by-a-stranger-000000000000000000000";
    const reply = await app.send(
      "POST",
      "/session",
      { email: "founder@example.org", password: PASSWORD },
      { cookie: planted },
    );
    expect(reply.status).toBe(201);
    expect(reply.cookie).not.toBe(planted);
    expect(reply.cookie).not.toBe(founder);
    expect(String(reply.headers["set-cookie"])).toMatch(/HttpOnly/);
    expect(String(reply.headers["set-cookie"])).toMatch(/SameSite=Strict/);
    expect((await app.send("GET", "/session", undefined, { cookie: planted })).status).toBe(401);
  });

  it("ends when its person signs out", async () => {
    expect((await app.send("DELETE", "/session", undefined, { cookie: founder })).status).toBe(200);
    expect((await app.send("GET", "/session", undefined, { cookie: founder })).status).toBe(401);
  });

  it("ends after twelve hours of silence, and after fourteen days whatever happens", async () => {
    app.clock.advance(11n * MICROS_PER_HOUR);
    expect((await app.send("GET", "/session", undefined, { cookie: founder })).status).toBe(200);
    app.clock.advance(13n * MICROS_PER_HOUR);
    expect((await app.send("GET", "/session", undefined, { cookie: founder })).status).toBe(401);
    const busy = await signedIn("founder@example.org");
    for (let passed = 0n; passed < 14n * MICROS_PER_DAY; passed += 10n * MICROS_PER_HOUR) {
      app.clock.advance(10n * MICROS_PER_HOUR);
      await app.send("GET", "/session", undefined, { cookie: busy });
    }
    expect((await app.send("GET", "/session", undefined, { cookie: busy })).status).toBe(401);
  });

  it("may not be used for writes from another site", async () => {
    const body = { values: { name: "Planted", purpose: "x" } };
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { origin: "https://evil.example" },
      { origin: "null" },
    ]) {
      const reply = await app.send("POST", "/systems", body, { cookie: founder, headers });
      expect(reply.status, JSON.stringify(headers)).toBe(403);
    }
    const own = { "sec-fetch-site": "same-origin", origin: "http://localhost:42001" };
    expect((await app.send("POST", "/systems", body, { cookie: founder, headers: own })).status).toBe(201);
  });

  it("ends everywhere else when the password changes", async () => {
    const email = newEmail();
    const { cookie } = await app.join(founder, email, ["reader"]);
    const elsewhere = await signedIn(email);
    const next = "quite another good sentence";
    const wrong = await app.send("PUT", "/session/password", { current: "not it at all", password: next }, { cookie });
    expect(wrong.body.errors).toMatchObject([{ pointer: "/current" }]);
    const changed = await app.send("PUT", "/session/password", { current: PASSWORD, password: next }, { cookie });
    expect(changed.status).toBe(200);
    expect((await app.send("GET", "/session", undefined, { cookie: elsewhere })).status).toBe(401);
    expect((await app.send("GET", "/session", undefined, { cookie: changed.cookie })).status).toBe(200);
    await signedIn(email, next);
  });
});

describe("guessing", () => {
  it("is slowed down by account, says for how long, and stops nobody for good", async () => {
    const email = newEmail();
    await app.join(founder, email, ["reader"]);
    const guess = (password: string) => app.send("POST", "/session", { email: email.toUpperCase(), password });
    for (let n = 0; n < 10; n++) expect((await guess(`wrong guess number ${n}`)).status).toBe(401);
    const refused = await guess(PASSWORD);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    app.clock.advance(16n * MICROS_PER_MINUTE);
    expect((await guess(PASSWORD)).status).toBe(201);
  });

  it("is slowed down when all guesses come at once: no more are checked than one after the other", async () => {
    const email = newEmail();
    await app.join(founder, email, ["reader"]);
    const guesses = Array.from({ length: 16 }, (_, n) =>
      app.send("POST", "/session", { email, password: `wrong guess ${n}` }),
    );
    const answers = (await Promise.all(guesses)).map(({ status }) => status);
    expect(answers.filter((status) => status === 401)).toHaveLength(10);
    expect(answers.filter((status) => status === 429)).toHaveLength(6);
  });

  it("forgets the failures of somebody who then gives the right password", async () => {
    const email = newEmail();
    await app.join(founder, email, ["reader"]);
    const guess = (password: string) => app.send("POST", "/session", { email, password });
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 9; n++) expect((await guess(`wrong guess number ${n}`)).status).toBe(401);
      expect((await guess(PASSWORD)).status).toBe(201);
    }
  });

  it("learns nothing from the answer about who has an account", async () => {
    const known = await app.send("POST", "/session", { email: "founder@example.org", password: "not the password" });
    const unknown = await app.send("POST", "/session", { email: "nobody@example.org", password: "not the password" });
    const { instance: _a, ...first } = known.body;
    const { instance: _b, ...second } = unknown.body;
    expect(second).toEqual(first);
  });
});

describe("a one-time link", () => {
  it("lets its person in once", async () => {
    const email = newEmail();
    const added = await app.send(
      "POST",
      "/members",
      { name: "Grace", email, roles: ["engineer"] },
      { cookie: founder },
    );
    const token = tokenOf(added.body.link.url);
    expect((await app.send("POST", "/links/read", { token })).body).toMatchObject({ name: "Grace", email });
    expect((await app.send("POST", "/links/use", { token, password: "short" })).body.errors).toMatchObject([
      { pointer: "/password" },
    ]);
    expect((await app.send("POST", "/links/use", { token, password: PASSWORD })).status).toBe(201);
    expect((await app.send("POST", "/links/use", { token, password: PASSWORD })).status).toBe(403);
  });

  it("dies after seven days, and when a newer one is made", async () => {
    const added = await app.send(
      "POST",
      "/members",
      { name: "Late", email: newEmail(), roles: ["reader"] },
      { cookie: founder },
    );
    const renewed = await app.send("POST", `/members/${added.body.member.id}/link`, undefined, { cookie: founder });
    expect((await app.send("POST", "/links/read", { token: tokenOf(added.body.link.url) })).status).toBe(403);
    expect((await app.send("POST", "/links/read", { token: tokenOf(renewed.body.url) })).status).toBe(200);
    app.clock.advance(8n * MICROS_PER_DAY);
    expect((await app.send("POST", "/links/read", { token: tokenOf(renewed.body.url) })).status).toBe(403);
  });
});

describe("members", () => {
  it("always leave one administrator", async () => {
    const members = await app.send("GET", "/members", undefined, { cookie: founder });
    const me = members.body.items.find(({ email }: { email: string }) => email === "founder@example.org");
    for (const change of [{ roles: ["reader"] }, { disabled: true }]) {
      expect((await app.send("PATCH", `/members/${me.id}`, change, { cookie: founder })).status).toBe(409);
    }
  });

  it("lose their sessions when they are disabled, and their change stands in the ledger with its reason", async () => {
    const email = newEmail();
    const { cookie, member } = await app.join(founder, email, ["engineer"]);
    const change = { disabled: true, changeReason: "Left the company." };
    expect((await app.send("PATCH", `/members/${member.id}`, change, { cookie: founder })).body.state).toBe("disabled");
    expect((await app.send("GET", "/session", undefined, { cookie })).status).toBe(401);
    expect((await app.send("POST", "/session", { email, password: PASSWORD })).status).toBe(401);
    const { body } = await app.send("GET", `/ledger/entries?subjectId=${member.id}`, undefined, { cookie: founder });
    expect(body.items.map(({ kind }: { kind: string }) => kind)).toEqual(["membership.disabled", "membership.created"]);
  });
});

describe("an API key", () => {
  it("is shown once, and the database holds only a hash of it", async () => {
    const made = await app.send(
      "POST",
      "/api-keys",
      { name: "Pipeline", scopes: ["records:read"] },
      { cookie: founder },
    );
    const { secret, key } = made.body;
    const listed = await app.send("GET", "/api-keys", undefined, { cookie: founder });
    expect(JSON.stringify(listed.body)).not.toContain(secret.slice(key.prefix.length + 1));
    const rows = await app.db.selectFrom("api_key").selectAll().execute();
    expect(
      JSON.stringify(
        rows.map((row) => ({ ...row, secret_hash: row.secret_hash.toString("latin1") })),
        text,
      ),
    ).not.toContain(secret.slice(key.prefix.length + 1));
    expect((await app.send("GET", "/systems", undefined, { key: secret })).status).toBe(200);
  });

  it("ends at its day, and at once when it is revoked", async () => {
    const shortLived = await app.makeKey(founder, ["records:read"], { expiresInDays: 1 });
    const revoked = await app.send(
      "POST",
      "/api-keys",
      { name: "Lost", scopes: ["records:read"] },
      { cookie: founder },
    );
    await app.send("POST", `/api-keys/${revoked.body.key.id}/revocation`, {}, { cookie: founder });
    expect((await app.send("GET", "/systems", undefined, { key: revoked.body.secret })).status).toBe(401);
    expect((await app.send("GET", "/systems", undefined, { key: shortLived })).status).toBe(200);
    app.clock.advance(25n * MICROS_PER_HOUR);
    expect((await app.send("GET", "/systems", undefined, { key: shortLived })).status).toBe(401);
  });

  it("writes for one AI system only when it is bound to one", async () => {
    const make = (name: string) =>
      app.send("POST", "/systems", { values: { name, purpose: "x" } }, { cookie: founder });
    const mine = (await make("Bound")).body.id;
    const other = (await make("Other")).body.id;
    const key = await app.makeKey(founder, ["systems:write", "decisions:write"], { systemId: mine });
    const decision = { id: "d-1", release: "1", occurredAt: "2026-03-10T09:00:00Z", outcome: "yes" };
    expect((await app.send("POST", "/decisions", { ...decision, system: other }, { key })).status).toBe(403);
    expect((await app.send("POST", "/decisions", { ...decision, system: mine }, { key })).status).toBe(200);
    const etag = '"1"';
    const values = { purpose: "y" };
    expect((await app.send("PATCH", `/systems/${other}`, { values }, { key, etag })).status).toBe(403);
    expect((await app.send("PATCH", `/systems/${mine}`, { values }, { key, etag })).status).toBe(200);
  });
});

/** Moments are bigints, which JSON has no word for. */
function text(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
