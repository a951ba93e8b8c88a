/** Every endpoint × every access role, key scope, stranger and foreign organisation, against the permission tables. */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import {
  ACCESS_ROLES,
  type AccessRole,
  type Endpoint,
  endpoints,
  KEY_SCOPES,
  type KeyScope,
  permissionsEverywhere,
  permissionsOf,
  permissionsOfScopes,
  SCIM_PREFIX,
  scimEndpoints,
  SYSTEM_ROLES,
} from "@steward/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "./support/app.ts";
import { jsonSchemaOf, plausible } from "./support/hostile.ts";

const SNAPSHOT = path.join(import.meta.dirname, "access-matrix.md");
const ROLES = Object.keys(ACCESS_ROLES) as AccessRole[];
const SCOPES = Object.keys(KEY_SCOPES) as KeyScope[];
/** These change the session that calls them, or its roles, so each is called with one of its own elsewhere. */
const ENDS_SESSION = new Set(["signOut", "switchOrganisation", "changePassword", "openBreakGlass"]);

let app: TestApp;
let sessions: Record<AccessRole, string>;
let keys: Map<KeyScope, string>;
let foreign: string;
let systemId: string;
let granted: Map<AccessRole, string>;

beforeAll(async () => {
  app = await createTestApp();
  const founder = await app.setUp();
  sessions = await app.joinAll(founder.cookie);
  keys = new Map();
  for (const scope of SCOPES) keys.set(scope, await app.makeKey(founder.cookie, [scope]));
  const system = await app.send(
    "POST",
    "/systems",
    { values: { name: "Ours", purpose: "x" } },
    { cookie: founder.cookie },
  );
  systemId = system.body.id;
  const another = { values: { name: "Granted", purpose: "x" } };
  const theirs = await app.send("POST", "/systems", another, { cookie: founder.cookie });
  granted = new Map();
  for (const role of SYSTEM_ROLES) {
    const email = `granted.${role}@example.org`;
    const { cookie, member } = await app.join(founder.cookie, email, [role]);
    const change = { systemIds: [theirs.body.id] };
    await app.send("PATCH", `/members/${member.id}`, change, { cookie: founder.cookie });
    granted.set(role, cookie);
  }
  const other = await app.send(
    "POST",
    "/session/organisations",
    { name: "Other", timeZone: "UTC" },
    { cookie: founder.cookie },
  );
  const guest = await app.join(founder.cookie, "guest@example.org", ["reader"]);
  await app.send("PATCH", `/members/${guest.member.id}`, { disabled: true }, { cookie: founder.cookie });
  const switched = await app.send(
    "PUT",
    "/session/organisation",
    { organisationId: other.body.id },
    { cookie: founder.cookie },
  );
  foreign = switched.cookie as string;
});
afterAll(async () => {
  await app?.close();
});

async function call(endpoint: Endpoint, caller: { cookie?: string | undefined; key?: string | undefined }) {
  const url = endpoint.path.replaceAll(/:[a-z]+/gi, systemId).replace("*", "checkpoint");
  const body = endpoint.body ? plausible(jsonSchemaOf(endpoint.body)) : undefined;
  return app.send(endpoint.method, url, body, { ...caller, ...(endpoint.etag === "required" ? { etag: '"99"' } : {}) });
}

const provisioning = Object.values(scimEndpoints) as unknown as readonly Endpoint[];
const guarded = endpoints.filter(({ access }) => access !== "public");

