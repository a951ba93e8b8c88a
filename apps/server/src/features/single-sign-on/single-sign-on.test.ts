/** Single sign-on against a real OpenID provider, and against what is no provider. */
import { MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { CLIENT, startIdentityProvider } from "../../../test/support/identity-provider.ts";

let provider: Awaited<ReturnType<typeof startIdentityProvider>>;
let app: TestApp;
let founder: string;
let people = 0;

beforeAll(async () => {
  provider = await startIdentityProvider();
  app = await createTestApp({ webhookNetworks: ["loopback"] });
  await app.setUp();
});
beforeEach(async () => {
  // Tests move the clock, which ends sessions.
  const reply = await app.send("POST", "/session", { email: "founder@example.org", password: PASSWORD });
  founder = reply.cookie as string;
  const { body } = await app.send("GET", "/identity-providers", undefined, { cookie: founder });
  for (const { id } of body.items) {
    await app.send("DELETE", `/identity-providers/${id}`, undefined, { cookie: founder });
  }
});
afterAll(async () => {
  await app?.close();
  await provider?.close();
});

async function addProvider(more: object = {}) {
  const settings = { name: "Acme SSO", issuer: provider.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret };
  const reply = await app.send("POST", "/identity-providers", { ...settings, ...more }, { cookie: founder });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body;
}

const joining = { joins: true, defaultRoles: ["reader"], scopes: "openid profile email groups" };

function newPerson(more: object = {}) {
  const sub = `subject-${++people}`;
  const email = `person${people}@example.org`;
  provider.people.set(sub, { email, emailVerified: true, name: `Person ${people}`, ...more });
  return { sub, email };
}

async function start(providerId: string) {
  const begun = await app.send("POST", "/session/single-sign-on", { providerId });
  expect(begun.status, JSON.stringify(begun.body)).toBe(200);
  return { url: begun.body.url as string, cookie: begun.cookie as string };
}

async function complete(cookie: string | undefined, back: URL) {
  return app.send("POST", "/session/single-sign-on/completion", { query: back.search }, { cookie });
}

/** The whole way, as a browser goes it. */
async function signIn(providerId: string, sub: string) {
  const { url, cookie } = await start(providerId);
  const reply = await complete(cookie, await provider.signIn(url, sub));
  const sessions = [reply.headers["set-cookie"] ?? []].flat() as string[];
  const session = sessions.find((line) => line.startsWith("steward_session="))?.split(";", 1)[0];
  return { ...reply, session };
}

async function memberOf(email: string) {
  const { body } = await app.send("GET", "/members", undefined, { cookie: founder });
  return body.items.find((member: { email: string }) => member.email === email);
}

describe("single sign-on", () => {
  it("lets a person join at the first sign-in, and knows them at the next, also under another address", async () => {
    const { id } = await addProvider(joining);
    const { sub, email } = newPerson();
    const first = await signIn(id, sub);
    expect(first.status, JSON.stringify(first.body)).toBe(201);
    expect(first.body).toMatchObject({ account: { email, name: `Person ${people}` }, roles: ["reader"] });
    expect(await memberOf(email)).toMatchObject({ state: "active", roles: ["reader"] });
    provider.people.set(sub, { email: "founder@example.org", emailVerified: true, name: "Mallory" });
    const second = await signIn(id, sub);
    expect(second.body.account.email).toBe(email);
  });

  it("gives roles by group, at each sign-in anew, and none to whose groups have none", async () => {
    const groupRoles = [
      { group: "ml-team", roles: ["engineer"] },
      { group: "risk", roles: ["governance_lead", "overseer"] },
    ];
    const { id } = await addProvider({ ...joining, defaultRoles: [], groupRoles });
    const { sub, email } = newPerson({ groups: ["ml-team", "canteen"] });
    expect((await signIn(id, sub)).body.roles).toEqual(["engineer"]);
    provider.people.set(sub, { email, groups: ["risk"] });
    const moved = await signIn(id, sub);
    expect([...moved.body.roles].sort()).toEqual(["governance_lead", "overseer"]);
    provider.people.set(sub, { email, groups: ["canteen"] });
    expect(await signIn(id, sub)).toMatchObject({ status: 403, body: { detail: expect.stringContaining("groups") } });
  });

  it("finds a member who was invited, and leaves the roles that an administrator gave", async () => {
    const { id } = await addProvider(joining);
    const { sub, email } = newPerson();
    await app.send("POST", "/members", { name: "Invited", email, roles: ["overseer"] }, { cookie: founder });
    expect((await signIn(id, sub)).body).toMatchObject({ roles: ["overseer"] });
  });

  it.each([
    ["nobody let in", {}, { joins: false }, "let you in"],
    ["whose address is not verified", { emailVerified: false }, {}, "not verified"],
    ["without an address", { email: undefined }, {}, "e-mail address"],
    ["of another domain", {}, { domains: ["acme.example"] }, "example.org"],
  ])("refuses a person %s", async (_who, person, settings, reason) => {
    const { id } = await addProvider({ ...joining, ...settings });
    const { sub, email } = newPerson(person);
    const refused = await signIn(id, sub);
    expect(refused).toMatchObject({ status: 403, session: undefined });
    expect(refused.body.detail).toContain(reason);
    expect(await memberOf(email)).toBeUndefined();
  });

  it("refuses a disabled member, and ends with the provider's removal", async () => {
    const { id } = await addProvider(joining);
    const { sub, email } = newPerson();
    const { session } = await signIn(id, sub);
    await app.send("DELETE", `/identity-providers/${id}`, undefined, { cookie: founder });
    expect((await app.send("GET", "/session", undefined, { cookie: session })).status).toBe(401);
    expect((await app.send("POST", "/session/single-sign-on", { providerId: id })).status).toBe(404);
    const again = await addProvider(joining);
    await app.send("PATCH", `/members/${(await memberOf(email)).id}`, { disabled: true }, { cookie: founder });
    expect(await signIn(again.id, sub)).toMatchObject({ status: 403, session: undefined });
  });

  it("opens a session for a day", async () => {
    const { id } = await addProvider(joining);
    const { session } = await signIn(id, newPerson().sub);
    for (let hour = 0; hour < 23; hour += 8) {
      app.clock.advance(7n * MICROS_PER_HOUR);
      expect((await app.send("GET", "/session", undefined, { cookie: session })).status).toBe(200);
    }
    app.clock.advance(4n * MICROS_PER_HOUR);
    expect((await app.send("GET", "/session", undefined, { cookie: session })).status).toBe(401);
  });

  it("counts in the organisation of the provider alone", async () => {
    const { id } = await addProvider(joining);
    const sub = newPerson({ email: "founder@example.org" }).sub;
    const made = await app.send(
      "POST",
      "/session/organisations",
      { name: "Other", timeZone: "UTC" },
      { cookie: founder },
    );
    const { session, body } = await signIn(id, sub);
    expect(body.organisations).toHaveLength(1);
    const organisationId = made.body.id;
    const switched = await app.send("PUT", "/session/organisation", { organisationId }, { cookie: session });
    expect(switched.status).toBe(403);
    const another = { name: "Third", timeZone: "UTC" };
    expect((await app.send("POST", "/session/organisations", another, { cookie: session })).status).toBe(403);
  });
});

describe("a sign-in that is under way", () => {
  it("carries PKCE, state and nonce, and comes back to Steward alone", async () => {
    const { id } = await addProvider(joining);
    const url = new URL((await start(id)).url);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      redirect_uri: "http://localhost:42001/sso",
      response_type: "code",
      code_challenge_method: "S256",
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{40,}$/),
      nonce: expect.stringMatching(/^[\w-]{40,}$/),
    });
    const stored = await app.db.selectFrom("sso_attempt").selectAll().execute();
    expect(stored.length).toBeGreaterThan(0);
  });

  it("is completed once, in the browser that began it, within ten minutes", async () => {
    const { id } = await addProvider(joining);
    const { sub } = newPerson();
    const { url, cookie } = await start(id);
    const back = await provider.signIn(url, sub);
    // A link with somebody else's code, planted in a victim's browser, signs nobody in.
    expect((await complete(undefined, back)).status).toBe(401);
    const other = await start(id);
    expect((await complete(other.cookie, back)).status).toBe(401);
    expect((await complete(cookie, back)).status).toBe(201);
    expect((await complete(cookie, back)).status).toBe(401);
    const slow = await start(id);
    const late = await provider.signIn(slow.url, sub);
    app.clock.advance(11n * MICROS_PER_MINUTE);
    expect((await complete(slow.cookie, late)).status).toBe(401);
  });

  it.each([
    ["another state", (query: URLSearchParams) => query.set("state", "x".repeat(43))],
    ["no state", (query: URLSearchParams) => query.delete("state")],
    ["another issuer", (query: URLSearchParams) => query.set("iss", "https://evil.example")],
    ["another code", (query: URLSearchParams) => query.set("code", "guessed")],
    ["an error", (query: URLSearchParams) => query.set("error", "access_denied")],
  ])("with %s signs nobody in", async (_what, change) => {
    const { id } = await addProvider(joining);
    const { url, cookie } = await start(id);
    const back = await provider.signIn(url, newPerson().sub);
    change(back.searchParams);
    expect(await complete(cookie, back)).toMatchObject({ status: 401 });
  });

  it("never plants a session: the one that a stranger set is not taken over", async () => {
    const { id } = await addProvider(joining);
    const { url, cookie } = await start(id);
    const back = await provider.signIn(url, newPerson().sub);
    const reply = await complete(`${cookie}; steward_session=planted`, back);
    const made = ([reply.headers["set-cookie"]].flat() as string[]).find((line) => line.startsWith("steward_session="));
    expect(made).toMatch(/HttpOnly/);
    expect(made).toMatch(/SameSite=Strict/);
    expect(made).not.toContain("planted");
  });
});

