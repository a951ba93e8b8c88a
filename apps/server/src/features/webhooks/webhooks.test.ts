import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { formatInstant, MICROS_PER_DAY, MICROS_PER_MINUTE, MICROS_PER_SECOND } from "@steward/kernel";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";
import { isAllowedAddress, networks, post } from "../../platform/http/outbound.ts";
import { keepTasks } from "../tasks/tasks.keep.ts";
import { runWebhooks, type WebhookDeps } from "./webhooks.jobs.ts";

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

let app: TestApp;
let deps: WebhookDeps;
let cookie: string;
let orgId: string;
let receiver: Server;
let received: Received[] = [];
let answers: number[] = [];

beforeAll(async () => {
  app = await createTestApp({ webhookNetworks: ["loopback"] });
  deps = app;
  ({ cookie, orgId } = await app.setUp());
  receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204, { location: "http://127.0.0.1:1/" }).end("x".repeat(100_000));
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});

afterEach(() => {
  received = [];
  answers = [];
});

afterAll(async () => {
  await new Promise((resolve) => receiver?.close(resolve));
  await app?.close();
});

const address = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;

async function make(events: string[], url = address()) {
  const { status, body } = await app.send("POST", "/webhooks", { name: "Test", url, events }, { cookie });
  expect(status, JSON.stringify(body)).toBe(201);
  return body as { webhook: { id: string }; secret: string };
}

/** A session ends with its days; whoever moves the clock signs in again. */
async function pass(micros: bigint): Promise<void> {
  app.clock.advance(micros);
  const signedIn = await app.send("POST", "/session", { email: "founder@example.org", password: PASSWORD });
  cookie = signedIn.cookie as string;
}

/** Only the webhook at hand sends. */
async function stopOthers(): Promise<void> {
  await app.database.pool.query("UPDATE webhook SET enabled = false");
}

const deliveriesOf = async (id: string) =>
  (await app.send("GET", `/webhooks/${id}/deliveries`, undefined, { cookie })).body.items;

