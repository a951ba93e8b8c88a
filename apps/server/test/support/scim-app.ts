/** A whole server with an identity provider that provisions, and what the providers of this world send. */
import { expect } from "vitest";

import { keepTasks } from "../../src/features/tasks/tasks.keep.ts";
import { createTestApp, PASSWORD } from "./app.ts";
import { CLIENT, startIdentityProvider } from "./identity-provider.ts";

export type ScimApp = Awaited<ReturnType<typeof createScimApp>>;

export interface ScimOptions {
  readonly by?: string | undefined;
  readonly etag?: string;
  readonly raw?: string | Buffer;
}

const PATCH_SCHEMAS = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
export const patch = (...operations: object[]) => ({ schemas: PATCH_SCHEMAS, Operations: operations });

const groupRoles = [
  { group: "ML engineers", roles: ["engineer"] },
  { group: "entra-object-id", roles: ["overseer", "governance_lead"] },
];

let people = 0;

/** As Entra ID sends it. */
export function entraUser(more: object = {}) {
  const email = `entra${++people}@example.org`;
  return {
    schemas: [
      "urn:ietf:params:scim:schemas:core:2.0:User",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ],
    externalId: `object-${people}`,
    userName: email,
    active: true,
    displayName: `Entra Person ${people}`,
    emails: [{ primary: true, type: "work", value: email }],
    meta: { resourceType: "User" },
    name: { formatted: "Entra Person", familyName: "Person", givenName: "Entra" },
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "Research" },
    ...more,
  };
}

export async function createScimApp() {
  const identity = await startIdentityProvider();
  const app = await createTestApp({ webhookNetworks: ["loopback"] });
  const founder = await app.setUp();
  /** Of the test that runs: tests move the clock, which ends sessions and tokens. */
  const now = { cookie: founder.cookie, providerId: "", token: "" };

  async function begin() {
    const reply = await app.send("POST", "/session", { email: "founder@example.org", password: PASSWORD });
    now.cookie = reply.cookie as string;
    const { body } = await app.send("GET", "/identity-providers", undefined, { cookie: now.cookie });
    for (const { id } of body.items) {
      await app.send("DELETE", `/identity-providers/${id}`, undefined, { cookie: now.cookie });
    }
    now.providerId = await addProvider(now.cookie);
    now.token = await makeToken(now.cookie, now.providerId);
  }

  async function addProvider(session: string, more: object = {}) {
    const settings = { name: "Acme SSO", issuer: identity.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret };
    const roles = { defaultRoles: ["reader"], groupRoles, scopes: "openid profile email groups" };
    const reply = await app.send(
      "POST",
      "/identity-providers",
      { ...settings, ...roles, ...more },
      { cookie: session },
    );
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    return reply.body.id as string;
  }

  async function makeToken(session: string, provider: string, more: object = {}) {
    const url = `/identity-providers/${provider}/scim-tokens`;
    const reply = await app.send("POST", url, { name: "Entra ID", ...more }, { cookie: session });
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    return reply.body.secret as string;
  }

  async function scim(method: string, url: string, body?: unknown, { by = now.token, etag, raw }: ScimOptions = {}) {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const reply = await app.http.inject({
      method: method as "GET",
      url: `/scim/v2${url}`,
      headers: {
        authorization: `Bearer ${by}`,
        ...(payload === undefined ? {} : { "content-type": "application/scim+json" }),
        ...(etag === undefined ? {} : { "if-match": etag }),
      },
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: reply.statusCode, headers: reply.headers, body: reply.body === "" ? undefined : reply.json() };
  }

  async function addUser(more: object = {}, options: ScimOptions = {}) {
    const reply = await scim("POST", "/Users", entraUser(more), options);
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    return reply.body;
  }

  async function addGroup(displayName: string, members: string[] = [], more: object = {}) {
    const body = { schemas: ["urn:ietf:params:scim:schemas:core:2.0:Group"], displayName, ...more };
    const reply = await scim("POST", "/Groups", { ...body, members: members.map((value) => ({ value })) });
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    return reply.body;
  }

  async function member(id: string) {
    const { body } = await app.send("GET", "/members", undefined, { cookie: now.cookie });
    return body.items.find((item: { id: string }) => item.id === id);
  }

  async function openTasksOf(personId: string) {
    const query = app.db
      .selectFrom("task")
      .select("id")
      .where("assignee_id", "=", personId as never);
    return query.where("state", "=", "open").execute();
  }

  async function signIn(sub: string, person: object) {
    identity.people.set(sub, { emailVerified: true, ...person });
    const begun = await app.send("POST", "/session/single-sign-on", { providerId: now.providerId });
    const back = await identity.signIn(begun.body.url, sub);
    return app.send("POST", "/session/single-sign-on/completion", { query: back.search }, { cookie: begun.cookie });
  }

  async function keep() {
    await keepTasks(app, founder.orgId);
  }

  async function close() {
    await app.close();
    await identity.close();
  }

  return {
    app,
    founder,
    identity,
    now,
    begin,
    addProvider,
    makeToken,
    scim,
    addUser,
    addGroup,
    member,
    openTasksOf,
    signIn,
    keep,
    close,
  };
}
