/** A real Chromium: the system's, or the one that STEWARD_CHROMIUM names. */
import { existsSync } from "node:fs";

import AxeBuilder from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

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

/** WCAG 2.2 A and AA, checked on the page as it stands. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
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
