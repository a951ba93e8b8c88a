/** An account belongs to its person: no other organisation takes it in, or over, by typing its address. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { CLIENT, startIdentityProvider } from "../../../test/support/identity-provider.ts";

let identity: Awaited<ReturnType<typeof startIdentityProvider>>;
let app: TestApp;
/** Administrators of two organisations that know nothing of each other. */
let first: string;
let second: string;
let people = 0;

beforeAll(async () => {
  identity = await startIdentityProvider();
  app = await createTestApp({ webhookNetworks: ["loopback"] });
  const founder = await app.setUp("First");
  first = founder.cookie;
  const { cookie } = await app.join(first, "other.admin@example.org", ["administrator"]);
  const made = await app.send("POST", "/session/organisations", { name: "Second", timeZone: "UTC" }, { cookie });
  const moved = await app.send("PUT", "/session/organisation", { organisationId: made.body.id }, { cookie });
  second = moved.cookie as string;
});
let email: string;
beforeEach(() => {
  email = `person${++people}@example.org`;
});
afterAll(async () => {
  await app?.close();
  await identity?.close();
});

const tokenOf = (url: string) => new URL(url).hash.replace("#token=", "");

/** Typed by the administrator of the second organisation. */
async function invite(roles = ["engineer"]) {
  const reply = await app.send("POST", "/members", { name: "As I call them", email, roles }, { cookie: second });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return { member: reply.body.member, token: tokenOf(reply.body.link.url) };
}

const organisationsOf = async (cookie: string) =>
  (await app.send("GET", "/session", undefined, { cookie })).body.organisations.map(
    ({ name }: { name: string }) => name,
  );

async function signInAt(providerId: string, sub: string) {
  const begun = await app.send("POST", "/session/single-sign-on", { providerId });
  const back = await identity.signIn(begun.body.url, sub);
  return app.send("POST", "/session/single-sign-on/completion", { query: back.search }, { cookie: begun.cookie });
}

async function addProvider() {
  const settings = { name: "SSO", issuer: identity.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret };
  const joining = { joins: true, defaultRoles: ["reader"], scopes: "openid profile email groups" };
  const reply = await app.send("POST", "/identity-providers", { ...settings, ...joining }, { cookie: second });
  return reply.body.id as string;
}

