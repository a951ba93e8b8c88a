/** Work as two people share it: a task comes by itself, is discussed, handed over, and goes when its source is settled. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, expectAccessible, launchBrowser, openPage, WAIT_MS } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

let steward: Awaited<ReturnType<typeof startSteward>>;
let browser: Browser;
let ada: Page;
let eve: Page;

describe.skipIf(chromiumPath() === undefined)("a task", () => {
  beforeAll(async () => {
    steward = await startSteward();
    browser = await launchBrowser();
    ada = await openPage(browser);
    eve = await openPage(browser, 390);
    await post(ada, "/setup", {
      token: tokenOf(steward.setUpUrl as string),
      organisation: { name: "Acme Robotics", timeZone: "Europe/Berlin" },
      person: { name: "Ada Lovelace", email: "ada@example.org" },
      password: "a sentence that only Ada knows",
    });
    const member = { name: "Eve Engineer", email: "eve@example.org", roles: ["engineer"] };
    const { link, member: added } = await post(ada, "/members", member);
    await post(eve, "/links/use", { token: tokenOf(link.url), password: "a sentence that only Eve knows" });
    const values = { name: "Loan triage", purpose: "Orders loan requests.", ownerId: added.personId };
    const system = await post(ada, "/systems", { values });
    const detectedAt = new Date(Date.now() - 60_000).toISOString();
    await post(ada, "/model-changes", { values: { systemId: system.id, seenModel: "gpt-6-2026-11", detectedAt } });
  });
  afterAll(async () => {
    await browser?.close();
    await steward?.close();
  });

  it("comes by itself, and its owner is told", async () => {
    await eve.goto(`${steward.url}/work`);
    await eve.getByRole("link", { name: "Loan triage is answered by gpt-6-2026-11." }).waitFor();
    await eve.getByText("5 working days left").waitFor();
    await expectAccessible(eve);
    await eve.getByRole("button", { name: /Notifications: 1 unread/ }).click();
    await eve.getByText("A task became yours.").waitFor();
    // What still fades in has less contrast than what stays.
    const opacity = () => eve.evaluate(`getComputedStyle(document.querySelector("[role=dialog]")).opacity`);
    await expect.poll(opacity).toBe("1");
    await expectAccessible(eve);
    await eve
      .getByRole("dialog")
      .getByRole("link", { name: /Loan triage/ })
      .click();
    await eve.getByRole("heading", { name: /Loan triage is answered/ }).waitFor();
    await eve.getByRole("button", { name: "Notifications: none unread" }).waitFor();
  });

  it("is discussed: who is mentioned hears of it, by the name that they have now", async () => {
    await eve.getByRole("textbox", { name: "Comment" }).fill("Is the old evaluation enough,");
    await eve.getByRole("combobox", { name: "Mention somebody" }).click();
    await eve.getByRole("option", { name: "Ada Lovelace" }).click();
    await eve.getByRole("button", { name: "Say it" }).click();
    await eve.getByRole("listitem").getByText("@Ada Lovelace").waitFor();
    expect(await eve.getByRole("textbox", { name: "Comment" }).inputValue()).toBe("");
    await expectAccessible(eve);
    await ada.goto(steward.url);
    await ada.getByRole("button", { name: /Notifications: \d+ unread/ }).click();
    await ada.getByText("Eve Engineer mentioned you.").waitFor();
    await ada
      .getByRole("dialog")
      .getByRole("link", { name: /Loan triage/ })
      .click();
    await ada.getByText("Is the old evaluation enough,").waitFor();
  });

  it("is handed over, with its history in the ledger, and closes when its source is settled", async () => {
    await ada.getByRole("button", { name: "Choose me" }).click();
    await ada.getByRole("textbox", { name: "Why" }).fill("I have the papers.");
    await ada.getByRole("button", { name: "Hand over" }).click();
    await ada.getByText("Handed from Eve Engineer to Ada Lovelace: “I have the papers.”").waitFor();
    await expectAccessible(ada);
    await ada.getByRole("link", { name: "Open the model change" }).click();
    await ada.getByRole("heading", { name: "gpt-6-2026-11" }).waitFor();
    const id = ada.url().split("/").at(-1) as string;
    const reviewed = { state: "reviewed", conclusion: "accept", reviewNote: "The suite passes." };
    const answer = await ada.request.patch(`${steward.url}/api/v1/model-changes/${id}`, {
      data: { values: reviewed },
      headers: { "if-match": '"1"', origin: steward.url },
    });
    expect(answer.ok(), await answer.text()).toBe(true);
    const closed = async () =>
      (await (await ada.request.get(`${steward.url}/api/v1/tasks?state=closed`)).json()).items.length;
    await expect.poll(closed, { timeout: WAIT_MS }).toBe(1);
    await ada.goto(`${steward.url}/work?state=closed`);
    await ada.getByRole("link", { name: /Loan triage is answered/ }).click();
    await ada.getByText("Closed: its source is settled").waitFor();
  });

  it("that asks for a decision is done where it leads to, in one step, by another person than the one who asked", async () => {
    const [system] = (await (await ada.request.get(`${steward.url}/api/v1/systems`)).json()).items;
    const { account } = await (await eve.request.get(`${steward.url}/api/v1/session`)).json();
    await post(eve, "/use-approvals", {
      values: {
        use: "Summaries of loan requests",
        systemId: system.id,
        services: ["openai"],
        requestedById: account.personId,
        validFrom: new Date().toISOString().slice(0, 10),
      },
    });
    await eve.goto(`${steward.url}/registers/systems/${system.id}`);
    await eve.getByText("Use of openai, asked for:").waitFor();
    await eve.getByText(/It is .*registered|not in operation/).waitFor();
    await eve.getByRole("link", { name: "Summaries of loan requests" }).click();
    await eve.getByText("This needs the permission “uses.approve”, which you do not hold.").waitFor();
    expect(await eve.getByRole("button", { name: "Approve" }).isDisabled()).toBe(true);
    await expectAccessible(eve);
    await ada.goto(eve.url());
    await ada.getByRole("button", { name: "Approve" }).click();
    await ada.getByRole("textbox", { name: "Reason" }).fill("Their contract keeps our data out of training.");
    await expectAccessible(ada);
    await ada.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await ada.getByText("“Their contract keeps our data out of training.”").first().waitFor();
    await ada.getByText("Approved", { exact: true }).first().waitFor();
    expect(await ada.getByRole("button", { name: "Approve" }).count()).toBe(0);
    // Whoever asked may end it as any other change; the button is of those who approve.
    await eve.reload();
    await eve.getByText("Approved", { exact: true }).first().waitFor();
    expect(await eve.getByRole("button", { name: "Revoke" }).count()).toBe(0);
    await ada.getByRole("button", { name: "Revoke" }).click();
    await ada.getByRole("textbox", { name: "Reason" }).fill("The contract ends.");
    await expectAccessible(ada);
    await ada.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await ada.getByText("“The contract ends.”").first().waitFor();
    expect(await ada.getByRole("button", { name: "Revoke" }).count()).toBe(0);
  });

  it("counts the days that the organisation works", async () => {
    await ada.goto(`${steward.url}/settings/calendar`);
    const due = () => ada.getByRole("row", { name: /CHANGE_REVIEW_TIME/ }).innerText();
    const before = await due();
    await ada.getByRole("textbox", { name: "Name" }).fill("Works outing");
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const inAWeek = new Date(Date.now() + 6 * 86_400_000).toISOString().slice(0, 10);
    await ada.getByLabel("First day").fill(tomorrow);
    await ada.getByLabel("Last day").fill(inAWeek);
    await ada.getByRole("button", { name: "Add the holiday" }).click();
    await ada.getByRole("link", { name: "Works outing" }).waitFor();
    await expect.poll(due, { timeout: WAIT_MS }).not.toBe(before);
    await expectAccessible(ada);
  });
});

async function post(page: Page, path: string, data: object) {
  const answer = await page.request.post(`${steward.url}/api/v1${path}`, { data, headers: { origin: steward.url } });
  expect(answer.ok(), `${path}: ${await answer.text()}`).toBe(true);
  return answer.json();
}

function tokenOf(url: string): string {
  return new URL(url).hash.replace(/^#token=/, "");
}
