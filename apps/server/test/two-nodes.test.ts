/** Several servers on one database: whoever is asked, the answer is the same, and work is done once. */
import { setTimeout as pause } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Cluster, killNodes, startCluster } from "./support/two-nodes.ts";

let cluster: Cluster;

describe("two servers on one database", () => {
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster?.close());

  async function ask(node: 0 | 1, method: string, route: string, body?: unknown, more: Record<string, string> = {}) {
    const answer = await fetch(`${cluster.nodes[node]}/api/v1${route}`, {
      method,
      headers: {
        cookie: cluster.caller.cookie,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...more,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    // oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes are looked into
    const found = (text === "" ? null : JSON.parse(text)) as any;
    return { status: answer.status, etag: answer.headers.get("etag"), body: found };
  }

  it("know each other's sessions, and their ends", async () => {
    expect((await ask(0, "GET", "/session")).status).toBe(200);
    expect((await ask(1, "GET", "/session")).status).toBe(200);
    const account = { email: "tester@example.org", password: "a sentence for the crash test" };
    const signedIn = await fetch(`${cluster.nodes[1]}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(account),
    });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
    expect((await ask(0, "GET", "/session", undefined, { cookie })).status).toBe(200);
    expect((await ask(0, "DELETE", "/session", undefined, { cookie })).status).toBeLessThan(300);
    expect((await ask(1, "GET", "/session", undefined, { cookie })).status).toBe(401);
  });

  it("let one of two changes of the same version win", async () => {
    const values = { name: "Grace", activeFrom: "2026-01-01" };
    const made = await ask(0, "POST", "/people", { values });
    const change = async (node: 0 | 1, name: string) =>
      ask(node, "PATCH", `/people/${made.body.id}`, { values: { name } }, { "if-match": made.etag ?? "" });
    const [a, b] = await Promise.all([change(0, "Grace A"), change(1, "Grace B")]);
    expect([a.status, b.status].toSorted()).toEqual([200, 412]);
    const winner = a.status === 200 ? "Grace A" : "Grace B";
    expect((await ask(1, "GET", `/people/${made.body.id}`)).body.title).toBe(winner);
  });

  it("append to one log without a fork, and answer a record sent to both once", async () => {
    const send = async (node: 0 | 1, ids: string[]) =>
      ask(
        node,
        "POST",
        "/decisions",
        ids.map((id) => ({ id, system: "Any", release: "1", occurredAt: new Date().toISOString(), outcome: "yes" })),
        { authorization: `Bearer ${cluster.caller.key}`, cookie: "" },
      );
    const batches = Array.from({ length: 20 }, (_, n) => [`own-${n}`, `both-${Math.floor(n / 2)}`]);
    const answers = await Promise.all(batches.map((ids, n) => send((n % 2) as 0 | 1, ids)));
    for (const { status } of answers) expect(status).toBe(200);
    const listed = await ask(0, "GET", "/decisions?limit=200");
    const ids = listed.body.items.map(({ externalId }: { externalId: string }) => externalId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(30);
    const checked = await ask(1, "POST", "/ledger/checks");
    expect(checked.body).toMatchObject({ ok: true, findings: [] });
  });

  it("sign one chain of checkpoints, whichever of them does", async () => {
    const until = Date.now() + 60_000;
    for (;;) {
      const [a, b] = await Promise.all([ask(0, "GET", "/ledger"), ask(1, "GET", "/ledger")]);
      if (a.body.checkpoint?.size === a.body.size && b.body.checkpoint?.note === a.body.checkpoint?.note) break;
      if (Date.now() > until) throw new Error("No common checkpoint.");
      await pause(100);
    }
  });

  it("are told apart by their health: one that stops is not ready, the other serves", async () => {
    const answers = await Promise.all(cluster.nodes.map(async (node) => fetch(`${node}/health/ready`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await Promise.all(answers.map(async (answer) => answer.arrayBuffer()));
    expect((await fetch(`${cluster.url}/health/live`)).status).toBe(200);
  });

  it("lose nothing that was acknowledged, and store nothing twice, when each is killed under load", async () => {
    const report = await killNodes(cluster, 2);
    expect(report.acknowledgedDecisions).toBeGreaterThan(0);
    expect(report.acknowledgedRecords).toBeGreaterThan(0);
    expect(report).toMatchObject({ lost: [], twice: [], ledger: { ok: true, findings: [] } });
  });
});
