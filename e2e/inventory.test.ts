/** Shadow AI, from a published scan to a registered system: the finding opens, is registered from what was found, closes. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, expectAccessible, launchBrowser, openPage } from "./support/browser.ts";
import { startSteward } from "./support/steward.ts";

const PASSWORD = "a sentence that only Ada knows";
const SOURCE = "github.com/acme/support-bot";

let steward: Awaited<ReturnType<typeof startSteward>>;
let browser: Browser;
let page: Page;

describe.skipIf(chromiumPath() === undefined)("shadow AI becomes a registered system", { timeout: 300_000 }, () => {
  beforeAll(async () => {
    steward = await startSteward();
    browser = await launchBrowser();
    page = await openPage(browser);
    const token = new URL(steward.setUpUrl as string).hash.replace("#token=", "");
    await api("POST", "/setup", {
      token,
      organisation: { name: "Acme Robotics", timeZone: "Europe/Berlin" },
      person: { name: "Ada Lovelace", email: "ada@example.org" },
      password: PASSWORD,
    });
  });
  afterAll(async () => {
    await browser?.close();
    await steward?.close();
  });

  it("shows a published scan of an unregistered supplier in the inbox", async () => {
    const { secret } = await api("POST", "/api-keys", { name: "pipeline", scopes: ["inventory:write"] });
    const evidence = [{ file: "src/bot.py", line: 4, detector: "openai/import" }];
    const response = await fetch(`${steward.url}/api/v1/scans`, {
      method: "POST",
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      body: JSON.stringify({
        source: SOURCE,
        report: {
          schema: "steward/scan/v1",
          root: "support-bot",
          filesScanned: 41,
          filesSkipped: [],
          components: [
            { kind: "provider", name: "openai", confidence: "used", evidence },
            { kind: "model", name: "gpt-4o", provider: "openai", confidence: "used", evidence },
            { kind: "package", name: "langchain", version: "1.2.0", confidence: "declared", evidence },
          ],
        },
      }),
    });
    expect(response.status, await response.text()).toBe(201);
    await page.goto(`${steward.url}/drift`);
    const row = page.getByRole("row", { name: new RegExp(SOURCE) });
    await row.getByText("Shadow").waitFor();
    await expectAccessible(page);
    await row.getByRole("link").first().click();
    await page.getByRole("heading", { name: SOURCE }).waitFor();
  });

  it("is registered from what was found, by confirming", async () => {
    await page.getByLabel("Name", { exact: false }).first().waitFor();
    expect(await page.getByLabel("Name", { exact: false }).first().inputValue()).toBe("support-bot");
    await page.getByLabel("langchain").waitFor();
    await expectAccessible(page);
    await page.getByLabel("Purpose", { exact: false }).fill("Drafts answers for support staff.");
    await page.getByRole("button", { name: "Confirm and register" }).click();
    await page.getByRole("heading", { name: "support-bot", exact: true }).waitFor();
  });

  it("leaves no open drift, and stands in the map with its supplier", async () => {
    expect((await api("GET", "/drift")).items).toEqual([]);
    const [closed] = (await api("GET", "/drift?state=closed")).items;
    expect(closed).toMatchObject({ kind: "shadow", subject: { name: SOURCE } });
    await page.goto(`${steward.url}/map`);
    await page
      .getByRole("link", { name: /support-bot/ })
      .first()
      .waitFor();
    await expectAccessible(page);
    await page.goto(`${steward.url}/map?view=suppliers`);
    await page.getByRole("row", { name: /OpenAI/ }).waitFor();
    await expectAccessible(page);
  });

  it("takes vulnerability data in on the page of a system, and says what it is not", async () => {
    const [system] = (await api("GET", "/systems")).items;
    await page.goto(`${steward.url}/registers/systems/${system.id}`);
    const choose = async (name: string, content: string) => {
      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Import vulnerability data" }).click();
      await (await chooser).setFiles({ name, mimeType: "application/json", buffer: Buffer.from(content) });
    };
    await choose("notes.json", "[1");
    await page.getByText("notes.json is not a CycloneDX VEX").waitFor();
    const affected = [{ package: { ecosystem: "PyPI", name: "langchain" }, versions: ["1.2.0"] }];
    await choose(
      "osv.json",
      JSON.stringify([{ id: "GHSA-0000-0000-0001", modified: "2026-03-01T00:00:00Z", affected }]),
    );
    await page
      .getByRole("status")
      .getByText(/OSV.*1 statement/)
      .waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Known vulnerabilities" }).click();
    await page.getByRole("row", { name: /GHSA-0000-0000-0001.*langchain 1.2.0.*unknown.*affected/ }).waitFor();
    await page.getByRole("row", { name: /Imported on screen.*OSV.*1/ }).waitFor();
    await expectAccessible(page);
  });

  it("keeps the AI-BOM of a release from a file, and says what changed since another release", async () => {
    const [system] = (await api("GET", "/systems")).items;
    const release = async (version: string) =>
      (
        await api("POST", "/releases", {
          values: {
            systemId: system.id,
            version,
            digest: `sha256:${version.at(-1)?.repeat(64)}`,
            changeClass: "minor",
            modelKind: "open_weights",
            releasedAt: "2026-03-10T08:00:00Z",
          },
        })
      ).id as string;
    const bom = (digit: string) => ({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      components: [
        {
          type: "machine-learning-model",
          name: "ranker",
          version: "1",
          hashes: [{ alg: "SHA-256", content: digit.repeat(64) }],
          modelCard: { modelParameters: { task: "ranking of letters" } },
        },
      ],
      services: [{ name: "openai", provider: { name: "OpenAI" } }],
    });
    const [first, second] = [await release("1.0"), await release("1.1")];
    await api("POST", `/releases/${first}/ai-bom`, { document: bom("a") });
    await page.goto(`${steward.url}/registers/releases/${second}`);
    const choose = async (text: string) => {
      const chooser = page.waitForEvent("filechooser");
      await page.getByRole("button", { name: "Import a document" }).click();
      await (await chooser).setFiles({ name: "bom.json", mimeType: "application/json", buffer: Buffer.from(text) });
    };
    await choose("[]");
    await page.getByText("bom.json is not a CycloneDX document in JSON.").waitFor();
    await choose(JSON.stringify(bom("b")));
    await page.getByText("openai, OpenAI").waitFor();
    await page.getByText("Model card of ranker").click();
    await page.getByText("ranking of letters").waitFor();
    await page.getByRole("combobox", { name: "Changes since release" }).click();
    await page.getByRole("option", { name: "1.0" }).click();
    const changed = page.getByRole("list", { name: "Changes" });
    await changed.getByText("digest sha256:aaaaaaaaaaaa… to sha256:bbbbbbbbbbbb…").waitFor();
    await changed.getByText("1 unchanged").waitFor();
    await expectAccessible(page);
  });
});

/** A request with the page's session. */
// oxlint-disable-next-line typescript/no-explicit-any -- answers of many shapes are looked into
async function api(method: string, path: string, body?: object): Promise<any> {
  const response = await page.request.fetch(`${steward.url}/api/v1${path}`, {
    method,
    headers: { origin: steward.url },
    ...(body === undefined ? {} : { data: body }),
  });
  const answer: unknown = await response.json();
  if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${JSON.stringify(answer)}`);
  return answer;
}
