/** What must not be possible by a SCIM token, and what is sent wrong. */
import { scimEndpoints } from "@steward/contract";
import { MICROS_PER_DAY } from "@steward/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { HOSTILE_BODIES, hostileBodies } from "../../../test/support/hostile.ts";
import { createScimApp, entraUser, patch, type ScimApp } from "../../../test/support/scim-app.ts";

let scimApp: ScimApp;
let app: ScimApp["app"];
let cookie: string;
let providerId: string;
let token: string;

beforeAll(async () => {
  scimApp = await createScimApp();
  ({ app } = scimApp);
});
beforeEach(async () => {
  await scimApp.begin();
  ({ cookie, providerId, token } = scimApp.now);
});
afterAll(async () => {
  await scimApp?.close();
});

const scim: ScimApp["scim"] = async (...call) => scimApp.scim(...call);
const addUser: ScimApp["addUser"] = async (...call) => scimApp.addUser(...call);
const addGroup: ScimApp["addGroup"] = async (...call) => scimApp.addGroup(...call);
const addProvider: ScimApp["addProvider"] = async (...call) => scimApp.addProvider(...call);
const makeToken: ScimApp["makeToken"] = async (...call) => scimApp.makeToken(...call);

describe("a token", () => {
  it("is shown once, stored hashed, ends, is revoked, and is good for nothing else", async () => {
    const rows = await app.db
      .selectFrom("scim_token")
      .selectAll()
      .where("provider_id", "=", providerId as never)
      .execute();
    expect(
      JSON.stringify(
        rows.map((row) => ({ ...row, secret_hash: "" })),
        String,
      ),
    ).not.toContain(token.slice(-43));
    const { body } = await app.send("GET", `/identity-providers/${providerId}/scim-tokens`, undefined, { cookie });
    expect(body).toMatchObject({ baseUrl: "http://localhost:42001/scim/v2", users: 0, groups: 0 });
    expect(JSON.stringify(body)).not.toContain(token.slice(-43));
    expect((await scim("GET", "/Users")).status).toBe(200);
    expect((await app.send("GET", "/systems", undefined, { key: token })).status).toBe(401);
    const key = await app.makeKey(cookie, ["records:read"]);
    expect((await scim("GET", "/Users", undefined, { by: key })).status).toBe(401);
    const bySession = await app.http.inject({ url: "/scim/v2/Users", headers: { cookie } });
    expect(bySession.statusCode).toBe(401);
    const [{ id }] = body.items;
    await app.send("POST", `/scim-tokens/${id}/revocation`, { changeReason: "Rotated" }, { cookie });
    expect(await scim("GET", "/Users")).toMatchObject({ status: 401, body: { status: "401" } });
    const short = await makeToken(cookie, providerId, { expiresInDays: 1 });
    app.clock.advance(MICROS_PER_DAY);
    expect((await scim("GET", "/Users", undefined, { by: short })).status).toBe(401);
  });

  it("works while its provider is in use", async () => {
    await app.send("PATCH", `/identity-providers/${providerId}`, { enabled: false }, { cookie });
    expect((await scim("GET", "/Users")).status).toBe(401);
  });

  it("is slowed down when it runs wild, and works again", async () => {
    let refused = await scim("GET", "/ServiceProviderConfig");
    for (let n = 0; n < 600 && refused.status === 200; n++) refused = await scim("GET", "/ServiceProviderConfig");
    expect(refused).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
    app.clock.advance(1_000_000n);
    expect((await scim("GET", "/ServiceProviderConfig")).status).toBe(200);
  });

  it("reaches one organisation alone", async () => {
    const user = await addUser();
    const group = await addGroup("ML engineers", [user.id]);
    const made = await app.send("POST", "/session/organisations", { name: "Other", timeZone: "UTC" }, { cookie });
    const switched = await app.send("PUT", "/session/organisation", { organisationId: made.body.id }, { cookie });
    const theirs = await makeToken(switched.cookie as string, await addProvider(switched.cookie as string));
    const by = { by: theirs };
    const listed = await scim("GET", "/Users", undefined, by);
    expect(listed.body.Resources.map(({ userName }: { userName: string }) => userName)).toEqual([
      "founder@example.org",
    ]);
    expect((await scim("GET", "/Groups", undefined, by)).body.totalResults).toBe(0);
    const change = patch({ op: "replace", path: "displayName", value: "Theirs" });
    for (const [method, url, body] of [
      ["GET", `/Users/${user.id}`],
      ["PUT", `/Users/${user.id}`, entraUser()],
      ["PATCH", `/Users/${user.id}`, change],
      ["DELETE", `/Users/${user.id}`],
      ["GET", `/Groups/${group.id}`],
      ["PUT", `/Groups/${group.id}`, { displayName: "Theirs" }],
      ["PATCH", `/Groups/${group.id}`, change],
      ["DELETE", `/Groups/${group.id}`],
    ] as const) {
      expect((await scim(method, url, body, by)).status, `${method} ${url}`).toBe(404);
    }
    const member = { displayName: "Theirs", members: [{ value: user.id }] };
    expect((await scim("POST", "/Groups", member, by)).status).toBe(400);
  });

  it("of another provider of the same organisation does not see whom this one provisions", async () => {
    const user = await addUser();
    const other = await makeToken(cookie, await addProvider(cookie, { name: "Second" }));
    expect((await scim("GET", `/Users/${user.id}`, undefined, { by: other })).status).toBe(404);
    expect(
      (await scim("POST", "/Users", entraUser({ userName: user.userName, emails: [] }), { by: other })).status,
    ).toBe(409);
  });

  it("leaves every act in the activity, under its name", async () => {
    const user = await addUser();
    const group = await addGroup("ML engineers", [user.id]);
    const { body } = await app.send("GET", "/activity?group=access&limit=20", undefined, { cookie });
    const acts = body.items.filter(({ actor }: { actor: { name: string } }) => actor.name === "Entra ID");
    expect(acts.map(({ kind }: { kind: string }) => kind)).toEqual([
      "membership.changed",
      "scim_group.created",
      "scim_user.created",
      "membership.created",
    ]);
    expect(acts[1]).toMatchObject({
      subject: { id: group.id, title: "ML engineers" },
      ledgerIndex: expect.any(Number),
    });
    expect(acts[2].subject).toMatchObject({ id: user.id, title: user.displayName });
  });
});

