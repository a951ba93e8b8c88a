/** Two releases, evaluated and published: what an engineer and a lawyer see of it. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, expectAccessible, launchBrowser, openPage } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

const POLICY = {
  schema: "steward/bias-policy/v1",
  name: "Fair triage",
  version: 1,
  profile: "four-fifths",
  minimumDenominator: 30,
};

let steward: Awaited<ReturnType<typeof startSteward>>;
let browser: Browser;
let page: Page;
let first: string;
let second: string;

/** Counts of a classifier by race and sex; one group is small, one is unknown, and `gap` is what one of them misses. */
function statisticsOf(gap: number) {
  const sizes: readonly (readonly [string | null, string, number])[] = [
    ["Asian", "F", 400],
    ["Asian", "M", 380],
    ["Black", "F", 900],
    ["Black", "M", 870],
    ["White", "F", 2400],
    ["White", "M", 2300],
    ["Pacific", "F", 22],
    [null, "M", 60],
  ];
  const cells = sizes.flatMap(([race, sex, n]) => {
    const rate = race === "Black" ? 0.4 - gap : 0.4;
    const counts = { tp: 0.75 * rate * n, fp: 0.25 * rate * n, fn: 0.2 * (1 - rate) * n, tn: 0.8 * (1 - rate) * n };
    return Object.entries(counts).map(([outcome, count]) => ({ key: [race, sex], outcome, n: Math.round(count) }));
  });
  return {
    schema: "steward/bias-statistics/v1",
    task: "classification",
    tables: [{ attributes: ["race", "sex"], cells }],
  };
}

async function api(method: "GET" | "POST", path: string, body?: unknown) {
  const answer = await page.request.fetch(`${steward.url}/api/v1${path}`, {
    method,
    headers: { origin: steward.url },
    ...(body === undefined ? {} : { data: body }),
  });
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return answer.json();
}

describe.skipIf(chromiumPath() === undefined)("evaluations on screen", { timeout: 180_000 }, () => {
  beforeAll(async () => {
    steward = await startSteward();
    browser = await launchBrowser();
    page = await openPage(browser);
    await page.goto(steward.setUpUrl as string);
    await page.getByLabel("Organisation", { exact: false }).first().fill("Acme Robotics");
    await page.getByLabel("Your name").fill("Ada Lovelace");
    await page.getByLabel("Your e-mail").fill("ada@example.org");
    await page.getByLabel("Password", { exact: true }).fill("a sentence that only Ada knows");
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await steward?.close();
  });

  it("teach the first step while there are none", async () => {
    await page.goto(`${steward.url}/evaluations`);
    await page.getByText("No evaluation has arrived yet").waitFor();
    await expectAccessible(page);
  });

  it("list what was published, with its verdict", async () => {
    const system = await api("POST", "/systems", {
      values: { name: "Loan triage", purpose: "Orders loan requests for review." },
    });
    const { policy } = await api("POST", "/evaluation-policies", { system: "Loan triage", policy: POLICY });
    const ids: string[] = [];
    for (const [version, gap] of [
      ["1.0.0", 0.16],
      ["1.1.0", 0.01],
    ] as const) {
      const digest = `sha256:${String(ids.length + 1).repeat(64)}`;
      const releasedAt = new Date().toISOString();
      const values = { systemId: system.id, version, digest, changeClass: "major", modelKind: "trained", releasedAt };
      await api("POST", "/releases", { values });
      const evaluation = await api("POST", "/evaluations", {
        system: "Loan triage",
        release: version,
        kind: "bias",
        dataset: { name: "holdout 2026", version: "3" },
        policyDigest: policy.digest,
        tool: { name: "steward bias", version: "0.1.0" },
        bias: { statistics: statisticsOf(gap), replicates: 500 },
      });
      ids.push(evaluation.id);
    }
    [first, second] = ids as [string, string];
    await page.goto(`${steward.url}/evaluations?systemId=${system.id}`);
    await page.getByText("Over releases and time").waitFor();
    await page.getByRole("cell", { name: "Fails" }).first().waitFor();
    await expectAccessible(page);
  });

  it("say in words, plots and a grid what was found", async () => {
    await page.goto(`${steward.url}/evaluations/${first}`);
    await page.getByText("None of that range meets").first().waitFor();
    await page.getByText("too few to judge").first().waitFor();
    await page.getByRole("heading", { name: "By race × sex" }).waitFor();
    await page.getByText("race down, sex across").first().waitFor();
    await expectAccessible(page);
  });

  it("stand beside each other, group by group", async () => {
    await page.goto(`${steward.url}/evaluations/${second}`);
    const label = "1.0.0, Fair triage";
    const choice = page.getByLabel("Compare with");
    await choice.waitFor();
    const option = await choice.locator("option", { hasText: label }).getAttribute("value");
    await choice.selectOption(option);
    await page.getByRole("heading", { name: "Loan triage: 1.0.0 and 1.1.0" }).waitFor();
    await page.getByText("beyond both intervals").first().waitFor();
    await expectAccessible(page);
  });

  it("can be taken away as PDF", async () => {
    await page.goto(`${steward.url}/evaluations/${first}`);
    const href = await page.getByRole("link", { name: "PDF" }).getAttribute("href");
    const answer = await page.request.get(`${steward.url}${href}`);
    expect(answer.headers()["content-type"]).toBe("application/pdf");
    expect((await answer.body()).subarray(0, 5).toString()).toBe("%PDF-");
  });
});
