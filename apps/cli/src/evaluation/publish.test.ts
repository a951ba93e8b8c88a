/** What is published, and that nothing is on bad input. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../server/test/support/app.ts";
import { registerBias } from "../bias/index.ts";
import { registerEvaluation } from "./index.ts";

let app: TestApp;
let folder: string;
let cookie: string;
let server: string[];

const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-publish-"));
  app = await createTestApp();
  app.clock.set(BigInt(Date.now()) * 1000n);
  ({ cookie } = await app.setUp());
  const make = async (register: string, values: object) => {
    const made = await app.send("POST", register, { values }, { cookie });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body.id as string;
  };
  const systemId = await make("/systems", { name: "Loans", purpose: "Triage." });
  await make("/releases", {
    systemId,
    version: "1.0",
    digest: `sha256:${"a".repeat(64)}`,
    changeClass: "major",
    modelKind: "trained",
    releasedAt: "2026-01-01T00:00:00Z",
  });
  const key = await app.makeKey(cookie, ["evaluations:write"]);
  await app.http.listen({ port: 0, host: "127.0.0.1" });
  const url = `http://127.0.0.1:${(app.http.server.address() as AddressInfo).port}`;
  server = ["--server", url, "--key", key];
  const row = (group: string, selected: number, n: number) => `${group},${selected},${n}`;
  await writeFile(
    at("alike.csv"),
    ["g,p,n", row("a", 1, 2500), row("a", 0, 2500), row("b", 1, 2500), row("b", 0, 2500)].join("\n"),
  );
  await writeFile(
    at("unlike.csv"),
    ["g,p,n", row("a", 1, 1000), row("a", 0, 4000), row("b", 1, 2500), row("b", 0, 2500)].join("\n"),
  );
  await writeFile(at("one.csv"), ["g,p,n", row("a", 1, 10), row("a", 0, 10)].join("\n"));
  await writeFile(at("fair.yaml"), "schema: steward/bias-policy/v1\nname: fair\nversion: 1\nprofile: four-fifths\n");
  await writeFile(
    at("gate.yaml"),
    "schema: steward/evaluation-policy/v1\nname: gate\nversion: 1\nkind: accuracy\nrules:\n  - metric: passRate\n    atLeast: 0.5\n",
  );
  await writeFile(
    at("junit.xml"),
    '<testsuite name="s"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>',
  );
});

afterAll(async () => {
  await app?.close();
  await rm(folder, { recursive: true, force: true });
});

class Exit extends Error {}

async function steward(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const seen = { code: 0, out: "", err: "" };
  const program = new Command("steward");
  const terminal = {
    out: (text: string | Uint8Array) => void (seen.out += String(text)),
    err: (text: string) => void (seen.err += text),
    endWith: (code: number) => void (seen.code = code),
    exit: (code: number): never => {
      seen.code = code;
      throw new Exit();
    },
  };
  registerBias(program, terminal);
  registerEvaluation(program, terminal);
  await program.parseAsync(args, { from: "user" }).catch((error: unknown) => {
    if (!(error instanceof Exit)) throw error;
  });
  return seen;
}

const evaluate = (file: string, ...more: string[]) =>
  steward(
    "bias",
    "evaluate",
    at(file),
    "--prediction",
    "p",
    "--attributes",
    "g",
    "--count",
    "n",
    "--replicates",
    "100",
    ...more,
  );
const published = async () => (await app.send("GET", "/evaluations?limit=200", undefined, { cookie })).body.items;
const policies = async () => (await app.send("GET", "/evaluation-policies", undefined, { cookie })).body.items;

describe("steward bias evaluate --publish", { timeout: 60_000 }, () => {
  it("publishes nothing on bad input, and says what is wrong", async () => {
    const to = ["--publish", "Loans@1.0", "--policy", at("fair.yaml")];
    const bad: [string[], RegExp][] = [
      [["one.csv", ...to, ...server], /no second group/],
      [["nowhere.csv", ...to, ...server], /no such file/],
      [["alike.csv", "--publish", "Loans", ...server], /SYSTEM@RELEASE/],
      [["alike.csv", ...to, "--server", "nonsense"], /--server/],
      [["alike.csv", ...to, ...server.slice(0, 2)], /API key/],
    ];
    for (const [[file, ...more], message] of bad) {
      const { code, err } = await evaluate(file as string, ...more);
      expect(code, message.source).toBe(2);
      expect(err).toMatch(message);
    }
    expect(await policies()).toEqual([]);
    for (const more of [[], ["--policy", at("fair.yaml")]]) {
      const unknown = await evaluate("alike.csv", "--publish", "Loans@9.9", ...more, ...server);
      expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("/release") });
    }
    expect(await published()).toEqual([]);
    expect(await policies(), "a policy for a release that does not exist").toEqual([]);
  });

  it("commits the policy, then judges and publishes; the exit code says how it went", async () => {
    const to = ["--publish", "Loans@1.0", "--policy", at("fair.yaml"), "--dataset-version", "7", ...server];
    const good = await evaluate("alike.csv", ...to);
    expect(good).toMatchObject({
      code: 0,
      err: expect.stringMatching(/Published as evaluation .* of Loans 1\.0: pass/),
    });
    expect((await evaluate("unlike.csv", ...to)).code).toBe(1);
    const [unlike, alike] = await published();
    expect(alike).toMatchObject({
      verdict: "pass",
      suite: "fair",
      cases: 10_000,
      thresholdsFirst: true,
      dataset: { name: "alike.csv", version: "7", digest: expect.stringMatching(/^sha256:/) },
    });
    expect(unlike).toMatchObject({ verdict: "fail", policy: { digest: alike.policy.digest } });
    expect(await policies()).toHaveLength(1);
  });

  it("publishes what another tool exported", async () => {
    await writeFile(at("fairlearn.csv"), "g,count,selection_rate\na,100,0.5\nb,100,0.4\n");
    const { code, err } = await steward(
      "bias",
      "import",
      at("fairlearn.csv"),
      "--from",
      "fairlearn",
      "--attributes",
      "g",
      "--publish",
      "Loans@1.0",
      "--dataset",
      "export",
      ...server,
    );
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("no policy, no verdict") });
    expect((await published())[0]).toMatchObject({ tool: { name: "fairlearn" }, dataset: { name: "export" } });
  });
});

describe("steward evaluation", { timeout: 60_000 }, () => {
  it("commits a policy ahead of the run, and publishes under it", async () => {
    const first = await steward("evaluation", "commit-policy", at("gate.yaml"), "--system", "Loans", ...server);
    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^Committed: sha256:/) });
    const again = await steward("evaluation", "commit-policy", at("gate.yaml"), "--system", "Loans", ...server);
    expect(again.out).toMatch(/^Committed before/);
    const to = [
      "--format",
      "junit",
      "--kind",
      "accuracy",
      "--publish",
      "Loans@1.0",
      "--policy",
      at("gate.yaml"),
      ...server,
    ];
    const started = new Date(Date.now() + 1000).toISOString();
    const done = await steward("evaluation", "publish", at("junit.xml"), ...to, "--started-at", started);
    expect(done).toMatchObject({ code: 0, out: expect.stringContaining("passRate is 0.5 on 2 cases") });
    expect((await published())[0]).toMatchObject({
      kind: "accuracy",
      suite: "gate",
      tool: { name: "junit" },
      verdict: "pass",
    });
  });

  it("refuses a file of another tool, and a policy that says nothing, with exit 2", async () => {
    const before = (await published()).length;
    const to = ["--kind", "other", "--publish", "Loans@1.0", ...server];
    expect(await steward("evaluation", "publish", at("junit.xml"), "--format", "garak", ...to)).toMatchObject({
      code: 2,
      err: expect.stringContaining("Line 1"),
    });
    await writeFile(
      at("bad.yaml"),
      "schema: steward/evaluation-policy/v1\nname: x\nversion: 1\nkind: other\nrules: []\n",
    );
    const bad = await steward("evaluation", "commit-policy", at("bad.yaml"), "--system", "Loans", ...server);
    expect(bad).toMatchObject({ code: 2, err: expect.stringMatching(/line 5, rules/) });
    expect(await published()).toHaveLength(before);
  });
});