describe("what a provider may send wrong", () => {
  it.each([
    ["no filter", 'userName eq "'],
    ["an attribute that nothing is found by", 'password eq "x"'],
    ["more than equality", 'userName sw "a"'],
    ["too much", `userName eq "${"x".repeat(600)}"`],
  ])("%s is refused as a filter", async (_what, filter) => {
    const refused = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
    expect(refused).toMatchObject({ status: 400, body: { schemas: [expect.stringContaining("Error")] } });
  });

  it.each([
    ["a path into what all objects share", { op: "add", path: "__proto__.polluted", value: "yes" }],
    ["the same by a name", { op: "add", value: { "constructor.prototype.polluted": "yes" } }],
    ["the same further down", { op: "replace", path: "name", value: { a: { prototype: { polluted: "yes" } } } }],
    ["no path to remove", { op: "Remove" }],
    ["a path that leads nowhere", { op: "replace", path: "emails[", value: "x" }],
    ["an unknown verb", { op: "move", path: "active", value: true }],
    ["a name that is no text", { op: "replace", path: "userName", value: { a: 1 } }],
    ["no truth value", { op: "replace", path: "active", value: "perhaps" }],
  ])("%s is refused in a PATCH, and nothing is changed", async (_what, operation) => {
    const user = await addUser();
    const refused = await scim("PATCH", `/Users/${user.id}`, patch(operation));
    expect(refused.status, JSON.stringify(refused.body)).toBe(400);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((await scim("GET", `/Users/${user.id}`)).body).toEqual(user);
  });

  it("says what it supports", async () => {
    expect((await scim("GET", "/ServiceProviderConfig")).body).toMatchObject({ patch: { supported: true } });
    const types = await scim("GET", "/ResourceTypes");
    expect(types.body.Resources.map(({ id }: { id: string }) => id)).toEqual(["User", "Group"]);
    for (const { id } of (await scim("GET", "/Schemas")).body.Resources) {
      expect((await scim("GET", `/Schemas/${id}`)).body.id).toBe(id);
    }
    expect((await scim("GET", "/Schemas/nothing")).status).toBe(404);
  });

  it("anything hostile is refused in SCIM's form, never a failure of ours", { timeout: 300_000 }, async () => {
    const offset = new Date().getUTCDate() % 3;
    const pick = (values: readonly unknown[]) => values.filter((_, index) => index % 3 === offset);
    for (const endpoint of Object.values(scimEndpoints)) {
      const url = endpoint.path.replace(":id", "01900000-0000-7000-8000-000000000001");
      const bodies = [...hostileBodies(endpoint as never, pick)].map((body) => JSON.stringify(body));
      for (const raw of endpoint.body ? [...HOSTILE_BODIES, ...bodies] : []) {
        app.clock.advance(1_000_000n);
        const reply = await scim(endpoint.method, url, undefined, { raw });
        expect(reply.status, `${endpoint.operationId} ${raw.toString().slice(0, 200)}`).toBeLessThan(500);
        if (reply.status < 400) continue;
        expect(reply.body).toMatchObject({ status: String(reply.status), detail: expect.any(String) });
        expect(reply.headers["content-type"]).toContain("application/scim+json");
      }
    }
    for (const url of ["/Users/nothing", "/Groups/%00", "/Users?startIndex=x", "/Users?count=1e99", "/Nowhere"]) {
      expect((await scim("GET", url)).status, url).toBeGreaterThanOrEqual(400);
      expect((await scim("GET", url)).status, url).toBeLessThan(500);
    }
  });
});
