/** Health for supervisors and metrics for Prometheus. */
import { timingSafeEqual } from "node:crypto";

import type { FastifyInstance } from "fastify";
import { type Kysely, sql } from "kysely";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";

import type { Secret } from "../config/secret.ts";
import type { Tables } from "../database/schema.ts";
import { HttpProblem } from "./problem.ts";

export interface HealthOptions {
  db: Kysely<Tables>;
  /** Where none is set, metrics are only for this machine. */
  metricsToken: Secret | undefined;
}

/** `/health/live` (the process answers), `/health/ready` (the database does too) and `/metrics`. */
export function healthRoutes(app: FastifyInstance, { db, metricsToken }: HealthOptions): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: "steward_http_request_duration_seconds",
    help: "Time from request to answer, by operation and status.",
    labelNames: ["operation", "status"],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  app.addHook("onResponse", async (request, reply) => {
    const { operationId } = request.routeOptions.config as { operationId?: string };
    durations.observe({ operation: operationId ?? "other", status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  app.get("/health/live", async () => ({ status: "live" }));
  app.get("/health/ready", async () => {
    await sql`SELECT 1`.execute(db);
    return { status: "ready" };
  });
  app.get("/metrics", async (request, reply) => {
    const allowed = metricsToken
      ? sameToken(request.headers.authorization, `Bearer ${metricsToken.reveal()}`)
      : isLoopback(request.ip);
    if (!allowed) throw new HttpProblem("unauthenticated", "Metrics need the token of STEWARD_METRICS_TOKEN.");
    void reply.type(registry.contentType);
    return registry.metrics();
  });
  return registry;
}

function sameToken(given: string | undefined, wanted: string): boolean {
  const a = Buffer.from(given ?? "");
  const b = Buffer.from(wanted);
  return a.length === b.length && timingSafeEqual(a, b);
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.") || address.startsWith("::ffff:127.");
}
