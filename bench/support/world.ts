/** A whole server on its own embedded PostgreSQL, filled through its public API, for benchmarks. */
import { type Clock, systemClock } from "@steward/kernel";
import { startServer } from "@steward/server";
import type { Kysely } from "kysely";

import type { Tables } from "../../apps/server/src/platform/database/schema.ts";
import { type Connection, createKysely, createPool } from "../../apps/server/src/platform/database/pool.ts";
import { createLogger } from "../../apps/server/src/platform/log/log.ts";

export interface Sizes {
  readonly systems: number;
  readonly records: number;
  readonly decisions: number;
}

export interface World {
  readonly url: string;
  readonly cookie: string;
  readonly key: string;
  readonly orgId: string;
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  /** Where its PostgreSQL is reached. */
  readonly connection: Connection;
  readonly systemIds: readonly string[];
  populate(sizes: Sizes): Promise<void>;
  get(path: string): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
}

const DIGEST = `sha256:${"a".repeat(64)}`;
const DECISIONS_PER_REQUEST = 1000;
const ROWS_PER_IMPORT = 2000;

export async function createWorld(dataDir: string): Promise<World> {
  const env = { STEWARD_DATA_DIR: dataDir, STEWARD_PORT: "0", STEWARD_LOG_LEVEL: "error" };
  const server = await startServer({ env });
  const post = sender(server.url);
  const token = new URL(server.setUpUrl ?? "").hash.replace("#token=", "");
  const setUp = await post("POST", "/setup", {
    token,
    organisation: { name: "Bench", timeZone: "UTC" },
    person: { name: "Bench", email: "bench@example.org" },
    password: "a sentence for the benchmark",
  });
  const cookie = setUp.cookie as string;
  const made = await post("POST", "/api-keys", { name: "bench", scopes: ["decisions:write", "records:read"] }, cookie);
  const key = (made.body as { secret: string }).secret;
  const { account, organisation } = setUp.body as { account: { personId: string }; organisation: { id: string } };
  const pool = createPool(server.connection, createLogger({ level: "error" }), { size: 4 });
  const systemIds: string[] = [];
  return {
    url: server.url,
    cookie,
    key,
    orgId: organisation.id,
    db: createKysely<Tables>(pool),
    clock: systemClock(),
    connection: server.connection,
    systemIds,
    populate: (sizes) => populate(post, cookie, key, account.personId, systemIds, sizes),
    async get(url) {
      const response = await fetch(`${server.url}/api/v1${url}`, { headers: { cookie } });
      return { status: response.status, body: await response.json() };
    },
    async close() {
      await pool.end();
      await server.close();
    },
  };
}

type Post = ReturnType<typeof sender>;

function sender(url: string) {
  return async (method: string, path: string, body?: unknown, cookie?: string, key?: string) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...(cookie === undefined ? {} : { cookie }),
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer).slice(0, 500)}`);
    return { body: answer, cookie: response.headers.getSetCookie()[0]?.split(";", 1)[0] };
  };
}

async function populate(post: Post, cookie: string, key: string, person: string, systemIds: string[], sizes: Sizes) {
  const id = (kind: number, n: number) =>
    `01900000-0000-7000-8${String(kind).padStart(3, "0")}-${String(n).padStart(12, "0")}`;
  const load = async (register: string, rows: object[]) => {
    for (let start = 0; start < rows.length; start += ROWS_PER_IMPORT) {
      const content = JSON.stringify(rows.slice(start, start + ROWS_PER_IMPORT));
      const { body } = await post("POST", `/${register}/import`, { format: "json", content, dryRun: false }, cookie);
      const { errors } = body as { errors: unknown[] };
      if (errors.length > 0) throw new Error(JSON.stringify(errors[0]));
    }
  };
  const numbers = Array.from({ length: sizes.systems }, (_, n) => n);
  systemIds.push(...numbers.map((n) => id(1, n)));
  await load(
    "systems",
    numbers.map((n) => systemRow(id(1, n), n, person)),
  );
  await load(
    "releases",
    numbers.map((n) => releaseRow(id(2, n), id(1, n))),
  );
  await load(
    "deployments",
    numbers.map((n) => ({
      id: id(3, n),
      systemId: id(1, n),
      releaseId: id(2, n),
      environment: "production",
      startedAt: "2026-01-02T00:00:00Z",
    })),
  );
  const roles = ["risk_owner", "data_owner", "oversight_lead", "stop_authority"] as const;
  const left = sizes.records - 3 * sizes.systems;
  await load(
    "role-assignments",
    Array.from({ length: left }, (_, n) => ({
      id: id(4, n),
      role: roles[Math.floor(n / sizes.systems) % roles.length],
      personId: person,
      systemId: id(1, n % sizes.systems),
      validFrom: "2026-01-01",
    })),
  );
  await fillDecisions(post, key, systemIds, sizes.decisions);
}

async function fillDecisions(post: Post, key: string, systemIds: readonly string[], decisions: number): Promise<void> {
  const started = Date.now();
  for (let start = 0; start < decisions; start += DECISIONS_PER_REQUEST) {
    const batch = Array.from({ length: DECISIONS_PER_REQUEST }, (_, offset) => {
      const n = start + offset;
      return {
        id: `d${n}`,
        system: systemIds[n % systemIds.length],
        release: "1.0.0",
        // Spread over the last 30 days, so that there are windows to look at.
        occurredAt: new Date(started - (n % 720) * 3_600_000).toISOString(),
        outcome: n % 3 === 0 ? "yes" : "no",
        score: (n % 100) / 100,
        attributes: { region: n % 2 === 0 ? "EU" : "US" },
        inputDigest: DIGEST,
        explanation: { method: "none" },
      };
    });
    await post("POST", "/decisions", batch, undefined, key);
  }
}

function systemRow(id: string, n: number, person: string): object {
  return {
    id,
    name: `System ${n}`,
    purpose: "Decides something, for the benchmark.",
    lifecycle: "operation",
    inScope: "yes",
    ownerId: person,
    aiRoles: ["provider"],
    aiRolesDecidedById: person,
    aiRolesDecidedOn: "2026-01-01",
    agentic: "no",
    retentionDays: 400,
    retentionRuleDays: 365,
    aiActTier: "minimal",
    riskTier: "low",
  };
}

function releaseRow(id: string, systemId: string): object {
  return {
    id,
    systemId,
    version: "1.0.0",
    digest: DIGEST,
    changeClass: "major",
    modelKind: "trained",
    releasedAt: "2026-01-01T00:00:00Z",
  };
}
