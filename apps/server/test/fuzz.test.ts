/** Hostile input to every endpoint: never a 500, always a problem that names the field, and nothing stored half. */
import { DEFAULT_BODY_MAX_BYTES, type Endpoint, endpoints } from "@steward/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type Reply, type TestApp } from "./support/app.ts";
import { hostileBodies, HOSTILE_BODIES, HOSTILE_VALUES, jsonSchemaOf, plausible } from "./support/hostile.ts";

/** Each field meets every n-th hostile value in this run, others on the next day of the month. */
const EVERY_NTH = process.env["STEWARD_FUZZ"] === "all" ? 1 : 6;
const OFFSET = new Date().getUTCDate() % EVERY_NTH;
/** These end the session of the caller. */
const ENDS_SESSION = new Set(["signOut", "switchOrganisation", "changePassword"]);
/** These judge each item by itself. */
const BATCHES = new Set(["recordDecisions", "recordOutcomes"]);

let app: TestApp;
let cookie: string;
let key: string;

beforeAll(async () => {
  app = await createTestApp();
  const founder = await app.setUp();
  ({ cookie } = founder);
  const all = ["administrator", "governance_lead", "engineer", "top_management", "auditor"];
  const members = await app.send("GET", "/members", undefined, { cookie });
  await app.send("PATCH", `/members/${members.body.items[0].id}`, { roles: all }, { cookie });
  key = await app.makeKey(cookie, ["decisions:write", "records:read"]);
});
afterAll(async () => {
  await app?.close();
});

const targets = endpoints.filter(({ operationId }) => !ENDS_SESSION.has(operationId));
const pick = (values: readonly unknown[]) => values.filter((_, index) => index % EVERY_NTH === OFFSET);

function urlOf(endpoint: Endpoint, id = "01900000-0000-7000-8000-000000000001"): string {
  return endpoint.path.replaceAll(/:[a-z]+/gi, encodeURIComponent(id)).replace("*", "checkpoint");
}

async function send(endpoint: Endpoint, url: string, body?: unknown, raw?: string | Buffer): Promise<Reply> {
  return app.send(endpoint.method, url, body, {
    cookie,
    ...(endpoint.etag === "required" ? { etag: '"1"' } : {}),
    ...(raw === undefined ? {} : { raw }),
  });
}

function expectProblem(reply: Reply, because: string): void {
  expect(reply.status, because).toBeLessThan(500);
  if (reply.status < 400) return;
  expect(String(reply.headers["content-type"]), because).toContain("application/problem+json");
  expect(reply.body.type, because).toMatch(/^urn:steward:problem:/);
  expect(reply.body.status, because).toBe(reply.status);
  if (reply.status === 422) expect(reply.body.detail, because).toBeTruthy();
}

async function stored() {
  const logs = await app.db.selectFrom("ledger_log").select(["org_id", "size"]).orderBy("org_id").execute();
  const { count } = app.db.fn;
  const versions = await app.db.selectFrom("record_version").select(count("id").as("n")).executeTakeFirstOrThrow();
  const bodies = await app.db.selectFrom("ledger_body").select(count("index").as("n")).executeTakeFirstOrThrow();
  return { logs, versions: Number(versions.n), bodies: Number(bodies.n) };
}

