import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";

import type { ScanReport } from "@steward/discovery";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { createTestApp, type TestApp } from "../../../server/test/support/app.ts";
import { readCheckout } from "./checkout.ts";
import { scanCommand } from "./scan.ts";

let folder: string;
let shop: string;
let plain: string;

const inFolder = (name: string): string => path.join(folder, name);

async function write(name: string, text: string): Promise<string> {
  const file = inFolder(name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-scan-cli-"));
  await write("shop/requirements.txt", "openai==1.40.0\n");
  await write("shop/app.py", 'from openai import OpenAI\nOpenAI().responses.create(model="gpt-4o", input="hello")\n');
  await write("shop/.env.example", "OPENAI_API_KEY=\n");
  await write("plain/app.py", "import json\nprint(json.dumps({}))\n");
  shop = inFolder("shop");
  plain = inFolder("plain");
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs `steward scan …` in this process. */
async function run(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const written = { out: "", err: "" };
  const catcher = (name: "out" | "err") => (text: unknown) => {
    written[name] += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(catcher("out")),
    vi.spyOn(process.stderr, "write").mockImplementation(catcher("err")),
  ];
  try {
    await scanCommand().parseAsync(args, { from: "user" });
    return { code: process.exitCode, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}

describe("steward scan", () => {
  it("prints a table for people, and how it went on standard error", async () => {
    const { code, out, err } = await run(shop);
    expect(code).toBe(0);
    expect(out).toMatch(/^Kind +Name +Version +Supplier +Confidence +Found at$/m);
    expect(out).toMatch(/^model +gpt-4o +openai +used +app\.py:2/m);
    expect(err).toMatch(/^Scanned 3 files in [\d.]+ s: 4 components, 0 files or folders left out\.$/m);
    expect((await run(plain)).out).toBe("No AI was found.\n");
  });

  it("prints the stable JSON, byte for byte the same each time", async () => {
    const first = await run(shop, "--format", "json");
    const report = JSON.parse(first.out) as ScanReport;
    expect(report).toMatchObject({ schema: "steward/scan/v1", root: shop, filesScanned: 3, filesSkipped: [] });
    expect(report.components).toContainEqual({
      kind: "package",
      name: "openai",
      version: "1.40.0",
      ecosystem: "pypi",
      provider: "openai",
      confidence: "used",
      evidence: [
        { file: "app.py", line: 1, detector: "openai/import" },
        { file: "requirements.txt", line: 1, detector: "openai/package" },
      ],
    });
    expect((await run(shop, "--format", "json")).out).toBe(first.out);
  });

  it.each([
    ["sarif", { version: "2.1.0" }],
    ["cyclonedx", { bomFormat: "CycloneDX", specVersion: "1.6", metadata: { component: { version: "2.0" } } }],
    ["spdx", { "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld" }],
  ])("writes %s into a file", async (format, expected) => {
    const file = inFolder(`out.${format}.json`);
    const { code, out } = await run(shop, "--format", format, "--release", "2.0", "--output", file);
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject(expected);
  });

  it("writes CycloneDX 1.7 where it is asked for", async () => {
    const { out } = await run(shop, "--format", "cyclonedx", "--spec-version", "1.7");
    expect(JSON.parse(out)).toMatchObject({ specVersion: "1.7" });
  });

  it("keeps control characters of a repository away from the terminal", async () => {
    await write("hostile/\u001B[31mapp.py", "import openai\n");
    const { out } = await run(inFolder("hostile"));
    expect(out).toContain("?[31mapp.py");
    expect(out).not.toContain("\u001B");
  });
});

describe("--fail-on", () => {
  it("shadow: fails on what a baseline of either form does not have", async () => {
    const report = inFolder("baseline.json");
    const bom = inFolder("baseline.cdx.json");
    await run(shop, "--format", "json", "--output", report);
    await run(shop, "--format", "cyclonedx", "--output", bom);
    for (const baseline of [report, bom])
      expect((await run(shop, "--fail-on", "shadow,new", "--baseline", baseline)).code).toBe(0);
    await write("shop2/app.py", await readFile(inFolder("shop/app.py"), "utf8"));
    await write("shop2/more.py", "import anthropic\nanthropic.Anthropic()\n");
    const { code, err } = await run(inFolder("shop2"), "--fail-on", "shadow", "--baseline", report);
    expect(code).toBe(1);
    expect(err).toContain("shadow: provider anthropic at more.py:2");
    expect(err).not.toContain("gpt-4o");
  });

  it("shadow: where nothing is known to be registered, everything is shadow", async () => {
    const { code, err } = await run(shop, "--fail-on", "shadow");
    expect(code).toBe(1);
    expect(err).toContain("there is neither --publish nor --baseline");
    expect((await run(plain, "--fail-on", "shadow")).code).toBe(0);
  });

  it("a kind: fails where a component of it is found, and marks it", async () => {
    const { code, out } = await run(shop, "--fail-on", "credential");
    expect(code).toBe(1);
    expect(out).toMatch(/^! credential +OPENAI_API_KEY/m);
    expect((await run(shop, "--fail-on", "agent")).code).toBe(0);
  });
});

describe("bad use", () => {
  it.each([
    ["a path that is not there", ["/nowhere/at/all"], /can't be read/],
    ["an unknown condition", [".", "--fail-on", "shadows"], /shadows is no condition/],
    ["new without a baseline", [".", "--fail-on", "new"], /--baseline/],
    ["a baseline that is not there", [".", "--baseline", "/nowhere.json"], /can't be read/],
    ["publishing to no address", [".", "--publish", "Shop", "--key", "k"], /--server/],
    ["publishing without a key", [".", "--publish", "Shop", "--server", "http://localhost:1"], /--key/],
  ])("%s", async (_, args, message) => {
    vi.stubEnv("STEWARD_KEY", "");
    const { code, err } = await run(...args.map((arg) => (arg === "." ? plain : arg)));
    vi.unstubAllEnvs();
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it("a baseline that is neither form, and an output that can't be written", async () => {
    const wrong = await write("wrong.json", '{"schema":"steward/scan/v1","components":[1]}');
    expect(await run(plain, "--baseline", wrong)).toMatchObject({ code: 2 });
    expect(await run(plain, "--output", inFolder("no/such/folder/x"))).toMatchObject({ code: 2 });
  });
});

describe("--publish", () => {
  let app: TestApp;
  let url: string;
  let cookie: string;
  let key: string;

  beforeAll(async () => {
    app = await createTestApp();
    ({ cookie } = await app.setUp());
    key = await app.makeKey(cookie, ["inventory:write"]);
    await app.send("POST", "/systems", { values: { name: "Shop", purpose: "Answers." } }, { cookie });
    await app.http.listen({ port: 0, host: "127.0.0.1" });
    url = `http://127.0.0.1:${(app.http.server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await app?.close();
  });

  it("hands the report over, under the checkout's origin and commit", async () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    await write("shop/.git/HEAD", "ref: refs/heads/main\n");
    await write("shop/.git/packed-refs", `# pack-refs with: peeled\n${commit} refs/heads/main\n`);
    await write("shop/.git/config", '[remote "origin"]\n\turl = https://user:secret@github.com/acme/shop.git\n');
    vi.stubEnv("GITHUB_REPOSITORY", undefined);
    vi.stubEnv("GITHUB_SHA", undefined);
    const { code, err } = await run(shop, "--publish", "Shop", "--server", url, "--key", key);
    vi.unstubAllEnvs();
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/Published for Shop: entry \d+ of/) as string,
    });
    const { body } = await app.send("GET", "/scans", undefined, { cookie });
    expect(body.items).toMatchObject([{ source: "github.com/acme/shop", revision: commit, components: 4 }]);
    const { body: scan } = await app.send("GET", `/scans/${String(body.items[0].id)}`, undefined, { cookie });
    expect(scan.report).toMatchObject({ root: "shop", components: expect.arrayContaining([]) as unknown });
  });

  it("fails on what the register of the system does not name", async () => {
    const readKey = await app.makeKey(cookie, ["inventory:write", "records:read"]);
    const to = ["--publish", "Shop", "--server", url, "--key", readKey, "--fail-on", "shadow"];
    const before = await run(shop, ...to);
    expect(before.code).toBe(1);
    expect(before.err).toMatch(/--fail-on shadow: 3 component/);
    expect(before.err).not.toContain("OPENAI_API_KEY");
    const { body } = await app.send("GET", "/systems", undefined, { cookie });
    const systemId = body.items[0].id as string;
    const declare = (name: string, componentKind: string) =>
      app.send("POST", "/components", { values: { name, componentKind, systemId, supplier: "OpenAI" } }, { cookie });
    await declare("GPT 4o", "model");
    expect((await run(shop, ...to)).err).toContain("shadow: package openai");
    await declare("openai", "software");
    expect((await run(shop, ...to)).code).toBe(0);
  });

  it("fails on what belongs to no system, until somebody says whose it is", async () => {
    const readKey = await app.makeKey(cookie, ["inventory:write", "records:read"]);
    const to = ["--publish", "--source", "shop-mirror", "--server", url, "--key", readKey, "--fail-on", "shadow"];
    const before = await run(shop, ...to);
    expect(before.err).toMatch(/--fail-on shadow: 4 component/);
    expect(before.err).not.toContain("Nothing is known to be registered");
    const { body: drift } = await app.send("GET", "/drift?kind=shadow", undefined, { cookie });
    const { body: systems } = await app.send("GET", "/systems", undefined, { cookie });
    const item = drift.items.find(({ subject }: { subject: { name: string } }) => subject.name === "shop-mirror");
    const attach = { kind: "attach", systemId: systems.items[0].id as string, reason: "The same code." };
    await app.send("POST", `/drift/${item.id}/dispositions`, attach, { cookie });
    expect((await run(shop, ...to)).code).toBe(0);
  });

  it("says which of what it sent the server refuses", async () => {
    const writeKey = await app.makeKey(cookie, ["inventory:write"]);
    const to = ["--publish", "--source", "x".repeat(1000), "--server", url, "--key", writeKey];
    expect(await run(shop, ...to)).toMatchObject({ code: 2, err: expect.stringMatching(/^\s+\/source: /m) });
  });

  it("hands over the bill of materials of a release with it", async () => {
    const readKey = await app.makeKey(cookie, ["inventory:write", "records:read"]);
    const to = ["--publish", "Shop", "--release", "1.0", "--server", url, "--key", readKey];
    expect(await run(shop, ...to)).toMatchObject({ code: 2, err: expect.stringContaining("has no release 1.0") });
    const { body } = await app.send("GET", "/systems", undefined, { cookie });
    const values = {
      systemId: body.items[0].id as string,
      version: "1.0",
      digest: `sha256:${"b".repeat(64)}`,
      changeClass: "major",
      modelKind: "vendor_api",
      releasedAt: "2026-03-01T00:00:00Z",
    };
    const { body: release } = await app.send("POST", "/releases", { values }, { cookie });
    const { code, err } = await run(shop, ...to);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringMatching(/materials of 1\.0: entry \d+/) });
    const bom = await app.send("GET", `/releases/${release.id}/ai-bom`, undefined, { cookie });
    expect(bom.body).toMatchObject({ format: "CycloneDX 1.6" });
    expect(bom.body.components.map(({ name }: { name: string }) => name)).toContain("gpt-4o");
  });

  it("names no system where whoever publishes knows none, and finds the server in the environment", async () => {
    vi.stubEnv("STEWARD_URL", url);
    vi.stubEnv("STEWARD_KEY", key);
    const { code, err } = await run(shop, "--publish", "--source", "github.com/acme/unknown");
    vi.unstubAllEnvs();
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("Published as github.com/acme/unknown") });
    const { body } = await app.send("GET", "/scans?limit=1", undefined, { cookie });
    expect(body.items).toMatchObject([{ source: "github.com/acme/unknown", systemId: null }]);
  });

  it("takes the names of suppliers that the server knows", async () => {
    const readKey = await app.makeKey(cookie, ["inventory:write", "records:read"]);
    const values = { name: "Scorer", purpose: "Scores.", supplier: "Amazon Web Services" };
    await app.send("POST", "/systems", { values }, { cookie });
    await write("scorer/app.py", 'import boto3\nboto3.client("bedrock-runtime")\n');
    const to = ["--publish", "Scorer", "--source", "scorer", "--server", url, "--key", readKey];
    expect(await run(inFolder("scorer"), ...to, "--fail-on", "shadow")).toMatchObject({ code: 0 });
  });

  it("says what the server has against it", async () => {
    const { code, err } = await run(shop, "--publish", "Nobody", "--server", url, "--key", key);
    expect(code).toBe(2);
    expect(err).toMatch(/No registered AI system has this id or name/);
  });
});

describe("a checkout", () => {
  it.each([
    ["git@github.com:acme/shop.git", "github.com/acme/shop"],
    ["https://token@git.example.org:8443/team/a/shop", "git.example.org/team/a/shop"],
    ["ssh://git@example.org/acme/shop.git/", "example.org/acme/shop"],
  ])("of %s is %s", async (url, origin) => {
    await write("checkout/.git/HEAD", "abc\n");
    await write(
      "checkout/.git/config",
      `[core]\n\tbare = false\n[remote "origin"]\n\tfetch = x\n\turl = ${url}\n[branch "m"]\n`,
    );
    expect(readCheckout(inFolder("checkout"))).toEqual({ origin, revision: undefined });
  });

  it("is none without .git", () => {
    expect(readCheckout(plain)).toBeUndefined();
  });
});
