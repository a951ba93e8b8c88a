/** Registers, decisions and the ledger on a database of their own; requests say who calls in a header. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { loadCatalogue } from "@steward/catalogue";
import { type AccessRole, type DecisionInput, permissionsOf, permissionsOfScopes } from "@steward/contract";
import { formatInstant, ManualClock, MICROS_PER_MINUTE, newId, parseInstant, type Uuid } from "@steward/kernel";

import type { FastifyInstance } from "fastify";

import { decisionRoutes } from "../../src/features/decisions/decisions.routes.ts";
import { drillRoutes } from "../../src/features/drills/drills.routes.ts";
import { outcomeRoutes } from "../../src/features/outcomes/outcomes.routes.ts";
import { servedRoutes } from "../../src/features/served/served.routes.ts";
import { createIntake } from "../../src/features/decisions/decisions.intake.ts";
import { evaluationReportRoutes } from "../../src/features/evaluation-reports/evaluation-reports.routes.ts";
import { evaluationRoutes } from "../../src/features/evaluations/evaluations.routes.ts";
import { ledgerComputations } from "../../src/features/ledger/ledger.compute.ts";
import { ledgerRoutes } from "../../src/features/ledger/ledger.routes.ts";
import { monitorRoutes } from "../../src/features/monitors/monitors.routes.ts";
import { recordRoutes } from "../../src/features/records/records.routes.ts";
import { computeHere } from "../../src/platform/compute/compute.ts";
import type { Tables } from "../../src/platform/database/schema.ts";
import { createRouter } from "../../src/platform/http/bind.ts";
import type { Caller } from "../../src/platform/http/caller.ts";
import { createHttpServer } from "../../src/platform/http/server.ts";
import { directoryKeyStore } from "../../src/platform/ledger/keys.ts";
import { openLog } from "../../src/platform/ledger/log.ts";
import { createLogger } from "../../src/platform/log/log.ts";
import { createTestDatabase } from "./database.ts";

/** The digest of every release and input of these tests. */
export const DIGEST = `sha256:${"a".repeat(64)}`;

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
  const verifier = computeHere(ledgerComputations, { db, catalogue, clock, keys });
  const deps = { db, clock, keys, catalogue, verifier };
  const intake = createIntake(deps);
  recordRoutes(router, deps);
  decisionRoutes(router, deps, intake);
  outcomeRoutes(router, deps);
  servedRoutes(router, deps);
  drillRoutes(router, deps);
  evaluationRoutes(router, deps);
  monitorRoutes(router, deps);
  evaluationReportRoutes(router, deps);
  ledgerRoutes(router, deps);
  await app.ready();

  const send = senderTo(app);

  return {
    ...makers(send, clock),
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

type Send = ReturnType<typeof senderTo>;

/** `as`: a role, or "key" for a key that sends decisions, "key:<system>" for a bound one; then an organisation. */
function senderTo(app: FastifyInstance) {
  return async function send(
    method: "GET" | "POST" | "PATCH",
    url: string,
    body?: unknown,
    as = "engineer",
    etag?: string,
  ) {
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
  };
}

/** What most tests need: systems and decisions. */
function makers(send: Send, clock: ManualClock) {
  /** Makes a record of a register; answers its id. */
  async function make(registerPath: string, values: Record<string, unknown>): Promise<string> {
    const made = await send("POST", registerPath, { values }, "governance_lead");
    if (made.status !== 201) throw new Error(`${registerPath}: ${made.status} ${JSON.stringify(made.body)}`);
    return made.body.id;
  }

  /** A system with a component and a release 1.0 that is deployed to production from now on. */
  async function makeSystem(name: string, values: Record<string, unknown> = {}) {
    const now = () => formatInstant(clock.now());
    const systemId = await make("/systems", { name, purpose: "For a test.", ...values });
    const component = { name: "model", componentKind: "model", systemId, version: "7" };
    const release = { version: "1.0", digest: DIGEST, changeClass: "major", modelKind: "trained", releasedAt: now() };
    const componentIds = [await make("/components", component)];
    const releaseId = await make("/releases", { systemId, ...release, componentIds });
    await make("/deployments", { systemId, releaseId, environment: "production", startedAt: now() });
    clock.advance(MICROS_PER_MINUTE);
    return { systemId, releaseId };
  }

  let next = 0;

  /** A decision of the system “Ranker” that lacks nothing. */
  function decision(over: Record<string, unknown> = {}): DecisionInput {
    return {
      id: `d-${next++}`,
      system: "Ranker",
      release: "1.0",
      occurredAt: formatInstant(clock.now()),
      outcome: "upper",
      inputDigest: DIGEST,
      promptVersion: "not used",
      toolsCalled: [],
      explanation: { summary: "Years of education." },
      ...over,
    } as DecisionInput;
  }

  return { make, makeSystem, decision };
}

function callerFrom(header: string, ids: { orgId: Uuid; ada: Uuid; keyId: Uuid }): Caller {
  const [who = "reader", orgId = ids.orgId] = header.split(" ");
  const base = { orgId, accountId: null, sessionHash: null, providerId: null };
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
