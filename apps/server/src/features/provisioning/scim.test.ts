/** Provisioning as Okta and Entra ID really do it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createScimApp, entraUser, patch, type ScimApp } from "../../../test/support/scim-app.ts";

let scimApp: ScimApp;
let app: ScimApp["app"];
let cookie: string;
let providerId: string;

beforeAll(async () => {
  scimApp = await createScimApp();
  ({ app } = scimApp);
});
beforeEach(async () => {
  await scimApp.begin();
  ({ cookie, providerId } = scimApp.now);
});
afterAll(async () => {
  await scimApp?.close();
});

const scim: ScimApp["scim"] = async (...call) => scimApp.scim(...call);
const addUser: ScimApp["addUser"] = async (...call) => scimApp.addUser(...call);
const addGroup: ScimApp["addGroup"] = async (...call) => scimApp.addGroup(...call);

describe("a user", () => {
  it("is added, found by name and foreign id, and signs in at the provider", async () => {
    const user = await addUser();
    expect(user).toMatchObject({ active: true, groups: [], emails: [{ value: user.userName }] });
    expect(user.meta).toMatchObject({ resourceType: "User", location: expect.stringContaining(`/Users/${user.id}`) });
    expect(await scimApp.member(user.id)).toMatchObject({ email: user.userName, roles: ["reader"], state: "invited" });
    for (const filter of [
      `userName eq "${user.userName.toUpperCase()}"`,
      `externalId eq "${user.externalId}"`,
      `emails[type eq "work" and value eq "${user.userName}"]`,
      `id eq "${user.id}" and active eq true`,
    ]) {
      const found = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
      expect(
        found.body.Resources?.map(({ id }: { id: string }) => id),
        filter,
      ).toEqual([user.id]);
    }
    const none = await scim("GET", `/Users?filter=${encodeURIComponent('userName eq "nobody@example.org"')}`);
    expect(none.body).toMatchObject({ totalResults: 0, Resources: [] });
    const signedIn = await scimApp.signIn(user.externalId, { email: "another.name@example.org" });
    expect(signedIn.status, JSON.stringify(signedIn.body)).toBe(201);
    expect(signedIn.body.account.email).toBe(user.userName);
  });

  it("is listed in pages that overlap nowhere", async () => {
    for (let n = 0; n < 3; n++) await addUser();
    const all = await scim("GET", "/Users");
    const ids: string[] = [];
    for (let startIndex = 1; startIndex <= all.body.totalResults; startIndex += 2) {
      const page = await scim("GET", `/Users?startIndex=${startIndex}&count=2`);
      expect(page.body).toMatchObject({ startIndex, totalResults: all.body.totalResults });
      ids.push(...page.body.Resources.map(({ id }: { id: string }) => id));
    }
    expect(ids).toEqual(all.body.Resources.map(({ id }: { id: string }) => id));
    expect((await scim("GET", "/Users?count=0")).body).toMatchObject({ Resources: [] });
    const narrow = await scim("GET", "/Users?attributes=userName&count=1");
    expect(Object.keys(narrow.body.Resources[0]).sort()).toEqual(["id", "schemas", "userName"]);
  });

  it("is changed as Entra ID changes it: verbs in capitals, truth values as text", async () => {
    const user = await addUser();
    const changed = await scim(
      "PATCH",
      `/Users/${user.id}`,
      patch(
        { op: "Replace", path: "displayName", value: "Ada Renamed" },
        { op: "Add", path: 'emails[type eq "work"].value', value: `moved.${user.userName}` },
        { op: "Add", path: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", value: "Board" },
        { op: "Replace", value: { "name.familyName": "Lovelace", active: "True" } },
      ),
    );
    expect(changed.body, JSON.stringify(changed.body)).toMatchObject({
      displayName: "Ada Renamed",
      active: true,
      name: { familyName: "Lovelace", givenName: "Entra" },
      emails: [{ value: `moved.${user.userName}` }],
    });
    expect(await scimApp.member(user.id)).toMatchObject({ name: "Ada Renamed", email: `moved.${user.userName}` });
    const off = await scim("PATCH", `/Users/${user.id}`, patch({ op: "Replace", path: "active", value: "False" }));
    expect(off.body.active).toBe(false);
    expect(await scimApp.member(user.id)).toMatchObject({ state: "disabled" });
    const on = await scim("PATCH", `/Users/${user.id}`, patch({ op: "Replace", path: "active", value: "True" }));
    expect(on.body.active).toBe(true);
  });

  it("is changed as Okta changes it: a PUT of the profile, active without a path", async () => {
    const user = await addUser({ externalId: "00u1" });
    const profile = { ...user, name: { givenName: "Grace", familyName: "Hopper" }, displayName: "Grace Hopper" };
    const put = await scim("PUT", `/Users/${user.id}`, profile);
    expect(put.body).toMatchObject({ displayName: "Grace Hopper", externalId: "00u1", active: true });
    const off = await scim("PATCH", `/Users/${user.id}`, patch({ op: "replace", value: { active: false } }));
    expect(off.body.active).toBe(false);
  });

  it("who is no longer active loses sessions, and hands open tasks over", async () => {
    const user = await addUser();
    const { cookie: session } = await scimApp.signIn(user.externalId, { email: user.userName }).then(({ headers }) => ({
      cookie: ([headers["set-cookie"]].flat() as string[])
        .find((line) => line.startsWith("steward_session="))
        ?.split(";", 1)[0],
    }));
    const { personId } = await scimApp.member(user.id);
    const values = { name: "Triage", purpose: "x", ownerId: personId };
    const system = await app.send("POST", "/systems", { values }, { cookie });
    expect(system.status, JSON.stringify(system.body)).toBe(201);
    const monitor = {
      name: "Errors",
      systemId: system.body.id,
      monitorKind: "health",
      measure: "reported",
      threshold: 5,
    };
    const made = await app.send("POST", "/monitors", { values: monitor }, { cookie });
    const key = await app.makeKey(cookie, ["readings:write"]);
    await app.send("POST", `/monitors/${made.body.id}/readings`, { value: 9 }, { key });
    await scimApp.keep();
    expect((await scimApp.openTasksOf(personId)).length).toBeGreaterThan(0);
    await scim("PATCH", `/Users/${user.id}`, patch({ op: "Replace", path: "active", value: "False" }));
    expect((await app.send("GET", "/session", undefined, { cookie: session })).status).toBe(401);
    await scimApp.keep();
    expect(await scimApp.openTasksOf(personId)).toEqual([]);
  });

  it("that is deleted is gone for the provider, may not sign in, and comes back when it is added again", async () => {
    const body = entraUser();
    const { id } = (await scim("POST", "/Users", body)).body;
    expect((await scim("DELETE", `/Users/${id}`)).status).toBe(204);
    expect((await scim("GET", `/Users/${id}`)).status).toBe(404);
    expect(await scimApp.member(id)).toMatchObject({ state: "disabled" });
    expect((await scimApp.signIn(body.externalId, { email: body.userName })).status).toBe(403);
    const again = await scim("POST", "/Users", body);
    expect(again.body).toMatchObject({ id, active: true });
    expect((await scimApp.signIn(body.externalId, { email: body.userName })).status).toBe(201);
  });

  it("is one: another of the same name or address is refused in SCIM's words", async () => {
    const user = await addUser();
    const twin = await scim("POST", "/Users", entraUser({ userName: user.userName }));
    expect(twin).toMatchObject({ status: 409, body: { scimType: "uniqueness", status: "409" } });
    expect(twin.body.schemas).toEqual(["urn:ietf:params:scim:api:messages:2.0:Error"]);
    const known = await scim("POST", "/Users", entraUser({ userName: "founder@example.org", emails: [] }));
    expect(known).toMatchObject({ status: 409, body: { scimType: "uniqueness" } });
  });

  it("that was let in by hand is found and taken over, and keeps the roles that an administrator gave", async () => {
    const email = "by.hand@example.org";
    const added = await app.send("POST", "/members", { name: "By Hand", email, roles: ["overseer"] }, { cookie });
    const filter = encodeURIComponent(`userName eq "${email}"`);
    const { id } = (await scim("GET", `/Users?filter=${filter}`)).body.Resources[0];
    expect(id).toBe(added.body.member.id);
    await scim("PATCH", `/Users/${id}`, patch({ op: "Add", path: "externalId", value: "x-1" }));
    await addGroup("ML engineers", [id]);
    expect(await scimApp.member(id)).toMatchObject({ roles: ["overseer"] });
  });

  it("who is the last administrator cannot be shut out", async () => {
    const filter = encodeURIComponent('userName eq "founder@example.org"');
    const { id } = (await scim("GET", `/Users?filter=${filter}`)).body.Resources[0];
    const refused = await scim("PATCH", `/Users/${id}`, patch({ op: "Replace", path: "active", value: "False" }));
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining("last administrator") } });
    expect((await scim("DELETE", `/Users/${id}`)).status).toBe(409);
  });

  it("is held to the provider's domains", async () => {
    await app.send("PATCH", `/identity-providers/${providerId}`, { domains: ["acme.example"] }, { cookie });
    expect(await scim("POST", "/Users", entraUser())).toMatchObject({
      status: 400,
      body: { scimType: "invalidValue" },
    });
  });

  it("is not changed over what somebody else changed meanwhile", async () => {
    const user = await addUser();
    const etag = user.meta.version;
    const rename = (value: string) => patch({ op: "replace", path: "displayName", value });
    expect((await scim("PATCH", `/Users/${user.id}`, rename("A"), { etag })).status).toBe(200);
    expect((await scim("PATCH", `/Users/${user.id}`, rename("B"), { etag })).status).toBe(412);
  });
});

describe("a group", () => {
  it("gives its members the roles that are set for it, by name or foreign id, and takes them again", async () => {
    const user = await addUser();
    const group = await addGroup("ML engineers");
    const add = { op: "Add", path: "members", value: [{ value: user.id, display: "whoever" }] };
    expect((await scim("PATCH", `/Groups/${group.id}`, patch(add))).body.members).toMatchObject([{ value: user.id }]);
    expect((await scimApp.member(user.id)).roles).toEqual(["engineer", "reader"]);
    expect((await scim("GET", `/Users/${user.id}`)).body.groups).toMatchObject([{ display: "ML engineers" }]);
    const other = await addGroup("Whatever", [user.id], { externalId: "entra-object-id" });
    expect((await scimApp.member(user.id)).roles).toEqual(["engineer", "governance_lead", "overseer", "reader"]);
    // Entra ID names whom it removes as a value, Okta in the path.
    const byValue = patch({ op: "Remove", path: "members", value: [{ value: user.id }] });
    await scim("PATCH", `/Groups/${group.id}`, byValue);
    expect((await scimApp.member(user.id)).roles).toEqual(["governance_lead", "overseer", "reader"]);
    const byPath = patch({ op: "remove", path: `members[value eq "${user.id}"]` });
    expect((await scim("PATCH", `/Groups/${other.id}`, byPath)).body.members).toEqual([]);
    expect((await scimApp.member(user.id)).roles).toEqual(["reader"]);
  });

  it("is replaced, renamed and removed, and roles follow", async () => {
    const [a, b] = [await addUser(), await addUser()];
    const group = await addGroup("ML engineers", [a.id]);
    const members = [{ value: b.id }];
    await scim("PATCH", `/Groups/${group.id}`, patch({ op: "replace", path: "members", value: members }));
    expect((await scimApp.member(a.id)).roles).toEqual(["reader"]);
    expect((await scimApp.member(b.id)).roles).toEqual(["engineer", "reader"]);
    const renamed = patch({ op: "replace", value: { id: group.id, displayName: "Retired" } });
    expect((await scim("PATCH", `/Groups/${group.id}`, renamed)).body.displayName).toBe("Retired");
    expect((await scimApp.member(b.id)).roles).toEqual(["reader"]);
    await scim("PUT", `/Groups/${group.id}`, { displayName: "ML engineers", members });
    expect((await scimApp.member(b.id)).roles).toEqual(["engineer", "reader"]);
    expect((await scim("DELETE", `/Groups/${group.id}`)).status).toBe(204);
    expect((await scimApp.member(b.id)).roles).toEqual(["reader"]);
  });

  it("counts at sign-in instead of the groups that the sign-in names", async () => {
    const user = await addUser();
    await addGroup("ML engineers", [user.id]);
    const signedIn = await scimApp.signIn(user.externalId, { email: user.userName, groups: ["canteen"] });
    expect([...signedIn.body.roles].sort()).toEqual(["engineer", "reader"]);
  });

  it("follows changed rules at once", async () => {
    const user = await addUser();
    await addGroup("ML engineers", [user.id]);
    const rules = { groupRoles: [{ group: "ML engineers", roles: ["auditor"] }] };
    await app.send("PATCH", `/identity-providers/${providerId}`, rules, { cookie });
    // An auditor's access ends, also where a group gave it.
    expect(await scimApp.member(user.id)).toMatchObject({
      roles: ["auditor", "reader"],
      expiresAt: expect.any(String),
    });
  });

  it("is found by name, without its members where they are not asked for", async () => {
    const user = await addUser();
    const { id } = await addGroup("Findable", [user.id]);
    const filter = encodeURIComponent('displayName eq "findable"');
    const found = await scim("GET", `/Groups?excludedAttributes=members&filter=${filter}`);
    expect(found.body.Resources).toMatchObject([{ id, displayName: "Findable" }]);
    expect(found.body.Resources[0].members).toBeUndefined();
    const holding = encodeURIComponent(`members eq "${user.id}"`);
    expect((await scim("GET", `/Groups?filter=${holding}`)).body.totalResults).toBe(1);
    expect((await scim("POST", "/Groups", { displayName: "FINDABLE" })).status).toBe(409);
  });

  it("takes no member whom the organisation does not have", async () => {
    const members = [{ value: "01900000-0000-7000-8000-000000000001" }];
    const refused = await scim("POST", "/Groups", { displayName: "Ghosts", members });
    expect(refused).toMatchObject({ status: 400, body: { scimType: "invalidValue" } });
    expect((await scim("GET", "/Groups")).body.totalResults).toBe(0);
  });
});