describe("a webhook", () => {
  it("tells of a changed status, signed so that an independent verifier agrees", async () => {
    await app.settle();
    const { webhook, secret } = await make(["status.changed"]);
    await app.send("POST", "/systems", { values: { name: "Heard of", purpose: "A test." } }, { cookie });
    await app.settle();
    await runWebhooks(deps);
    expect(received.length).toBeGreaterThan(0);
    const [first] = received as [Received];
    expect(verify(secret, first)).toMatchObject({
      type: "status.changed",
      data: { requirementId: expect.any(String), ledgerIndex: expect.any(Number) },
    });
    const forged = first.body.replace("status.changed", "status.altered");
    expect(() => verify(secret, { ...first, body: forged })).toThrow();
    const [delivery] = await deliveriesOf(webhook.id);
    expect(delivery).toMatchObject({ state: "delivered", attempts: [{ status: 204, error: null }] });
    const entry = await app.send("GET", `/ledger/entries/${delivery.ledgerIndex}`, undefined, { cookie });
    expect(entry.body.kind).toBe("status.changed");
    received = [];
    await runWebhooks(deps);
    expect(received).toEqual([]);
  });

  it("tries again with growing pauses, under the same id and a new time, and gives up in the end", async () => {
    await stopOthers();
    const { webhook, secret } = await make(["alert.opened"]);
    answers = Array.from({ length: 20 }, () => 500);
    await app.send("POST", `/webhooks/${webhook.id}/test`, undefined, { cookie });
    await runWebhooks(deps);
    await runWebhooks(deps);
    expect(received).toHaveLength(1);
    app.clock.advance(6n * MICROS_PER_SECOND);
    await runWebhooks(deps);
    expect(received).toHaveLength(2);
    const [first, second] = received as [Received, Received];
    expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(second.headers["webhook-timestamp"]).not.toBe(first.headers["webhook-timestamp"]);
    expect(second.body).toBe(first.body);
    for (let i = 0; i < 10; i++) {
      await pass(MICROS_PER_DAY + MICROS_PER_MINUTE);
      await runWebhooks(deps);
    }
    expect(received).toHaveLength(10);
    const [failed] = await deliveriesOf(webhook.id);
    expect(failed).toMatchObject({ state: "failed", nextAttemptAt: null });
    expect(failed.attempts).toHaveLength(10);
    answers = [];
    const replayed = await app.send("POST", `/webhook-deliveries/${failed.id}/replay`, undefined, { cookie });
    expect(replayed.body.state).toBe("pending");
    await runWebhooks(deps);
    expect((await deliveriesOf(webhook.id))[0].state).toBe("delivered");
    expect(received.at(-1)?.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
    expect(verify(secret, received.at(-1) as Received)).toMatchObject({ type: "steward.test" });
  });

  it("stops when the receiver says that it is gone, and follows no redirect", async () => {
    await stopOthers();
    const { webhook } = await make(["alert.opened"]);
    answers = [302];
    await app.send("POST", `/webhooks/${webhook.id}/test`, undefined, { cookie });
    await runWebhooks(deps);
    expect((await deliveriesOf(webhook.id))[0].attempts).toMatchObject([{ status: 302 }]);
    answers = [410];
    await app.send("POST", `/webhooks/${webhook.id}/test`, undefined, { cookie });
    await runWebhooks(deps);
    const { body } = await app.send("GET", "/webhooks", undefined, { cookie });
    expect(body.webhooks.at(-1)).toMatchObject({ enabled: false, failed: 1 });
    expect((await app.send("POST", `/webhooks/${webhook.id}/test`, undefined, { cookie })).status).toBe(409);
    await app.send("PATCH", `/webhooks/${webhook.id}`, { enabled: true }, { cookie });
    expect((await app.send("POST", `/webhooks/${webhook.id}/test`, undefined, { cookie })).status).toBe(202);
  });

  it("tells of what became of an alert, of a failed evaluation, and of the tasks that they make", async () => {
    await stopOthers();
    const events = ["alert.closed", "evaluation.failed", "task.opened", "task.closed"];
    const { secret } = await make(events);
    const record = async (register: string, values: object) => {
      const { status, body } = await app.send("POST", `/${register}`, { values }, { cookie });
      expect(status, JSON.stringify(body)).toBe(201);
      return body.id as string;
    };
    const at = () => formatInstant(app.clock.now());
    const systemId = await record("systems", { name: "Scorer", purpose: "A test." });
    const digest = `sha256:${"a".repeat(64)}`;
    const release = { version: "1.0", digest, changeClass: "major", modelKind: "trained", releasedAt: at() };
    const releaseId = await record("releases", { systemId, ...release });
    await record("deployments", { systemId, releaseId, environment: "production", startedAt: at() });
    const policy = {
      schema: "steward/evaluation-policy/v1",
      name: "accuracy gate",
      version: 1,
      kind: "accuracy",
      rules: [{ metric: "passRate", atLeast: 0.9 }],
    };
    const committed = await app.send("POST", "/evaluation-policies", { system: "Scorer", policy }, { cookie });
    app.clock.advance(MICROS_PER_MINUTE);
    const evaluation = (value: number) => ({
      system: "Scorer",
      release: "1.0",
      kind: "accuracy",
      dataset: { name: "golden" },
      tool: { name: "promptfoo" },
      policyDigest: committed.body.policy.digest,
      results: [{ name: "all", metric: "passRate", value, n: 100 }],
    });
    for (const value of [0.99, 0.5]) await app.send("POST", "/evaluations", evaluation(value), { cookie });
    const limits = { monitorKind: "health", measure: "reported", threshold: 5 };
    const monitorId = await record("monitors", { name: "Errors", systemId, ...limits });
    const key = await app.makeKey(cookie, ["readings:write"]);
    const reading = await app.send("POST", `/monitors/${monitorId}/readings`, { value: 9 }, { key });
    const alertId = reading.body.alertId as string;
    await keepTasks(app, orgId);
    const act = (values: object, version: number) =>
      app.send("PATCH", `/alerts/${alertId}`, { values }, { cookie, etag: `"${version}"` });
    await act({ state: "acknowledged" }, 1);
    await act({ state: "closed", closeReason: "resolved" }, 2);
    await keepTasks(app, orgId);
    await runWebhooks(deps);
    const told = received.map((one) => verify(secret, one) as { type: string; data: Record<string, unknown> });
    const of = (type: string) => told.filter((one) => one.type === type).map(({ data }) => data);
    expect(of("alert.closed")).toMatchObject([{ id: alertId, systemId, state: "closed", closeReason: "resolved" }]);
    expect(of("evaluation.failed")).toMatchObject([{ systemId, releaseId, suite: "accuracy gate", verdict: "fail" }]);
    const opened = of("task.opened").map(({ taskKind, sourceId }) => [taskKind, sourceId]);
    expect(opened).toContainEqual(["alert", alertId]);
    expect(opened).toContainEqual(["evaluation", of("evaluation.failed")[0]?.["id"]]);
    expect(of("task.closed")).toMatchObject([{ taskKind: "alert", sourceId: alertId, systemId }]);
  });

  it("gets a new secret that replaces the one before, and no secret stands in the database", async () => {
    await stopOthers();
    const { webhook, secret } = await make(["alert.opened"]);
    const rotated = await app.send("POST", `/webhooks/${webhook.id}/secret`, undefined, { cookie });
    expect(rotated.body.secret).toMatch(/^whsec_/);
    expect(rotated.body.secret).not.toBe(secret);
    await app.send("POST", `/webhooks/${webhook.id}/test`, undefined, { cookie });
    await runWebhooks(deps);
    const last = received.at(-1) as Received;
    expect(verify(rotated.body.secret, last)).toMatchObject({ type: "steward.test" });
    expect(() => verify(secret, last)).toThrow();
    const { rows } = await app.database.pool.query("SELECT * FROM webhook");
    expect(JSON.stringify(rows)).not.toContain(rotated.body.secret.slice("whsec_".length));
    expect(JSON.stringify((await app.send("GET", "/webhooks", undefined, { cookie })).body)).not.toContain("whsec_");
  });

  it("is refused for addresses that are not public, not https, or carry secrets", async () => {
    const refuse = async (url: string) => {
      const { status, body } = await app.send(
        "POST",
        "/webhooks",
        { name: "x", url, events: ["alert.opened"] },
        { cookie },
      );
      expect(status, url).toBe(422);
      expect(body.errors[0].pointer).toBe("/url");
    };
    for (const url of [
      "http://example.org/hook",
      "https://10.0.0.1/",
      "https://169.254.169.254/latest/meta-data",
      "https://[fd00::1]/",
      "https://[::ffff:10.0.0.1]/",
      "https://user:secret@example.org/",
      "https://example.org/#x",
      "ftp://example.org/",
      "nonsense",
      "http://192.168.1.10/",
    ]) {
      await refuse(url);
    }
  });
});

/** The verifier looks at the wall clock; the tests' clock stands elsewhere, so its tolerance is checked apart. */
function verify(secret: string, { body, headers }: Received): unknown {
  const verifier = new Verifier(secret);
  const id = String(headers["webhook-id"]);
  const timestamp = new Date(Number(headers["webhook-timestamp"]) * 1000);
  const expected = verifier.sign(id, timestamp, body);
  expect(String(headers["webhook-signature"])).toMatch(/^v1,/);
  if (expected !== headers["webhook-signature"]) throw new Error("the signature does not match");
  return JSON.parse(body);
}

describe("addresses", () => {
  it("of special networks are refused, those that the operator allowed are not", () => {
    const none = networks([]);
    for (const bad of [
      "127.0.0.1",
      "10.1.2.3",
      "172.16.0.1",
      "192.168.0.1",
      "169.254.169.254",
      "100.64.0.1",
      "0.0.0.0",
      "224.0.0.1",
      "255.255.255.255",
      "::1",
      "::",
      "fe80::1",
      "fd12::1",
      "::ffff:127.0.0.1",
      "64:ff9b::a00:1",
      "2002:a00:1::",
      "2001:db8::1",
      "not an address",
    ]) {
      expect(isAllowedAddress(bad, none), bad).toBe(false);
    }
    for (const good of ["8.8.8.8", "1.1.1.1", "2606:4700::1111"]) expect(isAllowedAddress(good, none), good).toBe(true);
    const own = networks(["uniquelocal", "203.0.113.7"]);
    expect(isAllowedAddress("10.1.2.3", own)).toBe(true);
    expect(isAllowedAddress("203.0.113.7", own)).toBe(true);
    expect(isAllowedAddress("127.0.0.1", own)).toBe(false);
  });

  it("are checked after the name is resolved, at the connection itself", async () => {
    const { port } = receiver.address() as AddressInfo;
    const send = (allowed: string[]) =>
      post({
        url: new URL(`http://localhost:${port}/`),
        headers: {},
        body: "{}",
        timeoutMs: 5000,
        allowed: networks(allowed),
      });
    await expect(send([])).rejects.toMatchObject({ code: "address_refused" });
    expect(received).toEqual([]);
    expect(await send(["loopback"])).toBe(204);
  });

  it("that do not answer are unreachable", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const send = (url: string) =>
      post({ url: new URL(url), headers: {}, body: "{}", timeoutMs: 200, allowed: networks(["loopback"]) });
    await expect(send(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: "unreachable" });
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
    await expect(send(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: "unreachable" });
  });
});
