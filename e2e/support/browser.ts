/** A real Chromium: the system's, or the one that STEWARD_CHROMIUM names. Without its windows it starts and draws faster. */
import { existsSync } from "node:fs";

import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

const CANDIDATES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"].map(
  (name) => `/usr/bin/${name}`,
);

/** undefined where there is none; in CI that is an error, elsewhere the journeys are left out. */
export function chromiumPath(): string | undefined {
  const found = [process.env["STEWARD_CHROMIUM"] ?? "", ...CANDIDATES].find((path) => path !== "" && existsSync(path));
  if (found === undefined && process.env["STEWARD_E2E"] === "required") {
    throw new Error("The browser journeys are required here, and no Chromium was found.");
  }
  return found;
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error("No Chromium was found.");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Only ends what hangs, like the tests' own limit: a shared machine may be ten times slower. */
export const WAIT_MS = 60_000;

/** Somebody's browser, with cookies of its own. */
export async function openContext(browser: Browser, width = 1440): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width, height: 900 } });
  context.setDefaultTimeout(WAIT_MS);
  return context;
}

/** A page in a browser of its own. */
export async function openPage(browser: Browser, width?: number): Promise<Page> {
  return (await openContext(browser, width)).newPage();
}

/** WCAG 2.2 A and AA, checked on the page as it stands. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .options({
      runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
      resultTypes: ["violations"],
    })
    // Steward frames nothing of others: the other mode opens a blank page for each check, which takes as long again.
    .setLegacyMode(true)
    .analyze();
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help} (${nodes
        .map(({ html }) => html)
        .slice(0, 3)
        .join(" ")})`,
  );
  expect(found, page.url()).toEqual([]);
}
