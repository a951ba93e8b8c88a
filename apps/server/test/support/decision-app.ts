/** Registers, decisions and the ledger on a database of their own; requests say who calls in a header. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { loadCatalogue } from "@steward/catalogue";
import { type AccessRole, permissionsOf, permissionsOfScopes } from "@steward/contract";
import { ManualClock, newId, parseInstant, type Uuid } from "@steward/kernel";

import { decisionRoutes } from "../../src/features/decisions/decisions.routes.ts";
import { createIntake } from "../../src/features/decisions/decisions.intake.ts";
import { recordRoutes } from "../../src/features/records/records.routes.ts";
import type { Tables } from "../../src/platform/database/schema.ts";
import { createRouter } from "../../src/platform/http/bind.ts";
import type { Caller } from "../../src/platform/http/caller.ts";
import { createHttpServer } from "../../src/platform/http/server.ts";
import { directoryKeyStore } from "../../src/platform/ledger/keys.ts";
import { openLog } from "../../src/platform/ledger/log.ts";
import { createLogger } from "../../src/platform/log/log.ts";
import { createTestDatabase } from "./database.ts";

export type DecisionApp = Awaited<ReturnType<typeof createDecisionApp>>;

export async function createDecisionApp() {
  const clock = new ManualClock(parseInstant("2026-03-10T09:00:00Z") as bigint);
  const [orgId, otherOrgId, ada, keyId] = [newId(clock), newId(clock), newId(clock), newId(clock)];
  const database = await createTestDatabase<Tables>();
  const keyDirectory = await mkdtemp(path.join(tmpdir(), "steward-keys-"));
  const keys = directoryKeyStore(keyDirectory);
  const { db } = database;
  await db.transaction().execute(async (tx) => {
    await openLog(tx, clock, keys, orgId);
    await openLog(tx, clock, keys, otherOrgId);
  });
  const app = await createHttpServer({ log: createLogger({ level: "error" }) });
  const router = createRouter(app, {
    authenticate: async (request) => callerFrom(String(request.headers["x-caller"]), { orgId, ada, keyId }),
  });
  const catalogue = await loadCatalogue();
  const deps = { db, clock, keys, catalogue };
  const intake = createIntake(deps);
  recordRoutes(router, deps);
  decisionRoutes(router, deps, intake);
  await app.ready();

  /** `as`: a role, or "key" for a key that sends decisions, "key:<system>" for a bound one; then an organisation. */
  async function send(method: "GET" | "POST" | "PATCH", url: string, body?: unknown, as = "engineer", etag?: string) {
    const response = await app.inject({
      method,
      url: `/api/v1${url}`,
      headers: { "x-caller": as, ...(etag === undefined ? {} : { "if-match": etag }) },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const isJson = String(response.headers["content-type"]).includes("json");
    return {
      status: response.statusCode,
      headers: response.headers,
      bytes: response.rawPayload,
      // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes are looked into by the tests
      body: (isJson ? response.json() : response.body) as any,
    };
  }

  return {
    clock,
    orgId,
    otherOrgId,
    ada,
    keyId,
    keys,
    catalogue,
    deps,
    intake,
    app,
    database,
    db,
    send,
    async close() {
      await app.close();
      await intake.close();
      await database.close();
      await rm(keyDirectory, { recursive: true, force: true });
    },
  };
}

function callerFrom(header: string, ids: { orgId: Uuid; ada: Uuid; keyId: Uuid }): Caller {
  const [who = "reader", orgId = ids.orgId] = header.split(" ");
  const base = { orgId, accountId: null, sessionHash: null };
  if (who === "key" || who.startsWith("key:")) {
    return {
      ...base,
      kind: "key",
      actor: { kind: "key", id: ids.keyId },
      permissions: permissionsOfScopes(["decisions:write"]),
      roles: [],
      systemId: who.slice("key:".length) || null,
    };
  }
  const role = who as AccessRole;
  return {
    ...base,
    kind: "person",
    actor: { kind: "person", id: ids.ada },
    permissions: permissionsOf([role]),
    roles: [role],
    systemId: null,
  };
}