describe("an identity provider", () => {
  it("is changed, its secret never shown, and each change stands in the ledger without it", async () => {
    const made = await addProvider();
    expect(JSON.stringify(made)).not.toContain(CLIENT.secret);
    const change = { name: "Renamed", clientSecret: "a new secret" };
    const changed = await app.send("PATCH", `/identity-providers/${made.id}`, change, { cookie: founder });
    expect(changed.body).toMatchObject({ name: "Renamed", issuer: provider.issuer });
    const stored = await app.db.selectFrom("identity_provider").selectAll().where("id", "=", made.id).execute();
    expect(stored[0]?.sealed_secret.toString("latin1")).not.toContain("a new secret");
    const { body } = await app.send("GET", `/ledger/entries?subjectId=${made.id}`, undefined, { cookie: founder });
    expect(body.items.map(({ kind }: { kind: string }) => kind)).toEqual([
      "identity_provider.changed",
      "identity_provider.created",
    ]);
    const bodies = await app.db.selectFrom("ledger_body").select("body").execute();
    expect(bodies.some(({ body: bytes }) => bytes.includes("a new secret"))).toBe(false);
  });

  it("is named on the sign-in page only where it is listed", async () => {
    const hidden = await addProvider({ listed: false });
    const shown = await addProvider({ listed: true });
    const { body } = await app.send("GET", "/session/options");
    const ids = body.providers.map(({ id }: { id: string }) => id);
    expect(ids).toContain(shown.id);
    expect(ids).not.toContain(hidden.id);
  });
});

