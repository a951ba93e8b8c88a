import { readFile } from "node:fs/promises";

import { endpoints, scimEndpoints } from "@steward/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "./support/app.ts";

let app: TestApp;

beforeAll(async () => {
  app = await createTestApp();
});
afterAll(async () => {
  await app?.close();
});

describe("the composition", () => {
  it("serves every endpoint of the contract", () => {
    const missing = endpoints.map(({ operationId }) => operationId).filter((id) => !app.bound.has(id));
    expect(missing).toEqual([]);
    expect([...app.scimBound].sort()).toEqual(Object.keys(scimEndpoints).sort());
  });
  it("serves the API document that is committed", async () => {
    const served = await app.send("GET", "/openapi.json");
    const committed: unknown = JSON.parse(await readFile("openapi.json", "utf8"));
    expect(served.body).toEqual(committed);
  });
  it("answers health and, on this machine only, metrics", async () => {
    expect((await app.send("GET", "/health/live")).status).toBe(200);
    expect((await app.send("GET", "/health/ready")).body).toEqual({ status: "ready" });
    const metrics = await app.send("GET", "/metrics");
    expect(metrics.body).toContain("steward_http_request_duration_seconds");
    const elsewhere = await app.http.inject({ url: "/metrics", remoteAddress: "192.0.2.1" });
    expect(elsewhere.statusCode).toBe(401);
  });
  it("sends security headers with every answer", async () => {
    for (const url of ["/setup", "/nowhere", "/session"]) {
      const { headers } = await app.send("GET", url);
      expect(headers["content-security-policy"]).toContain("script-src 'self'");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["x-frame-options"]).toBeDefined();
      expect(headers["cache-control"]).toBe("no-store");
    }
  });
});
