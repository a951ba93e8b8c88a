import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { UsageError } from "../usage.ts";
import { readCloudTrail } from "./cloudtrail.ts";
import { readKubectl } from "./kubectl.ts";
import { readMlflow } from "./mlflow.ts";

const NOW = new Date("2026-03-10T09:00:00Z");
const fixturePath = (name: string) => path.join(import.meta.dirname, "fixtures", `${name}.json`);
const fixture = async (name: string) => JSON.parse(await readFile(fixturePath(name), "utf8")) as unknown;

describe("CloudTrail", () => {
  const expected = {
    provider: "aws",
    model: "anthropic.claude-3-haiku-20240307-v1:0",
    version: null,
    digest: null,
    service: "111122223333/loan-api",
    count: 2,
    firstAt: "2026-03-09T14:00:00.000Z",
    lastAt: "2026-03-09T15:00:00.000Z",
  };

  it("shows which role called which model, however it was named; listing models is no use of one", async () => {
    expect(readCloudTrail(await fixture("cloudtrail"))).toEqual([expected]);
  });

  it("shows a batch job as well, which is no call of the runtime", () => {
    const job = {
      eventSource: "bedrock.amazonaws.com",
      eventName: "CreateModelInvocationJob",
      eventTime: "2026-03-09T14:00:00Z",
      userIdentity: { type: "IAMUser", accountId: "111122223333", userName: "nightly" },
      requestParameters: { modelId: "amazon.nova-lite-v1:0", roleArn: "arn:aws:iam::111122223333:role/batch" },
    };
    expect(readCloudTrail({ Records: [job] })).toMatchObject([
      { model: "amazon.nova-lite-v1:0", service: "111122223333/nightly" },
    ]);
  });

  it("is read from lookup-events as from log files", async () => {
    const { Records } = (await fixture("cloudtrail")) as { Records: object[] };
    const Events = Records.map((record) => ({ EventId: "x", CloudTrailEvent: JSON.stringify(record) }));
    expect(readCloudTrail({ Events: [...Events, { CloudTrailEvent: "{" }] })).toEqual([expected]);
  });
});

describe("MLflow", () => {
  it("shows the versions that serve: by stage, or because an alias points to them", async () => {
    const seen = readMlflow(await fixture("mlflow"));
    expect(seen.map(({ service, version }) => `${service} ${version}`)).toEqual(["ranker 6", "wage-band 3"]);
    expect(seen[1]).toMatchObject({ provider: "self", model: "wage-band", firstAt: "2026-02-28T00:00:00.000Z" });
    expect(readMlflow({})).toEqual([]);
  });
});

describe("kubectl", () => {
  it("shows model servers with their model, callers of suppliers, and inference services; other workloads are none", async () => {
    const seen = readKubectl(await fixture("kubectl"), NOW);
    expect(seen.map(({ service, provider, model, version }) => [service, provider, model, version])).toEqual([
      ["ai/iris", "kserve", "gs://models/iris/1", null],
      ["shop/support-bot", "openai", null, null],
      ["shop/support-bot", "self", null, null],
      ["ai/llm", "vllm", "mistralai/Mistral-7B-Instruct-v0.3", "v0.6.3"],
    ]);
    expect(new Set(seen.map(({ lastAt }) => lastAt))).toEqual(new Set([NOW.toISOString()]));
  });

  it("counts the pods of a workload as one thing", () => {
    const pod = (name: string) => ({
      kind: "Pod",
      metadata: { name, namespace: "ai", ownerReferences: [{ name: "llm-6b7d9c8f5" }] },
      spec: { containers: [{ image: "ollama/ollama:0.5.1" }] },
    });
    expect(readKubectl({ items: [pod("llm-1"), pod("llm-2")] }, NOW)).toMatchObject([
      { service: "ai/llm", provider: "ollama", version: "0.5.1", count: 2 },
    ]);
  });
});

describe("the image that a workload runs", () => {
  const digest = `sha256:${"5".repeat(64)}`;
  const pod = (change: object) => ({
    kind: "Pod",
    metadata: { name: "bot-1", namespace: "shop", ownerReferences: [{ name: "bot-6b7d9c8f5" }] },
    spec: {
      containers: [{ name: "bot", image: "registry.example.org/shop/bot:1.4.0", env: [{ name: "OPENAI_API_KEY" }] }],
    },
    ...change,
  });
  const selves = (item: object) => readKubectl({ items: [item] }, NOW).filter(({ provider }) => provider === "self");

  it("is told by the digest that the cluster pulled", () => {
    const imageID = `registry.example.org/shop/bot@${digest}`;
    expect(selves(pod({ status: { containerStatuses: [{ name: "bot", imageID }] } }))).toMatchObject([
      { service: "shop/bot", version: "1.4.0", digest, model: null },
    ]);
  });

  it("is not told where the digest is not known, or is that of a server of models", () => {
    expect(selves(pod({}))).toEqual([]);
    expect(
      selves(pod({ status: { containerStatuses: [{ name: "bot", imageID: `sha256:${"6".repeat(64)}` }] } })),
    ).toEqual([]);
    const server = { containers: [{ name: "llm", image: "ollama/ollama:0.5.1", env: [{ name: "HF_TOKEN" }] }] };
    const status = { containerStatuses: [{ name: "llm", imageID: `docker.io/ollama/ollama@${digest}` }] };
    expect(readKubectl({ items: [pod({ spec: server, status })] }, NOW)).toMatchObject([
      { provider: "huggingface", digest: null },
      { provider: "ollama", digest },
    ]);
  });
});

describe("every adapter", () => {
  const readers = [readCloudTrail, readMlflow, (document: unknown) => readKubectl(document, NOW)];

  it("refuses what is not its tool's output, and survives whatever stands inside it", () => {
    for (const read of readers) expect(() => read({ hello: 1 })).toThrow(UsageError);
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (things) => {
        for (const read of readers) {
          for (const name of ["Records", "Events", "registered_models", "items"]) {
            try {
              for (const one of read({ [name]: things })) expect(one.count).toBeGreaterThan(0);
            } catch (error) {
              expect(error).toBeInstanceOf(UsageError);
            }
          }
        }
      }),
    );
  });
});

describe("steward observe", { timeout: 60_000 }, () => {
  const run = promisify(execFile);
  const bin = path.join(import.meta.dirname, "../../bin/steward.mjs");

  it("prints what it read", async () => {
    const { stdout } = await run(process.execPath, [bin, "observe", fixturePath("kubectl"), "--format", "kubectl"]);
    expect(stdout).toContain("shop/support-bot");
    expect(stdout.split("\n")[0]).toMatch(/^Used by\s+Supplier/);
    expect(stdout).toMatch(/shop\/support-bot\s+itself\s+sha256:1111/);
  });

  it("says what is missing to publish", async () => {
    const args = [bin, "observe", fixturePath("mlflow"), "--format", "mlflow", "--publish"];
    const { STEWARD_KEY: _, STEWARD_URL: __, ...env } = process.env;
    const mistaken = [bin, "observe", fixturePath("mlflow"), "--format", "kubectl"];
    await expect(run(process.execPath, mistaken)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no kubectl output"),
    });
    await expect(run(process.execPath, args, { env })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("STEWARD_URL"),
    });
    await expect(
      run(process.execPath, args, { env: { ...env, STEWARD_URL: "http://localhost:1" } }),
    ).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("STEWARD_KEY") });
  });
});
