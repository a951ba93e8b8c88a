/** Evidence files as people meet them: added to a record, looked at without anything of them running, removed. */
import { mkdirSync } from "node:fs";
import path from "node:path";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, expectAccessible, launchBrowser, openPage } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

let steward: Awaited<ReturnType<typeof startSteward>>;
let browser: Browser;
let page: Page;
const spoken: string[] = [];

/** A page with the words “Certificate 42” and a script that a reader of documents could run. */
function pdf(): Buffer {
  const stream = "BT /F1 24 Tf 40 120 Td (Certificate 42) Tj ET";
  const objects = [
    "<</Type/Catalog/Pages 2 0 R/OpenAction 6 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
    `<</Length ${stream.length}>>\nstream\n${stream}\nendstream`,
    "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    "<</S/JavaScript/JS(app.alert\\('run'\\))>>",
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, n) => {
    const at = text.length;
    text += `${n + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("");
  text += `xref\n0 7\n0000000000 65535 f \n${table}trailer<</Size 7/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(text, "latin1");
}

const MARKDOWN = `# Minutes

All **well**. <script>document.title = "stolen"</script> <img src=x onerror="document.title='stolen'">
[A link](javascript:alert%281%29) ![picture](https://elsewhere.example/pixel.png)
`;

describe.skipIf(chromiumPath() === undefined)("evidence files", () => {
  beforeAll(async () => {
    steward = await startSteward();
    browser = await launchBrowser();
    page = await openPage(browser);
    page.on("dialog", (dialog) => {
      spoken.push(dialog.message());
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (request.url().includes("elsewhere.example")) spoken.push(request.url());
    });
    await page.request.post(`${steward.url}/api/v1/setup`, {
      data: {
        token: new URL(steward.setUpUrl as string).hash.replace(/^#token=/, ""),
        organisation: { name: "Acme Robotics", timeZone: "Europe/Paris" },
        person: { name: "Ada Lovelace", email: "ada@example.org" },
        password: "a sentence that only Ada knows",
      },
    });
    const made = await page.request.post(`${steward.url}/api/v1/systems`, {
      data: { values: { name: "Loan triage", purpose: "Orders loan requests." } },
    });
    const { id } = (await made.json()) as { id: string };
    await page.goto(`${steward.url}/registers/systems/${id}`);
  });
  afterAll(async () => {
    await browser?.close();
    await steward?.close();
  });

  async function add(name: string, buffer: Buffer, more: Record<string, string> = {}): Promise<void> {
    await page.getByRole("button", { name: "Add a file" }).click();
    await page
      .getByRole("dialog")
      .locator("input[type=file]")
      .setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    for (const [label, value] of Object.entries(more)) await page.getByLabel(label).fill(value);
    await page.getByRole("button", { name: "Upload", exact: true }).click();
  }

  it("are added with their source and dates, and shown with what the ledger says of them", async () => {
    await page.getByText("No file yet").waitFor();
    await add("certificate.pdf", pdf(), {
      Source: "Certification body",
      "What it shows": "The certificate of the vendor.",
      "Expires on": "2026-01-31",
    });
    await page.getByRole("link", { name: "certificate.pdf", exact: true }).waitFor();
    await page.getByText("from Certification body").waitFor();
    await page.getByText("Expired", { exact: true }).waitFor();
    await expectAccessible(page);
    await shoot("panel");
  });

  it("that are refused say why, beside the file", async () => {
    await add("report.pdf", Buffer.from("no document"));
    await page.getByText("Its name ends in .pdf, but it holds something else.").waitFor();
    await expectAccessible(page);
    await shoot("refused");
    await page.getByRole("button", { name: "Cancel" }).click();
  });

  it("are looked at: a document is drawn, and its script does not run", async () => {
    await page.getByRole("button", { name: "Look at certificate.pdf" }).click();
    const canvas = page.locator("canvas");
    await canvas.waitFor();
    await expect.poll(() => canvas.evaluate(inked)).toBe(true);
    await shoot("document");
    await page.getByRole("button", { name: "Close" }).click();
  });

  it("are looked at: of Markdown and tables only the text reaches the page", async () => {
    await add("minutes.md", Buffer.from(MARKDOWN));
    await page.getByRole("button", { name: "Look at minutes.md" }).click();
    await page.getByRole("heading", { name: "Minutes", exact: true }).waitFor();
    expect(await page.locator("section[aria-label^=Content] script, section[aria-label^=Content] img").count()).toBe(0);
    expect(await page.getByText("A link").getAttribute("href")).toBe("");
    await shoot("markdown");
    await page.getByRole("button", { name: "Close" }).click();
    await add("table.csv", Buffer.from("name,count\n<script>document.title='stolen'</script>,2\n"));
    await page.getByRole("button", { name: "Look at table.csv" }).click();
    await page.getByRole("cell", { name: "<script>" }).waitFor();
    await expectAccessible(page);
    await page.getByRole("button", { name: "Close" }).click();
    expect(await page.title()).not.toContain("stolen");
    expect(spoken).toEqual([]);
  });

  it("are removed with a reason", async () => {
    await page.getByRole("button", { name: "Remove table.csv" }).click();
    await page.getByLabel("Reason").fill("It was the wrong one.");
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("link", { name: "table.csv", exact: true }).waitFor({ state: "hidden" });
    await page.setViewportSize({ width: 390, height: 844 });
    await expectAccessible(page);
    await shoot("phone");
  });
});

/** Runs in the page: whether anything but white was drawn. */
function inked(canvas: unknown): boolean {
  const element = canvas as Canvas;
  const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
  return data.some((value, index) => index % 4 < 3 && value < 100);
}

interface Canvas {
  readonly width: number;
  readonly height: number;
  getContext(kind: "2d"): {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  };
}

/** Pictures for whoever changes the screens: STEWARD_SCREENSHOTS names their folder. */
async function shoot(name: string): Promise<void> {
  const folder = process.env["STEWARD_SCREENSHOTS"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(folder, `${name}-${colorScheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
}