async function demand(values: { secondFactorRoles: string[] } | { singleSignOnRoles: string[] }, cookie = founder) {
  const { body } = await app.send("GET", "/organisations", undefined, { cookie });
  const [{ id, version }] = body.items;
  const change = { values, changeReason: "A test demands it." };
  return app.send("PATCH", `/organisations/${id}`, change, { cookie, etag: `"${version}"` });
}

describe("a second factor", () => {
  it("that a role demands is the provider's where it asks for one, and missing where not", async () => {
    const asks = await addProvider({ ...joining, secondFactor: true, defaultRoles: ["overseer"] });
    const asksNot = await addProvider({ ...joining, defaultRoles: ["overseer"] });
    expect((await demand({ secondFactorRoles: ["overseer"] })).status).toBe(200);
    const strong = await signIn(asks.id, newPerson().sub);
    expect(strong.body).toMatchObject({ secondFactor: "on" });
    expect((await app.send("GET", "/systems", undefined, { cookie: strong.session })).status).toBe(200);
    const weak = await signIn(asksNot.id, newPerson().sub);
    expect(weak.body).toMatchObject({ secondFactor: "required", permissions: [] });
    expect((await app.send("GET", "/systems", undefined, { cookie: weak.session })).status).toBe(403);
    expect((await demand({ secondFactorRoles: [] })).status).toBe(200);
  });
});

