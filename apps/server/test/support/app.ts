/** The whole server on a database of its own, with a clock that tests move, and people of every role to call it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { loadCatalogue } from "@steward/catalogue";
import { ACCESS_ROLES, type AccessRole, type KeyScope } from "@steward/contract";
import { ManualClock, parseInstant, type Uuid } from "@steward/kernel";

import { createApp } from "../../src/app.ts";
import { COMPUTATIONS } from "../../src/compute.ts";
import { ensureInstallation, makeSetUpLink } from "../../src/features/access/access.setup.ts";
import { evaluateDue } from "../../src/features/status/status.service.ts";
import { computeHere } from "../../src/platform/compute/compute.ts";
import type { MailConfig } from "../../src/platform/config/mail.ts";
import type { Tables } from "../../src/platform/database/schema.ts";
import type { FilesConfig } from "../../src/platform/config/config.files.ts";
import { evidenceFiles } from "../../src/platform/files/evidence-files.ts";
import { directoryKeyStore } from "../../src/platform/ledger/keys.ts";
import { publishCheckpoints } from "../../src/platform/ledger/log.ts";
import { createLogger } from "../../src/platform/log/log.ts";
import { createTestDatabase } from "./database.ts";

export type TestApp = Awaited<ReturnType<typeof createTestApp>>;

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes are looked into by the tests
  readonly body: any;
  /** The session cookie that the answer sets, as a request sends it. */
  readonly cookie: string | undefined;
}

export interface Send {
  readonly cookie?: string | undefined;
  readonly key?: string | undefined;
  readonly etag?: string;
  readonly headers?: Record<string, string>;
  /** Sent as it stands instead of as JSON. */
  readonly raw?: string | Buffer;
}

export const PASSWORD = "a sentence is a good password";

export interface TestAppOptions {
  readonly webhookNetworks?: readonly string[];
  readonly mail?: MailConfig;
  readonly files?: Partial<FilesConfig>;
}

export async function createTestApp(options: TestAppOptions = {}) {
  const clock = new ManualClock(parseInstant("2026-03-10T09:00:00Z") as bigint);
  const database = await createTestDatabase<Tables>({ poolSize: 8 });
  const keyDirectory = await mkdtemp(path.join(tmpdir(), "steward-keys-"));
  const keys = directoryKeyStore(keyDirectory);
  const catalogue = await loadCatalogue();
  const log = createLogger({ level: "fatal" });
  const config = {
    publicUrl: "http://localhost:42001",
    trustedProxies: [],
    metricsToken: undefined,
    webhookNetworks: options.webhookNetworks ?? [],
    mail: options.mail,
  };
  // In the test's own process: a process for each of a hundred test files would take longer than the tests.
  const computer = computeHere(COMPUTATIONS, { db: database.db, catalogue, clock, keys });
  const directory = path.join(keyDirectory, "files");
  const filesConfig = { directory, s3: undefined, maxBytes: 1024 * 1024, virusScan: undefined, ...options.files };
  const files = evidenceFiles(filesConfig);
  const deps = { db: database.db, clock, log, keys, files, catalogue, computer, verifier: computer, config };
  await ensureInstallation(deps);
  const { http, bound, scimBound } = await createApp(deps);
  await http.ready();

  async function send(method: string, url: string, body?: unknown, options: Send = {}): Promise<Reply> {
    const payload = options.raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await http.inject({
      method: method as "GET",
      url: url.startsWith("/health") || url === "/metrics" ? url : `/api/v1${url}`,
      headers: {
        ...(payload === undefined ? {} : { "content-type": "application/json" }),
        ...(options.cookie === undefined ? {} : { cookie: options.cookie }),
        ...(options.key === undefined ? {} : { authorization: `Bearer ${options.key}` }),
        ...(options.etag === undefined ? {} : { "if-match": options.etag }),
        ...options.headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
    const type = String(response.headers["content-type"]);
    // Lines of JSON are no JSON.
    const isJson = type.includes("json") && !type.includes("ndjson");
    const [cookie] = [response.headers["set-cookie"] ?? []].flat();
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson && response.body !== "" ? response.json() : response.body,
      cookie: cookie?.split(";", 1)[0],
    };
  }

  /** Sets the installation up; answers the founder's session, an administrator and governance lead. */
  async function setUp(name = "Acme"): Promise<{ cookie: string; orgId: Uuid; personId: Uuid }> {
    const url = new URL((await makeSetUpLink(deps, config.publicUrl)) as string);
    const reply = await send("POST", "/setup", {
      token: url.hash.replace("#token=", ""),
      organisation: { name, timeZone: "Europe/Berlin" },
      person: { name: "Founder", email: "founder@example.org" },
      password: PASSWORD,
    });
    if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
    return {
      cookie: reply.cookie as string,
      orgId: reply.body.organisation.id,
      personId: reply.body.account.personId,
    };
  }

  /** Lets a person in and signs them in by their link. */
  async function join(founder: string, email: string, roles: AccessRole[]) {
    const added = await send("POST", "/members", { name: email.split("@")[0], email, roles }, { cookie: founder });
    if (added.status !== 201) throw new Error(JSON.stringify(added.body));
    const token = new URL(added.body.link.url).hash.replace("#token=", "");
    const joined = await send("POST", "/links/use", { token, password: PASSWORD });
    return { cookie: joined.cookie as string, member: added.body.member };
  }

  /** A session for each access role. */
  async function joinAll(founder: string): Promise<Record<AccessRole, string>> {
    const sessions: [string, string][] = [];
    for (const role of Object.keys(ACCESS_ROLES) as AccessRole[]) {
      const { cookie } = await join(founder, `${role.replaceAll("_", ".")}@example.org`, [role]);
      sessions.push([role, cookie]);
    }
    return Object.fromEntries(sessions) as Record<AccessRole, string>;
  }

  async function makeKey(cookie: string, scopes: KeyScope[], more: object = {}): Promise<string> {
    const made = await send("POST", "/api-keys", { name: scopes.join(" "), scopes, ...more }, { cookie });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    return made.body.secret;
  }

  return {
    ...deps,
    keyDirectory,
    filesDirectory: directory,
    database,
    bound,
    scimBound,
    http,
    send,
    setUp,
    join,
    joinAll,
    makeKey,
    setUpLink: () => makeSetUpLink(deps, config.publicUrl),
    /** What the background does by itself in a running server. */
    async settle() {
      await evaluateDue(deps);
      await publishCheckpoints(database.db, clock, keys);
    },
    async close() {
      await http.close();
      await database.close();
      await rm(keyDirectory, { recursive: true, force: true });
    },
  };
}
