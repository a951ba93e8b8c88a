/** A register as a governance lead fills it: from a file, with its faults named, then found again by filter. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, expectAccessible, launchBrowser, openPage } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

let steward: Awaited<ReturnType<typeof startSteward>>;
let browser: Browser;
let page: Page;

describe.skipIf(chromiumPath() === undefined)("a register from a file", () => {
  beforeAll(async () => {
    steward = await startSteward();
    browser = await launchBrowser();
    page = await openPage(browser, 390);
    const answer = await page.request.post(`${steward.url}/api/v1/setup`, {
      data: {
        token: new URL(steward.setUpUrl as string).hash.replace(/^#token=/, ""),
        organisation: { name: "Acme Robotics", timeZone: "Europe/Paris" },
        person: { name: "Ada Lovelace", email: "ada@example.org" },
        password: "a sentence that only Ada knows",
      },
    });
    expect(answer.ok(), await answer.text()).toBe(true);
  });
  afterAll(async () => {
    await browser?.close();
    await steward?.close();
  });

  it("names the line and field of each fault, and changes nothing", async () => {
    await page.goto(`${steward.url}/registers/systems/import`);
    await choose(
      "name,purpose,lifecycle\nLoan triage,Orders loan requests.,operation\nChat,Answers questions.,flying\n",
    );
    await page.getByText("1 fault in 2 rows").waitFor();
    await page.getByText("lifecycle").last().waitFor();
    expect(await page.getByRole("button", { name: "Import", exact: true }).isDisabled()).toBe(true);
    await expectAccessible(page);
    expect(await titles("/systems")).toEqual([]);
  });

  it("imports a file that is in order, all rows at once", async () => {
    await choose(
      "name,purpose,lifecycle\nLoan triage,Orders loan requests.,operation\nChat,Answers questions.,design\n",
    );
    await page.getByText("It would make 2 new records").waitFor();
    expect(await titles("/systems")).toEqual([]);
    await page.getByRole("button", { name: "Import 2 rows" }).click();
    await page.getByRole("heading", { name: "AI systems", exact: true }).waitFor();
    expect(await titles("/systems?sort=name")).toEqual(["Chat", "Loan triage"]);
  });

  it("finds a record by a filter that stands in the address", async () => {
    await page.getByRole("combobox", { name: "Life cycle stage" }).selectOption("design");
    await page.waitForURL(/where=lifecycle/);
    await page.getByRole("link", { name: "Chat" }).waitFor();
    await page.getByRole("link", { name: "Loan triage" }).waitFor({ state: "hidden" });
    await page.reload();
    await page.getByRole("link", { name: "Chat" }).waitFor();
    await expectAccessible(page);
  });
});

async function choose(content: string): Promise<void> {
  const clear = page.getByRole("button", { name: "Choose no file" });
  if (await clear.isVisible()) await clear.click();
  await page
    .locator("input[type=file]")
    .setInputFiles({ name: "systems.csv", mimeType: "text/csv", buffer: Buffer.from(content) });
}

async function titles(path: string): Promise<string[]> {
  const response = await page.request.get(`${steward.url}/api/v1${path}`);
  const { items } = (await response.json()) as { items: { title: string }[] };
  return items.map(({ title }) => title);
}