describe("single sign-on that a role demands", () => {
  const byPassword = async (email: string) =>
    (await app.send("POST", "/session", { email, password: PASSWORD })).cookie as string;
  const emergency = { roles: ["administrator"], reason: "The provider is away.", hours: 1 };

  it("needs a provider that is in use, for as long as it is demanded", async () => {
    const refused = await demand({ singleSignOnRoles: ["engineer"] });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: "/values/singleSignOnRoles" }] } });
    const { id } = await addProvider();
    expect((await demand({ singleSignOnRoles: ["engineer"] })).status).toBe(200);
    const off = await app.send("PATCH", `/identity-providers/${id}`, { enabled: false }, { cookie: founder });
    expect(off).toMatchObject({ status: 409, body: { detail: expect.stringContaining("last identity provider") } });
    expect((await app.send("DELETE", `/identity-providers/${id}`, undefined, { cookie: founder })).status).toBe(409);
    expect((await demand({ singleSignOnRoles: [] })).status).toBe(200);
    expect((await app.send("DELETE", `/identity-providers/${id}`, undefined, { cookie: founder })).status).toBe(200);
  });

  it("leaves nothing but the account to whoever came by a password, and everything to whom the provider sent", async () => {
    const { id, name } = await addProvider({ ...joining, defaultRoles: ["engineer"], listed: false });
    const email = `engineer${++people}@example.org`;
    const { cookie } = await app.join(founder, email, ["engineer"]);
    expect((await app.send("GET", "/systems", undefined, { cookie })).status).toBe(200);
    await demand({ singleSignOnRoles: ["engineer"] });
    const refused = await app.send("GET", "/systems", undefined, { cookie });
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining("single sign-on") } });
    const held = await app.send("GET", "/session", undefined, { cookie });
    expect(held.body).toMatchObject({ permissions: [], singleSignOnNeeded: [{ id, name }] });
    expect((await app.send("POST", "/break-glass", emergency, { cookie })).status).toBe(403);
    const vouched = await signIn(id, newPerson({ email }).sub);
    expect(vouched.body).toMatchObject({ singleSignOnNeeded: null });
    expect((await app.send("GET", "/systems", undefined, { cookie: vouched.session })).status).toBe(200);
    // Of other roles nothing is demanded.
    expect((await app.send("GET", "/systems", undefined, { cookie: founder })).status).toBe(200);
    await demand({ singleSignOnRoles: [] });
  });

  it("gives way to an emergency while that lasts, with its reason in the ledger", async () => {
    await addProvider();
    await demand({ singleSignOnRoles: ["administrator"] });
    const held = await byPassword("founder@example.org");
    const as = (method: "GET" | "POST", path: string, body?: object) => app.send(method, path, body, { cookie: held });
    expect((await as("GET", "/session")).body).toMatchObject({ permissions: ["access.break_glass"] });
    expect((await as("GET", "/members")).status).toBe(403);
    const { status, body } = await as("POST", "/break-glass", emergency);
    expect(status).toBe(201);
    expect((await as("GET", "/members")).status).toBe(200);
    const { body: entries } = await as("GET", "/ledger/entries?kind=break_glass.opened");
    expect(entries.items[0]).toMatchObject({ subject: { id: body.id } });
    await as("POST", `/break-glass/${body.id}/closing`, {});
    expect((await as("GET", "/members")).status).toBe(403);
    expect((await as("POST", "/break-glass", emergency)).status).toBe(201);
    expect((await demand({ singleSignOnRoles: [] }, held)).status).toBe(200);
    app.clock.advance(2n * MICROS_PER_HOUR);
    expect((await as("GET", "/members")).status).toBe(200);
  });
});
