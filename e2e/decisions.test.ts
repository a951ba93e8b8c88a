/** An incident is looked into: what ran then, what it touched, what else was sent; and what must be kept is held. */
import { formatInstant, MICROS_PER_HOUR } from "@steward/kernel";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, expectAccessible, launchBrowser, openContext } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const PASSWORD = "a sentence is a good password";

describe.skipIf(chromiumPath() === undefined)("looking into an incident", { timeout: 120_000 }, () => {
  let steward: Awaited<ReturnType<typeof startSteward>>;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let cookie: string;
  let systemId: string;
  let decisionId: string;

  beforeAll(async () => {
    [steward, browser] = await Promise.all([startSteward(), launchBrowser()]);
    const token = new URL(steward.setUpUrl as string).hash.replace("#token=", "");
    const organisation = { name: "Acme", timeZone: "Europe/Berlin" };
    const person = { name: "Ada", email: "ada@example.org" };
    const made = await call("POST", "/setup", { token, organisation, person, password: PASSWORD });
    cookie = made.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
    systemId = await make("/systems", { name: "Loan triage", purpose: "Orders loans.", lifecycle: "operation" });
    const startedAt = formatInstant(steward.clock.now() - MICROS_PER_HOUR);
    const release = { systemId, digest: DIGEST, changeClass: "major", modelKind: "trained", releasedAt: startedAt };
    const releaseId = await make("/releases", { ...release, version: "1.0.0" });
    await make("/deployments", { systemId, releaseId, environment: "production", startedAt });
    await make("/monitors", { systemId, name: "Silence", monitorKind: "health", measure: "silence", threshold: 24 });
    const secret = await call("POST", "/api-keys", { name: "loans", scopes: ["decisions:write"] });
    const { secret: key } = (await secret.json()) as { secret: string };
    const occurredAt = formatInstant(steward.clock.now());
    const sent = Array.from({ length: 30 }, (_, n) => ({
      id: `loan-${n}`,
      system: "Loan triage",
      release: "1.0.0",
      occurredAt,
      outcome: n % 3 === 0 ? "review" : "pass",
      subject: `person-${n % 10}`,
      attributes: { region: n % 2 === 0 ? "EU" : "US" },
      explanation: { method: "linear", summary: "By income and term." },
    }));
    const answer = await call("POST", "/decisions", [...sent, { ...sent[0], outcome: "pass" }], {
      authorization: `Bearer ${key}`,
    });
    decisionId = ((await answer.json()) as { items: { decisionId: string }[] }).items[0]?.decisionId ?? "";
    context = await openContext(browser);
    const [name = "", value = ""] = cookie.split("=");
    await context.addCookies([{ name, value, url: steward.url }]);
    page = await context.newPage();
  });
  afterAll(async () => {
    await browser?.close();
    await steward?.close();
  });

  function call(method: string, url: string, body?: object, headers: Record<string, string> = { cookie }) {
    return fetch(`${steward.url}/api/v1${url}`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async function make(register: string, values: object): Promise<string> {
    const answer = await call("POST", register, { values });
    const body = (await answer.json()) as { id: string };
    expect(answer.status, JSON.stringify(body)).toBe(201);
    return body.id;
  }

  /** The page as it stands, wide and light and narrow and dark; pictures of it where somebody wants to look. */
  async function look(name: string) {
    for (const [width, colorScheme] of [
      [390, "dark"],
      [1440, "light"],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      const folder = process.env["SHOTS"];
      if (folder) await page.screenshot({ path: `${folder}/${name}-${width}.png`, fullPage: true });
    }
    await expectAccessible(page);
  }

  it("shows on the system's page what ran then and what watches it", async () => {
    await page.goto(`${steward.url}/registers/systems/${systemId}`);
    await page.getByText("still running").first().waitFor();
    await page.getByRole("heading", { name: "What watches it" }).waitFor();
    await page.getByRole("link", { name: "Silence" }).waitFor();
    await look("system");
    await page.getByRole("textbox", { name: "Moment" }).fill("2020-01-01T09:00");
    await page.getByText("Nothing ran in production then").waitFor();
  });

  it("counts what an incident touched, and leads to the decisions", async () => {
    await page.goto(`${steward.url}/decisions?systemId=${systemId}`);
    await page.getByRole("link", { name: "Count what an incident touches" }).click();
    await page.getByRole("heading", { name: "Affected by an incident" }).waitFor();
    await page.getByLabel("Group").fill("region=EU");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("15", { exact: true }).first().waitFor();
    await look("affected");
    await page.getByRole("link", { name: "5", exact: true }).click();
    await page.getByRole("heading", { name: "Decisions" }).first().waitFor();
    await page
      .getByRole("link", { name: "loan-0", exact: true })
      .or(page.getByText("loan-0", { exact: true }))
      .first()
      .waitFor();
    expect(new URL(page.url()).searchParams.get("outcome")).toBe("review");
    await look("decisions");
  });

  it("shows beside a decision what else was sent under its id", async () => {
    await page.goto(`${steward.url}/decisions/${decisionId}`);
    await page.getByRole("heading", { name: "Something else was sent under the same id" }).waitFor();
    await page.getByText("“pass” instead of “review”").waitFor();
    await look("conflict");
  });

  it("holds what must be kept, until the hold is lifted", async () => {
    await page.goto(`${steward.url}/subjects`);
    await page.getByLabel("Pseudonym").fill("person-1");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByLabel("Reason").fill("A claim is open.");
    await page.getByRole("button", { name: "Place a legal hold" }).click();
    await page.getByText("A legal hold keeps all of it").waitFor();
    await page.getByRole("button", { name: "Lift", exact: true }).waitFor();
    await look("holds");
    await page.getByRole("button", { name: "Lift", exact: true }).click();
    await page.getByLabel("Reason").last().fill("The claim is settled.");
    await page.getByRole("button", { name: "Lift the hold" }).click();
    await page.getByRole("link", { name: "lifted" }).waitFor();
    // Nothing on the page says so any more.
    await page.getByText("A legal hold keeps all of it").waitFor({ state: "detached" });
  });
});
