/** A person protects the account with an authenticator app, and signs in with it. */
import { MICROS_PER_SECOND } from "@steward/kernel";
import { generate } from "otplib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, expectAccessible, launchBrowser, openPage } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

const PASSWORD = "a sentence that only Ada knows";

let steward: Awaited<ReturnType<typeof startSteward>>;
let browser: Browser;
let page: Page;
let secret: string;
let recoveryCode: string;

describe.skipIf(chromiumPath() === undefined)("a second factor in the browser", () => {
  beforeAll(async () => {
    steward = await startSteward();
    browser = await launchBrowser();
    page = await openPage(browser);
    const answer = await page.request.post(`${steward.url}/api/v1/setup`, {
      data: {
        token: new URL(steward.setUpUrl as string).hash.replace(/^#token=/, ""),
        organisation: { name: "Acme Robotics", timeZone: "Europe/Paris" },
        person: { name: "Ada Lovelace", email: "ada@example.org" },
        password: PASSWORD,
      },
    });
    expect(answer.ok(), await answer.text()).toBe(true);
  });
  afterAll(async () => {
    await browser?.close();
    await steward?.close();
  });

  /** The next code of the app: the clock moves on, because a code is good once. */
  async function nextCode(): Promise<string> {
    steward.clock.advance(31n * MICROS_PER_SECOND);
    return generate({ secret, epoch: Number(steward.clock.now() / MICROS_PER_SECOND) });
  }

  async function signIn(code: string): Promise<void> {
    await page.request.delete(`${steward.url}/api/v1/session`);
    await page.goto(`${steward.url}/sign-in`);
    await page.getByLabel("E-mail").fill("ada@example.org");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "Your second factor" }).waitFor();
    await expectAccessible(page);
    await page.getByLabel("Code").fill(code);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
  }

  it("is set up with an app, which answers recovery codes", async () => {
    await page.goto(`${steward.url}/settings/account`);
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByRole("button", { name: "Set up an authenticator app" }).click();
    await page.getByRole("img", { name: "QR code" }).waitFor();
    await expectAccessible(page);
    secret = (await page.locator("code", { hasText: /^[A-Z2-7 ]{30,}$/ }).innerText()).replaceAll(" ", "");
    await page.getByLabel("Code", { exact: true }).fill(await nextCode());
    await page.getByRole("button", { name: "Confirm" }).click();
    await page.getByText("Recovery codes, shown this once").waitFor();
    recoveryCode = await page.locator("li code").first().innerText();
    await expectAccessible(page);
  });

  it("is asked for at the next sign-in", async () => {
    await signIn("000000");
    await page.getByText("This code is wrong").first().waitFor();
    await page.getByLabel("Code").fill(await nextCode());
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
  });

  it("can be replaced once by a recovery code", async () => {
    await signIn(recoveryCode);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.goto(`${steward.url}/settings/account`);
    await page.getByText("9 recovery codes are left").waitFor();
    await expectAccessible(page);
  });
});