describe("hostile input", { timeout: 600_000 }, () => {
  it("in bodies that are no JSON, or no JSON of use, is refused everywhere and stores nothing", async () => {
    const before = await stored();
    for (const endpoint of targets.filter((target) => target.body)) {
      for (const raw of HOSTILE_BODIES) {
        const reply = await send(endpoint, urlOf(endpoint), undefined, raw);
        expectProblem(reply, `${endpoint.operationId} ${raw.toString().slice(0, 60)}`);
        // A batch answers for each of its items, the worthless ones too.
        if (BATCHES.has(endpoint.operationId) && reply.status === 200) expect(reply.body.accepted).toBe(0);
        else expect(reply.status, endpoint.operationId).toBeGreaterThanOrEqual(400);
      }
    }
    expect(await stored()).toEqual(before);
  });

  it("in any field is refused by name or stored whole, never a failure of ours", async () => {
    for (const endpoint of targets.filter((target) => target.body)) {
      for (const body of hostileBodies(endpoint, pick)) {
        const before = endpoint.operationId.startsWith("import") ? undefined : await ledgerTotal();
        const reply = await send(endpoint, urlOf(endpoint), body);
        expectProblem(reply, `${endpoint.operationId} ${JSON.stringify(body).slice(0, 300)}`);
        if (reply.status === 422 && reply.body.errors) {
          for (const error of reply.body.errors) expect(error.pointer, JSON.stringify(reply.body)).toMatch(/^(\/.*)?$/);
        }
        // Sign-ins and one-time links record their refusals, and what is refused under the id of another decision is
        // kept beside it; everything else that is refused leaves no trace.
        const isKept = endpoint.operationId === "recordDecisions" && reply.status === 409;
        if (reply.status >= 400 && before !== undefined && endpoint.access !== "public" && !isKept) {
          expect(await ledgerTotal(), endpoint.operationId).toBe(before);
        }
      }
    }
  });

  it("in queries and paths is refused by name", async () => {
    for (const endpoint of targets.filter(({ method }) => method === "GET")) {
      const names = Object.keys(endpoint.query ? (jsonSchemaOf(endpoint.query).properties ?? {}) : {});
      for (const value of pick(HOSTILE_VALUES)) {
        const text = (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 3000);
        const encoded = encodeURIComponent(text.isWellFormed() ? text : "%ED%A0%80");
        for (const name of ["unknown", ...names]) {
          const reply = await send(endpoint, `${urlOf(endpoint)}?${encodeURIComponent(name)}=${encoded}`);
          expectProblem(reply, `${endpoint.operationId} ${name}=${text.slice(0, 60)}`);
        }
        if (!endpoint.path.includes(":") || text === "" || text.length > 500) continue;
        expectProblem(
          await send(endpoint, urlOf(endpoint, text.isWellFormed() ? text : "x")),
          `${endpoint.path} ${text}`,
        );
      }
    }
  });

  it("in size, type, headers and shape of the request is refused", async () => {
    const systems = endpoints.find(({ operationId }) => operationId === "createSystem") as Endpoint;
    const body = plausible(jsonSchemaOf(systems.body as never)) as { values: object };
    const huge = JSON.stringify({ ...body, pad: "x".repeat(DEFAULT_BODY_MAX_BYTES) });
    expect((await send(systems, "/systems", undefined, huge)).status).toBe(413);
    const typed = await app.send("POST", "/systems", undefined, {
      cookie,
      raw: "<a/>",
      headers: { "content-type": "text/xml" },
    });
    expect(typed.status).toBe(415);
    const form = { cookie, raw: "a=1", headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect((await app.send("POST", "/systems", undefined, form)).status).toBe(415);
    for (const etag of ["", "*", '"0"x', '"-1"', '"99999999999"', "\u00ff"]) {
      const patched = await app.send(
        "PATCH",
        "/systems/01900000-0000-7000-8000-000000000001",
        { values: {} },
        { cookie, etag },
      );
      expectProblem(patched, `If-Match ${etag}`);
    }
    for (const url of [
      "/systems?limit=5&limit=6",
      "/systems?cursor=e30",
      `/${"x".repeat(9000)}`,
      "/systems/%00",
      "/%ff%fe",
    ]) {
      expectProblem(await app.send("GET", url, undefined, { cookie }), url.slice(0, 60));
    }
    for (const authorization of ["Bearer", "Bearer stw_x_y", "Basic YTpi", `Bearer ${"x".repeat(5000)}`]) {
      expect((await app.send("GET", "/systems", undefined, { headers: { authorization } })).status).toBe(401);
    }
  });

  it("in decisions keeps the good ones of a batch and names the bad", async () => {
    const good = { id: "fuzz-1", system: "Nobody's", release: "1", occurredAt: "2026-03-10T08:00:00Z", outcome: "x" };
    const bad = pick(HOSTILE_VALUES).filter((value) => typeof value !== "string" || value.length > 200);
    const batch = [good, ...bad.map((outcome, n) => ({ ...good, id: `bad-${n}`, outcome })), null, 1, "x", []];
    const reply = await app.send("POST", "/decisions", batch, { key });
    expect(reply.status).toBe(200);
    expect(reply.body.accepted).toBe(1);
    expect(reply.body.rejected).toBe(batch.length - 1);
    for (const item of reply.body.items.slice(1)) expect(item.errors.length).toBeGreaterThan(0);
  });
});

async function ledgerTotal(): Promise<number> {
  const logs = await app.db.selectFrom("ledger_log").select("size").execute();
  return logs.reduce((sum, { size }) => sum + size, 0);
}