describe("access", () => {
  it("is refused to strangers everywhere but on public endpoints", async () => {
    for (const endpoint of endpoints) {
      const { status } = await call(endpoint, {});
      if (endpoint.access !== "public") expect(status, endpoint.operationId).toBe(401);
    }
  });

  it.each(ROLES)("is what the tables give the role %s", async (role) => {
    const held = permissionsOf([role]);
    for (const endpoint of guarded) {
      if (ENDS_SESSION.has(endpoint.operationId)) continue;
      const { status, body } = await call(endpoint, { cookie: sessions[role] });
      const allowed = endpoint.access === "signed_in" || held.has(endpoint.access as never);
      const because = `${role} ${endpoint.operationId}: ${JSON.stringify(body).slice(0, 200)}`;
      if (allowed) expect([401, 403], because).not.toContain(status);
      else expect(status, because).toBe(403);
      expect(status, because).toBeLessThan(500);
    }
  });

  it.each(SCOPES)("is what the tables give a key with the scope %s", async (scope) => {
    const held = permissionsOfScopes([scope]);
    for (const endpoint of guarded) {
      const { status, body } = await call(endpoint, { key: keys.get(scope) });
      const allowed = endpoint.access !== "signed_in" && held.has(endpoint.access as never);
      const because = `${scope} ${endpoint.operationId}: ${JSON.stringify(body).slice(0, 200)}`;
      if (allowed) expect([401, 403], because).not.toContain(status);
      else expect(status, because).toBe(403);
    }
  });

  it.each([...SYSTEM_ROLES])("of the role %s ends at the AI systems that were granted", async (role) => {
    const held = permissionsOf([role]);
    const everywhere = permissionsEverywhere([role]);
    const before = await ledgerSizes();
    for (const endpoint of guarded) {
      if (ENDS_SESSION.has(endpoint.operationId) || endpoint.access === "signed_in") continue;
      const { status, body } = await call(endpoint, { cookie: granted.get(role) });
      const because = `${role} ${endpoint.operationId} ${status}: ${JSON.stringify(body).slice(0, 200)}`;
      if (!held.has(endpoint.access as never)) expect(status, because).toBe(403);
      if (!held.has(endpoint.access as never) || everywhere.has(endpoint.access as never)) continue;
      if (endpoint.systems === undefined) expect(status, because).toBe(403);
      if (endpoint.systems === "path") expect(status, because).toBe(404);
      expect(JSON.stringify(body), because).not.toMatch(/"Ours"/);
      expect(status, because).toBeLessThan(500);
    }
    expect(await ledgerSizes()).toEqual(before);
  });

  it("ends at the organisation: of another's records nothing is seen or changed", async () => {
    const before = await ledgerSizes();
    for (const endpoint of guarded) {
      if (ENDS_SESSION.has(endpoint.operationId) || !endpoint.path.includes(":id")) continue;
      if (endpoint.path.startsWith("/status/")) continue;
      const { status, body } = await call(endpoint, { cookie: foreign });
      expect([403, 404, 412, 422], `${endpoint.operationId} ${status}`).toContain(status);
      expect(JSON.stringify(body)).not.toContain("Ours");
    }
    expect(await ledgerSizes()).toEqual(before);
    const listed = await app.send("GET", "/systems", undefined, { cookie: foreign });
    expect(listed.body.items).toEqual([]);
  });

  it("to provisioning is a SCIM token's alone", async () => {
    const callers = [
      {},
      ...Object.values(sessions).map((cookie) => ({ cookie })),
      ...[...keys.values()].map((key) => ({ authorization: `Bearer ${key}` })),
    ];
    for (const endpoint of provisioning) {
      const url = `${SCIM_PREFIX}${endpoint.path.replaceAll(/:[a-z]+/gi, systemId)}`;
      const payload = endpoint.body ? JSON.stringify(plausible(jsonSchemaOf(endpoint.body))) : undefined;
      for (const headers of callers) {
        const request = { method: endpoint.method, url, headers: { "content-type": "application/json", ...headers } };
        const { statusCode } = await app.http.inject({ ...request, ...(payload === undefined ? {} : { payload }) });
        expect(statusCode, endpoint.operationId).toBe(401);
      }
    }
    for (const role of ROLES) expect(permissionsOf([role]).has("people.provision")).toBe(false);
    for (const scope of SCOPES) expect(permissionsOfScopes([scope]).has("people.provision")).toBe(false);
  });

  it("is written down for people as it is enforced", async () => {
    const lines = [
      "# Who may call what",
      "",
      "Made from the permission tables by `access-matrix.test.ts`; run the tests with `UPDATE_SNAPSHOTS=yes` to write it again.",
      "",
      "The column *some systems* says what holds for people whose access is for some AI systems only: `path` and `checked` let them use theirs, `free` has nothing of a system in it, and everything else is refused where the permission comes from such a role.",
      "",
      `| Operation | Needs | some systems | ${ROLES.map((role) => role.replaceAll("_", " ")).join(" | ")} | ${SCOPES.join(" | ")} |`,
      `|---|---|---|${"---|".repeat(ROLES.length + SCOPES.length)}`,
      ...[...endpoints, ...provisioning].map((endpoint) => matrixLine(endpoint)),
      "",
      "`people.provision` is what a SCIM token of an identity provider may do, and nobody and nothing else; it may do nothing but that.",
      "",
    ].join("\n");
    if (process.env["UPDATE_SNAPSHOTS"] === "yes") await writeFile(SNAPSHOT, lines);
    expect(await readFile(SNAPSHOT, "utf8")).toBe(lines);
  });
});

function matrixLine({ operationId, access, systems }: Endpoint): string {
  const mark = (allowed: boolean) => (allowed ? "yes" : "");
  const roles = ROLES.map((role) => mark(isOpen(access) || permissionsOf([role]).has(access as never)));
  const scopes = SCOPES.map((scope) => mark(access === "public" || permissionsOfScopes([scope]).has(access as never)));
  return `| ${operationId} | ${access} | ${systems ?? (isOpen(access) ? "" : "refused")} | ${[...roles, ...scopes].join(" | ")} |`;
}

function isOpen(access: Endpoint["access"]): boolean {
  return access === "public" || access === "signed_in";
}

async function ledgerSizes() {
  return app.db.selectFrom("ledger_log").select(["org_id", "size"]).orderBy("org_id").execute();
}