describe("a person who has an account", () => {
  it("belongs to another organisation once they confirm its link with their own sign-in", async () => {
    const { cookie } = await app.join(first, email, ["reader"]);
    const { member, token } = await invite();
    expect(member).toMatchObject({ state: "invited", name: "As I call them", secondFactor: false, lastSignInAt: null });
    expect(await organisationsOf(cookie)).toEqual(["First"]);
    const read = await app.send("POST", "/links/read", { token });
    expect(read.body).toMatchObject({ email, organisation: "Second", joins: true });
    const joined = await app.send("POST", "/links/join", { token }, { cookie });
    expect(joined.body).toMatchObject({ organisation: { name: "Second" }, roles: ["engineer"] });
    expect(await organisationsOf(joined.cookie as string)).toEqual(["First", "Second"]);
    expect((await app.send("POST", "/links/join", { token }, { cookie: joined.cookie })).status).toBe(403);
    const entries = await app.send("GET", `/ledger/entries?subjectId=${member.id}`, undefined, { cookie: second });
    expect(entries.body.items[0]).toMatchObject({ kind: "membership.confirmed" });
  });

  it("is not let in by whoever holds the account alone, or the link alone", async () => {
    const squatter = await app.join(first, email, ["reader"]);
    const { member, token } = await invite();
    const switched = await app.send("GET", "/session", undefined, { cookie: squatter.cookie });
    expect(switched.body.organisations).toHaveLength(1);
    const { orgId } = await app.db
      .selectFrom("membership")
      .select("org_id as orgId")
      .where("id", "=", member.id)
      .executeTakeFirstOrThrow();
    const move = { organisationId: orgId };
    expect((await app.send("PUT", "/session/organisation", move, { cookie: squatter.cookie })).status).toBe(404);
    expect((await app.send("POST", "/links/use", { token, password: PASSWORD })).status).toBe(403);
    expect((await app.send("POST", "/links/join", { token })).status).toBe(401);
    const other = await app.join(first, `not.${email}`, ["reader"]);
    const refused = await app.send("POST", "/links/join", { token }, { cookie: other.cookie });
    expect(refused).toMatchObject({ status: 403, body: { detail: expect.stringContaining("another account") } });
  });

  it("keeps the account from a second administrator, and the first keeps theirs of it", async () => {
    const { member: theirs } = await app.join(first, email, ["reader"]);
    const { member } = await invite();
    const renewed = await app.send("POST", `/members/${member.id}/link`, undefined, { cookie: second });
    const read = await app.send("POST", "/links/read", { token: tokenOf(renewed.body.url) });
    expect(read.body.joins).toBe(true);
    // Being asked elsewhere hinders nobody at home.
    const own = await app.send("POST", `/members/${theirs.id}/link`, undefined, { cookie: first });
    await app.send("PATCH", `/members/${member.id}`, { disabled: true }, { cookie: second });
    const used = await app.send("POST", "/links/use", { token: tokenOf(own.body.url), password: PASSWORD });
    expect(used.body).toMatchObject({ organisation: { name: "First" } });
  });

  it("joins with no open way in left that somebody else holds", async () => {
    const { cookie, member } = await app.join(first, email, ["reader"]);
    const held = await app.send("POST", `/members/${member.id}/link`, undefined, { cookie: first });
    const { token } = await invite();
    expect((await app.send("POST", "/links/join", { token }, { cookie })).status).toBe(201);
    const taken = { token: tokenOf(held.body.url), password: "a password of the first administrator" };
    expect((await app.send("POST", "/links/use", taken)).status).toBe(403);
    const again = await app.send("POST", `/members/${member.id}/link`, undefined, { cookie: first });
    expect(again.status).toBe(403);
  });

  it("whom a revoked link asked is not asked any more", async () => {
    const { cookie } = await app.join(first, email, ["reader"]);
    const { member, token } = await invite();
    const revoked = await app.send("DELETE", `/members/${member.id}/link`, undefined, { cookie: second });
    expect(revoked.body).toMatchObject({ state: "disabled", link: null });
    expect((await app.send("POST", "/links/join", { token }, { cookie })).status).toBe(403);
  });

  it("is not signed in by what another organisation's provider vouches for, until they confirm", async () => {
    const { cookie } = await app.join(first, email, ["reader"]);
    const id = await addProvider();
    identity.people.set(email, { email, emailVerified: true, name: "Mallory" });
    const vouched = await signInAt(id, email);
    expect(vouched.status).toBe(202);
    const cookies = [vouched.headers["set-cookie"] ?? []].flat() as string[];
    expect(cookies.filter((line) => line.startsWith("steward_session="))).toEqual([]);
    const { token } = vouched.body.joinNeeded;
    expect(await organisationsOf(cookie)).toEqual(["First"]);
    const joined = await app.send("POST", "/links/join", { token }, { cookie });
    expect(joined.body).toMatchObject({ organisation: { name: "Second" }, roles: ["reader"] });
    const next = await signInAt(id, email);
    expect(next.body).toMatchObject({ organisation: { name: "Second" }, organisations: [{ name: "Second" }] });
  });

  it("does not confirm by a session that a provider vouched for", async () => {
    const id = await addProvider();
    identity.people.set(email, { email, emailVerified: true, name: "New" });
    const { headers } = await signInAt(id, email);
    const cookie = ([headers["set-cookie"]].flat() as string[])
      .find((line) => line.startsWith("steward_session="))
      ?.split(";", 1)[0];
    const asked = await app.send("POST", "/members", { name: "New", email, roles: ["reader"] }, { cookie: first });
    const token = tokenOf(asked.body.link.url);
    expect((await app.send("POST", "/links/join", { token }, { cookie })).status).toBe(403);
  });

  it("is provisioned, and signs in once they confirmed", async () => {
    const { cookie } = await app.join(first, email, ["reader"]);
    const id = await addProvider();
    const made = await app.send("POST", `/identity-providers/${id}/scim-tokens`, { name: "Okta" }, { cookie: second });
    const user = await app.http.inject({
      method: "POST",
      url: "/scim/v2/Users",
      headers: { authorization: `Bearer ${made.body.secret}`, "content-type": "application/scim+json" },
      payload: JSON.stringify({ userName: email, externalId: email, displayName: "Provisioned" }),
    });
    expect(user.statusCode, user.body).toBe(201);
    expect(user.json()).toMatchObject({ active: true, displayName: "Provisioned" });
    expect(await organisationsOf(cookie)).toEqual(["First"]);
    identity.people.set(email, { email, emailVerified: true, name: "Provisioned" });
    const { token } = (await signInAt(id, email)).body.joinNeeded;
    expect((await app.send("POST", "/links/join", { token }, { cookie })).status).toBe(201);
    expect((await signInAt(id, email)).status).toBe(201);
  });
});
