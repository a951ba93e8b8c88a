/**
 * From an empty installation to a living status: set up, register, release, deploy, send, watch the status turn, stop,
 * watch it decay, look back, and verify a proof in the browser.
 */
import { formatInstant, MICROS_PER_DAY } from "@steward/kernel";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, expectAccessible, launchBrowser, openPage, WAIT_MS } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

const DIGEST = `sha256:${"5".repeat(64)}`;
const PASSWORD = "a sentence that only Ada knows";

/** How long a page may take to show what the background computes: it looks each second, drills each five. */
const COMPUTED = { timeout: WAIT_MS };

let steward: Awaited<ReturnType<typeof startSteward>>;
let browser: Browser;
let page: Page;
let key: string;
let systemId: string;

describe.skipIf(chromiumPath() === undefined)("the first day, and silence after it", { timeout: 180_000 }, () => {
  beforeAll(async () => {
    steward = await startSteward();
    browser = await launchBrowser();
    page = await openPage(browser);
  });
  afterAll(async () => {
    await browser?.close();
    await steward?.close();
  });

  it("sets up the organisation by the one-time link, and only once", async () => {
    await page.goto(steward.setUpUrl as string);
    await expectAccessible(page);
    await page.getByLabel("Organisation", { exact: false }).first().fill("Acme Robotics");
    await page.getByLabel("Your name").fill("Ada Lovelace");
    await page.getByLabel("Your e-mail").fill("ada@example.org");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await expectAccessible(page);
    const again = await page.request.get(`${steward.url}/api/v1/setup`);
    expect(await again.json()).toEqual({ needed: false });
  });

  it("signs out and in", async () => {
    await page.request.delete(`${steward.url}/api/v1/session`);
    await page.goto(`${steward.url}/requirements`);
    await page.getByLabel("E-mail").fill("ada@example.org");
    await page.getByLabel("Password", { exact: true }).fill("not the password at all");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("wrong").first().waitFor();
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "Requirements" }).waitFor();
    await expectAccessible(page);
  });

  it("registers an AI system, releases and deploys it", async () => {
    await page.goto(`${steward.url}/registers/systems/new`);
    await page.getByLabel("Name", { exact: false }).first().fill("Loan triage");
    await page.getByLabel("Purpose", { exact: false }).first().fill("Orders loan requests for review.");
    await page.getByRole("combobox", { name: "Life cycle stage" }).click();
    await page.getByRole("option", { name: "Operation" }).click();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { name: "Loan triage" }).waitFor();
    const found = await api("GET", "/systems?q=loan");
    systemId = found.items[0].id;
    const { account } = await api("GET", "/session");
    const today = new Date().toISOString().slice(0, 10);
    await change(`/systems/${systemId}`, {
      inScope: "yes",
      agentic: "no",
      aiActTier: "minimal",
      ownerId: account.personId,
      retentionDays: 400,
      retentionRuleDays: 365,
      aiRoles: ["provider"],
      aiRolesDecidedById: account.personId,
      aiRolesDecidedOn: today,
    });
    const now = formatInstant(steward.clock.now());
    const release = await api("POST", "/releases", {
      values: {
        systemId,
        version: "1.0.0",
        digest: DIGEST,
        changeClass: "major",
        modelKind: "trained",
        releasedAt: now,
      },
    });
    await api("POST", "/deployments", {
      values: { systemId, releaseId: release.id, environment: "production", startedAt: now },
    });
    key = (await api("POST", "/api-keys", { name: "Loan triage", scopes: ["decisions:write"] })).secret;
    expect(await statusOf("A.6.2.8")).toBe("insufficient");
  });

  it("turns A.6.2.8 from insufficient to evidenced when the system sends its decisions", async () => {
    await page.goto(`${steward.url}/requirements/A.6.2.8`);
    await page.getByText("Insufficient").first().waitFor();
    await expectAccessible(page);
    await sendDecisions(20);
    // The first drill waits until decisions have settled; the journey's clock does the waiting.
    steward.clock.advance(MICROS_PER_DAY / 96n);
    await expect.poll(async () => statusOf("A.6.2.8"), { timeout: WAIT_MS, interval: 500 }).toBe("evidenced");
    await page.reload();
    await page.getByText("Evidenced").first().waitFor(COMPUTED);
    await expectAccessible(page);
  });

  it("verifies a decision's proof in the browser", async () => {
    await page.goto(`${steward.url}/decisions`);
    await expectAccessible(page);
    await page
      .getByRole("row", { name: /loan-0/ })
      .getByRole("link")
      .first()
      .click();
    await page.getByRole("button", { name: "Verify in your browser" }).click();
    await page.getByRole("button", { name: "Verify again" }).waitFor(COMPUTED);
    await page
      .getByText(/verified/i)
      .first()
      .waitFor();
    await expectAccessible(page);
  });

  it("turns stale when the traffic stops, and remembers how it was", async () => {
    const then = formatInstant(steward.clock.now());
    steward.clock.advance(3n * MICROS_PER_DAY);
    await expect.poll(async () => statusOf("A.6.2.8"), { timeout: WAIT_MS, interval: 500 }).toBe("stale");
    await signIn();
    await page.goto(`${steward.url}/requirements/A.6.2.8`);
    await page.getByText("Stale").first().waitFor(COMPUTED);
    await page.goto(`${steward.url}/requirements/A.6.2.8?asOf=${encodeURIComponent(then)}`);
    await page.getByText("Evidenced").first().waitFor(COMPUTED);
    const recomputed = await api("GET", `/status?asOf=${then}&mode=recomputed`);
    expect(recomputed.mode).toBe("recomputed");
    expect(recomputed.requirements.find((item: { ref: string }) => item.ref === "A.6.2.8").status).toBe("evidenced");
  });
});

