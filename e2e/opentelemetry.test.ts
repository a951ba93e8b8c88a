/** Real applications under three real instrumentations send to a whole Steward; a person looks at what arrived. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { formatInstant } from "@steward/kernel";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Listening, standInForOpenAi } from "../packages/telemetry/test/instrumented/stand-in.ts";
import { chromiumPath, expectAccessible, launchBrowser, openContext } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

const CLIENT = path.join(import.meta.dirname, "../packages/telemetry/test/instrumented/client.cjs");
const DIGEST = `sha256:${"a".repeat(64)}`;
const PASSWORD = "a sentence is a good password";

describe.skipIf(chromiumPath() === undefined)("OpenTelemetry", () => {
  let steward: Awaited<ReturnType<typeof startSteward>>;
  let openAi: Listening;
  let browser: Browser;
  let cookie: string;
  let key: string;

  beforeAll(async () => {
    [steward, openAi, browser] = await Promise.all([startSteward(), standInForOpenAi(), launchBrowser()]);
    const token = new URL(steward.setUpUrl as string).hash.replace("#token=", "");
    const organisation = { name: "Acme", timeZone: "Europe/Berlin" };
    const person = { name: "Ada", email: "ada@example.org" };
    const made = await call("POST", "/setup", { token, organisation, person, password: PASSWORD });
    cookie = made.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
    await call("POST", "/systems", { values: { name: "Support desk", purpose: "Answers questions." } });
    const scoped = await call("POST", "/api-keys", { name: "otel", scopes: ["decisions:write"] });
    key = ((await scoped.json()) as { secret: string }).secret;
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([steward?.close(), openAi?.close()]);
  });

  function call(method: string, url: string, body?: object, headers: Record<string, string> = { cookie }) {
    return fetch(`${steward.url}/api/v1${url}`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async function read(url: string) {
    // oxlint-disable-next-line typescript/no-explicit-any -- answers of several shapes are looked into
    return (await (await call("GET", url)).json()) as any;
  }

  it("of three makers, live, tells of the same call as the same decision", async () => {
    const dialects = ["opentelemetry-content", "traceloop", "openinference"];
    const decisions = [];
    for (const dialect of dialects) {
      await promisify(execFile)(process.execPath, [CLIENT, dialect, "tool", openAi.url, steward.url, key]);
      const { items } = await read("/decisions");
      const { ai, outcome, toolsCalled, inputDigest, outputDigest, systemName } = await read(
        `/decisions/${items[0].id}`,
      );
      const { runId: _, manifest: __, ...same } = ai;
      decisions.push({ ...same, outcome, toolsCalled, inputDigest, outputDigest, systemName });
    }
    expect(decisions[1], "Traceloop's").toEqual(decisions[0]);
    expect(decisions[2], "OpenInference's").toEqual(decisions[0]);
    expect(decisions[0]).toMatchObject({
      systemName: "Support desk",
      requestModel: "gpt-4o",
      responseModel: "gpt-4o-2024-08-06",
      toolsCalled: ["find_city"],
    });
    expect((await read("/decisions")).items).toHaveLength(dialects.length);
  }, 120_000);

  it("shows an agent's run, its parts and its context to a person", async () => {
    const base = { system: "Support desk", release: "1.0", occurredAt: formatInstant(steward.clock.now()) };
    const item = { kind: "retrieval", contentHash: DIGEST, rightsClass: "own", dataClass: "internal" };
    const manifest = {
      d2Commit: "4f2c1aa",
      permissionScope: ["crm:read"],
      items: [
        { ...item, sourceId: "handbook", uriOrKey: "kb://policy/7", trustLabel: "owned", usedIn: ["answer"] },
        { ...item, sourceId: "web", uriOrKey: "https://example.org/prices", trustLabel: "public", usedIn: [] },
      ],
      toolsCalled: [{ name: "find_customer", scope: "crm:read", argumentHash: DIGEST, taint: "user" }],
      humanActs: [],
      outputHash: DIGEST,
    };
    const agent = { operation: "invoke_agent", requestModel: "gpt-4o", agent: { name: "Planner", version: "3" } };
    const sent = [
      { ...base, id: "run", outcome: "stop", ai: { ...agent, runId: "run", inputTokens: 812, manifest } },
      { ...base, id: "tool", outcome: "completed", toolsCalled: ["find_customer"], ai: part("execute_tool", "1") },
      { ...base, id: "chat", outcome: "tool_call", ai: { ...part("chat", "2"), responseModel: "gpt-4o-2024-08-06" } },
    ];
    const answer = await call("POST", "/decisions", sent, { authorization: `Bearer ${key}` });
    const { items } = (await answer.json()) as { items: { decisionId: string }[] };
    const context = await openContext(browser);
    const [name = "", value = ""] = cookie.split("=");
    await context.addCookies([{ name, value, url: steward.url }]);
    for (const [width, colorScheme] of [
      [1440, "light"],
      [390, "dark"],
    ] as const) {
      const page = await context.newPage();
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${steward.url}/decisions/${items[0]?.decisionId}`);
      await page.getByText("Planner 3").waitFor();
      await page.getByText("kb://policy/7").waitFor();
      await page.getByRole("link", { name: "execute tool find_customer" }).waitFor();
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      await expectAccessible(page);
      if (process.env["SHOTS"]) await page.screenshot({ path: `${process.env["SHOTS"]}/${width}.png`, fullPage: true });
      await page.close();
    }
    await context.close();
  }, 120_000);
});

function part(operation: string, id: string) {
  return { operation, runId: `run.${id}`, parentRunId: "run" };
}
