/** Status as the API tells it: computed, never typed, kept as it was, and recomputed only where asked for. */
import { endpoints } from "@steward/contract";
import { formatInstant, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";

let app: TestApp;
let cookie: string;
let personId: string;

beforeAll(async () => {
  app = await createTestApp();
  ({ cookie, personId } = await app.setUp());
  await app.settle();
});
afterAll(async () => {
  await app?.close();
});

async function get(url: string) {
  const reply = await app.send("GET", url, undefined, { cookie });
  expect(reply.status, JSON.stringify(reply.body)).toBe(200);
  return reply.body;
}

async function post(url: string, values: object) {
  const reply = await app.send("POST", url, { values, changeReason: "Test" }, { cookie });
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body;
}

interface Requirement {
  ref: string;
  status: string;
  since: string;
}

async function statusOf(ref: string, query = ""): Promise<string> {
  const { requirements } = await get(`/status${query}`);
  return requirements.find((item: Requirement) => item.ref === ref).status;
}

function at(moment: bigint, mode = "recorded"): string {
  return `?asOf=${encodeURIComponent(formatInstant(moment))}&mode=${mode}`;
}

async function assignRoles(): Promise<void> {
  const validFrom = formatInstant(app.clock.now()).slice(0, 10);
  for (const role of ["aims_conformity", "aims_performance_reporting", "top_management"]) {
    await post("/role-assignments", { role, personId, validFrom });
  }
}

describe("status", () => {
  it("has no endpoint that writes it", () => {
    const writers = endpoints.filter(({ path, method }) => method !== "GET" && /status|overview/.test(path));
    expect(writers.map(({ operationId }) => operationId)).toEqual([]);
  });

  it("of an empty organisation is green nowhere, and every test of the catalogue says what it misses", async () => {
    const { requirements, counts } = await get("/status");
    expect(requirements).toHaveLength(70);
    expect(counts.evidenced).toBe(0);
    const { tests } = await get("/status/tests");
    expect(tests).toHaveLength(143);
    for (const test of tests) {
      expect(test.verdict, test.testId).not.toBe("pass");
      expect(test.reason, test.testId).not.toBe("");
    }
  });

  it("moves with the facts, and the move is evidence with its cause", async () => {
    expect(await statusOf("5.3")).not.toBe("evidenced");
    const before = app.clock.now();
    await assignRoles();
    const system = await post("/systems", {
      name: "Loan triage",
      purpose: "Orders loan requests.",
      ownerId: personId,
      lifecycle: "build",
    });
    await post("/role-assignments", {
      role: "stop_authority",
      personId,
      systemId: system.id,
      validFrom: formatInstant(app.clock.now()).slice(0, 10),
    });
    await app.settle();
    expect(await statusOf("5.3")).toBe("evidenced");
    const { items } = await get("/status/requirements/5.3/history");
    expect(items[0]).toMatchObject({ ref: "5.3", to: "evidenced" });
    const entry = await get(`/ledger/entries/${items[0].ledgerIndex}`);
    expect(JSON.stringify(entry)).toContain("evidenced");
    // As it was computed before, and the same facts computed again.
    expect(await statusOf("5.3", at(before))).not.toBe("evidenced");
    expect(await statusOf("5.3", at(before, "recomputed"))).not.toBe("evidenced");
    expect(await statusOf("5.3", at(app.clock.now(), "recomputed"))).toBe("evidenced");
  });

  it("answers the present when it is asked about the future", async () => {
    const { asOf } = await get(`/status${at(app.clock.now() + 100n * MICROS_PER_DAY)}`);
    expect(asOf <= formatInstant(app.clock.now())).toBe(true);
  });

  it("shows the requirement with summary, tests, evidence, crosswalk and neighbours", async () => {
    const page = await get("/status/requirements/5.3");
    expect(page.requirement.summary).not.toBe("");
    expect(page.tests.map(({ testId }: { testId: string }) => testId)).toEqual(["T-5.3-1", "T-5.3-2"]);
    expect(page.tests[0].evidence.length).toBeGreaterThan(0);
    for (const piece of page.tests[0].evidence) expect(piece.ledgerIndex).not.toBeNull();
    expect(page.crosswalk.length).toBeGreaterThan(0);
    expect([page.previous, page.next]).toEqual(["5.2", "6.1.1"]);
    expect((await app.send("GET", "/status/requirements/99", undefined, { cookie })).status).toBe(404);
  });
});

describe("silence", () => {
  it("turns a pass stale at its moment, without any job, and the past stays as it was", async () => {
    const system = await post("/systems", {
      name: "Chat",
      purpose: "Answers questions.",
      lifecycle: "operation",
      inScope: "yes",
      retentionDays: 400,
      retentionRuleDays: 365,
    });
    const release = await post("/releases", {
      systemId: system.id,
      version: "1.0.0",
      digest: `sha256:${"5".repeat(64)}`,
      changeClass: "major",
      modelKind: "trained",
      releasedAt: formatInstant(app.clock.now()),
    });
    const startedAt = formatInstant(app.clock.now());
    await post("/deployments", { systemId: system.id, releaseId: release.id, environment: "production", startedAt });
    const key = await app.makeKey(cookie, ["decisions:write"]);
    const occurredAt = formatInstant(app.clock.now());
    const decision = { id: "d-1", system: system.id, release: "1.0.0", occurredAt, outcome: "yes" };
    expect((await app.send("POST", "/decisions", decision, { key })).status).toBe(200);
    const hour = `${occurredAt.slice(0, 13)}:00:00Z`;
    expect((await app.send("POST", "/served", { system: system.id, hour, served: 1 }, { key })).status).toBe(200);
    app.clock.advance(MICROS_PER_MINUTE);
    await app.settle();
    const verdict = async (query = "") => {
      const { tests } = await get(`/status/tests${query}`);
      return tests.find(({ testId }: { testId: string }) => testId === "T-A.6.2.8-1").verdict;
    };
    expect(await verdict()).toBe("pass");
    const passed = app.clock.now();
    app.clock.advance(3n * MICROS_PER_DAY + MICROS_PER_HOUR);
    cookie = (
      await app.send("POST", "/session", { email: "founder@example.org", password: "a sentence is a good password" })
    ).cookie as string;
    expect(await verdict()).toBe("stale");
    expect(await verdict(at(passed))).toBe("pass");
    await app.settle();
    expect(await verdict()).toBe("stale");
  });
});
