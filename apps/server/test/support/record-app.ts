/** The register endpoints on a database of their own; requests say who calls in a header. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { loadCatalogue } from "@steward/catalogue";
import { type AccessRole, permissionsOf } from "@steward/contract";
import { ManualClock, newId, parseInstant, type Uuid } from "@steward/kernel";

import type { Tables } from "../../src/platform/database/schema.ts";
import { createRouter } from "../../src/platform/http/bind.ts";
import type { Caller } from "../../src/platform/http/caller.ts";
import { createHttpServer } from "../../src/platform/http/server.ts";
import { directoryKeyStore } from "../../src/platform/ledger/keys.ts";
import { openLog } from "../../src/platform/ledger/log.ts";
import { createLogger } from "../../src/platform/log/log.ts";
import { recordRoutes } from "../../src/features/records/records.routes.ts";
import { createTestDatabase } from "./database.ts";

export type RecordApp = Awaited<ReturnType<typeof createRecordApp>>;

export async function createRecordApp() {
  const clock = new ManualClock(parseInstant("2026-01-05T09:00:00Z") as bigint);
  const orgId = newId(clock);
  const otherOrgId = newId(clock);
  const ada = newId(clock);
  const database = await createTestDatabase<Tables>();
  const keyDirectory = await mkdtemp(path.join(tmpdir(), "steward-keys-"));
  const keys = directoryKeyStore(keyDirectory);
  await database.db.transaction().execute(async (tx) => {
    await openLog(tx, clock, keys, orgId);
    await openLog(tx, clock, keys, otherOrgId);
  });
  const app = await createHttpServer({ log: createLogger({ level: "error" }) });
  const router = createRouter(app, {
    authenticate: async (request) => callerFrom(String(request.headers["x-caller"]), orgId, ada),
  });
  recordRoutes(router, { db: database.db, clock, catalogue: await loadCatalogue() });
  await app.ready();

  /** `as` is a role, and optionally the organisation and the person: "engineer <org> <person>". */
  async function send(
    method: "GET" | "POST" | "PATCH",
    url: string,
    body?: unknown,
    options: { as?: string; etag?: string } = {},
  ) {
    const response = await app.inject({
      method,
      url: `/api/v1${url}`,
      headers: {
        "x-caller": options.as ?? "governance_lead",
        ...(options.etag === undefined ? {} : { "if-match": options.etag }),
      },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    const isJson = String(response.headers["content-type"]).includes("json");
    return {
      status: response.statusCode,
      etag: String(response.headers["etag"]),
      // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes are looked into by the tests
      body: (isJson ? response.json() : response.body) as any,
    };
  }

  return {
    clock,
    orgId,
    otherOrgId,
    ada,
    database,
    send,
    async close() {
      await app.close();
      await database.close();
      await rm(keyDirectory, { recursive: true, force: true });
    },
  };
}

function callerFrom(header: string, orgId: Uuid, person: Uuid): Caller {
  const [role = "reader", org = orgId, actor = person] = header.split(" ");
  return {
    kind: "person",
    orgId: org,
    actor: { kind: "person", id: actor },
    permissions: permissionsOf([role as AccessRole]),
    roles: [role as AccessRole],
    systemId: null,
    accountId: null,
    sessionHash: null,
    providerId: null,
  };
}