/** A request with the page's session. */
// oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes are looked into
async function api(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<any> {
  const response = await page.request.fetch(`${steward.url}/api/v1${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { data: body }),
  });
  const answer: unknown = await response.json();
  if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${JSON.stringify(answer)}`);
  return answer;
}

async function change(path: string, values: object): Promise<void> {
  const { version } = await api("GET", path);
  await api("PATCH", path, { values }, { "if-match": `"${version}"` });
}

/** Sessions end when the clock jumps; a person signs in again. */
async function signIn(): Promise<void> {
  await page.goto(`${steward.url}/sign-in`);
  await page.getByLabel("E-mail").fill("ada@example.org");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

async function statusOf(ref: string): Promise<string> {
  const reader = (readerKey ??= (await api("POST", "/api-keys", { name: "reader", scopes: ["records:read"] })).secret);
  const response = await fetch(`${steward.url}/api/v1/status`, { headers: { authorization: `Bearer ${reader}` } });
  const { requirements } = (await response.json()) as { requirements: { ref: string; status: string }[] };
  return requirements.find((item) => item.ref === ref)?.status ?? "missing";
}
let readerKey: string | undefined;

async function sendDecisions(count: number): Promise<void> {
  const now = formatInstant(steward.clock.now());
  const decisions = Array.from({ length: count }, (_, n) => ({
    id: `loan-${n}`,
    system: systemId,
    release: "1.0.0",
    occurredAt: now,
    outcome: n % 2 === 0 ? "review" : "pass",
    score: n / count,
    inputDigest: DIGEST,
    promptVersion: "features 1",
    toolsCalled: [],
    oversight: "none",
    explanation: { method: "linear", summary: "By income and term." },
  }));
  for (const [path, body] of [
    ["/decisions", decisions],
    ["/served", { system: systemId, hour: `${now.slice(0, 13)}:00:00Z`, served: count }],
  ] as const) {
    const response = await fetch(`${steward.url}/api/v1${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(response.status, await response.text()).toBe(200);
  }
}
