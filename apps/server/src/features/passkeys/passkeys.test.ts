/** Passkeys, with an authenticator in software; a real browser's is in the journeys. */
import { MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { createAuthenticator } from "../../../test/support/authenticator.ts";

const SITE = { origin: "http://localhost:42001", host: "localhost" };

let app: TestApp;
let founder: string;
let people = 0;

beforeAll(async () => {
  app = await createTestApp();
  await app.setUp();
});
beforeEach(async () => {
  // Tests move the clock, which ends sessions.
  const reply = await app.send("POST", "/session", { email: "founder@example.org", password: PASSWORD });
  founder = reply.cookie as string;
});
afterAll(async () => {
  await app?.close();
});

async function newPerson() {
  const email = `person${++people}@example.org`;
  const { cookie, member } = await app.join(founder, email, ["reader"]);
  return { email, cookie, memberId: member.id as string };
}

type Authenticator = ReturnType<typeof createAuthenticator>;

async function add(cookie: string, authenticator: Authenticator = createAuthenticator(SITE)) {
  const begun = await app.send("POST", "/account/passkeys/options", { password: PASSWORD }, { cookie });
  expect(begun.status, JSON.stringify(begun.body)).toBe(200);
  const credential = authenticator.register(begun.body.options);
  return app.send("POST", "/account/passkeys", { name: "Phone", credential }, { cookie });
}

/** Signs in by a passkey. */
async function signIn(authenticator: Authenticator) {
  const begun = await app.send("POST", "/session/passkey/options");
  return app.send("POST", "/session/passkey", { credential: authenticator.signIn(begun.body.options) });
}

describe("a passkey", () => {
  it("is added with the password, and signs in with nothing else", async () => {
    const { email, cookie } = await newPerson();
    const authenticator = createAuthenticator(SITE);
    const refused = await app.send("POST", "/account/passkeys/options", { password: "wrong" }, { cookie });
    expect(refused.body.errors).toMatchObject([{ pointer: "/password" }]);
    const added = await add(cookie, authenticator);
    expect(added.status, JSON.stringify(added.body)).toBe(201);
    expect(added.body.recoveryCodes).toHaveLength(10);
    const entered = await signIn(authenticator);
    expect(entered).toMatchObject({ status: 201, body: { account: { email }, secondFactor: "on" } });
    expect(entered.cookie).toMatch(/^steward_session=/);
    const listed = await app.send("GET", "/account/passkeys", undefined, { cookie: entered.cookie });
    expect(listed.body.items).toMatchObject([{ name: "Phone", lastUsedAt: expect.any(String) }]);
    const account = await app.send("GET", "/account/second-factor", undefined, { cookie: entered.cookie });
    expect(account.body).toMatchObject({ enabled: false, passkey: true, recoveryCodesLeft: 10 });
  });

  it("counts as the second factor: the password alone opens nothing any more, a recovery code helps once", async () => {
    const { email, cookie } = await newPerson();
    const { body } = await add(cookie);
    const step = await app.send("POST", "/session", { email, password: PASSWORD });
    expect(step).toMatchObject({ status: 202, body: { secondFactorNeeded: { methods: ["passkey"] } } });
    const { token } = step.body.secondFactorNeeded;
    expect((await app.send("POST", "/session/second-factor", { token, code: "000000" })).status).toBe(422);
    const code = body.recoveryCodes[0];
    expect((await app.send("POST", "/session/second-factor", { token, code })).status).toBe(201);
    const again = await app.send("POST", "/session", { email, password: PASSWORD });
    const next = { token: again.body.secondFactorNeeded.token, code };
    expect((await app.send("POST", "/session/second-factor", next)).status).toBe(422);
  });

  it("is a demanded second factor", async () => {
    const organisations = await app.send("GET", "/organisations", undefined, { cookie: founder });
    const [{ id, version }] = organisations.body.items;
    const change = { values: { secondFactorRoles: ["overseer"] }, changeReason: "A test demands it." };
    await app.send("PATCH", `/organisations/${id}`, change, { cookie: founder, etag: `"${version}"` });
    const { cookie } = await app.join(founder, "overseer@example.org", ["overseer"]);
    expect((await app.send("GET", "/systems", undefined, { cookie })).status).toBe(403);
    await add(cookie);
    expect((await app.send("GET", "/systems", undefined, { cookie })).status).toBe(200);
  });

  it("is removed with the password, and is dead then", async () => {
    const { email, cookie } = await newPerson();
    const authenticator = createAuthenticator(SITE);
    const { body } = await add(cookie, authenticator);
    const remove = (password: string) =>
      app.send("POST", `/account/passkeys/${body.passkey.id}/removal`, { password }, { cookie });
    expect((await remove("wrong")).status).toBe(422);
    expect((await remove(PASSWORD)).status).toBe(200);
    expect((await signIn(authenticator)).status).toBe(401);
    expect((await app.send("POST", "/session", { email, password: PASSWORD })).status).toBe(201);
  });

  it("is not another person's to remove, nor to add twice", async () => {
    const one = await newPerson();
    const other = await newPerson();
    const authenticator = createAuthenticator(SITE);
    const { body } = await add(one.cookie, authenticator);
    const path = `/account/passkeys/${body.passkey.id}/removal`;
    expect((await app.send("POST", path, { password: PASSWORD }, { cookie: other.cookie })).status).toBe(404);
    expect((await add(other.cookie, authenticator)).status).toBe(409);
  });

  it("goes with the reset of a member who lost it, and is dead once the member is disabled", async () => {
    const { email, cookie, memberId } = await newPerson();
    const authenticator = createAuthenticator(SITE);
    await add(cookie, authenticator);
    const path = `/members/${memberId}`;
    await app.send("PATCH", path, { disabled: true }, { cookie: founder });
    expect((await signIn(authenticator)).status).toBe(401);
    await app.send("PATCH", path, { disabled: false }, { cookie: founder });
    const reason = { changeReason: "Lost the phone; known by voice." };
    expect((await app.send("POST", `${path}/second-factor-reset`, reason, { cookie: founder })).status).toBe(200);
    expect((await signIn(authenticator)).status).toBe(401);
    expect((await app.send("POST", "/session", { email, password: PASSWORD })).status).toBe(201);
  });
});

describe("what proves nothing is refused", () => {
  it.each([
    ["made for another site", { origin: "https://evil.example", host: "localhost" }],
    ["of another host", { origin: SITE.origin, host: "evil.example" }],
    ["that did not verify its person", { ...SITE, verifies: false }],
  ])("a passkey %s", async (_what, options) => {
    const { cookie } = await newPerson();
    expect(await add(cookie, createAuthenticator(options))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/credential" }] },
    });
  });

  it("an answer to another challenge, to the same one again, or too late", async () => {
    const { cookie } = await newPerson();
    const authenticator = createAuthenticator(SITE);
    await add(cookie, authenticator);
    const invented = authenticator.signIn({ challenge: "aW52ZW50ZWQgY2hhbGxlbmdlIG9mIGVub3VnaCBieXRlcw" });
    expect((await app.send("POST", "/session/passkey", { credential: invented })).status).toBe(401);
    const begun = await app.send("POST", "/session/passkey/options");
    const credential = authenticator.signIn(begun.body.options);
    expect((await app.send("POST", "/session/passkey", { credential })).status).toBe(201);
    expect((await app.send("POST", "/session/passkey", { credential })).status).toBe(401);
    const slow = await app.send("POST", "/session/passkey/options");
    const late = authenticator.signIn(slow.body.options);
    app.clock.advance(6n * MICROS_PER_MINUTE);
    expect((await app.send("POST", "/session/passkey", { credential: late })).status).toBe(401);
  });

  it("a copy of an authenticator that counts less than the one before", async () => {
    const { cookie } = await newPerson();
    const authenticator = createAuthenticator(SITE);
    await add(cookie, authenticator);
    expect((await signIn(authenticator)).status).toBe(201);
    authenticator.rewind();
    expect((await signIn(authenticator)).status).toBe(401);
  });

  it("a challenge of one person in the hands of another", async () => {
    const one = await newPerson();
    const other = await newPerson();
    const path = "/account/passkeys";
    const begun = await app.send("POST", `${path}/options`, { password: PASSWORD }, { cookie: one.cookie });
    const credential = createAuthenticator(SITE).register(begun.body.options);
    const taken = await app.send("POST", path, { name: "Theirs", credential }, { cookie: other.cookie });
    expect(taken.status).toBe(422);
  });
});
