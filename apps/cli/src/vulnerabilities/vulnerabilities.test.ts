import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { createTestApp, type TestApp } from "../../../server/test/support/app.ts";
import { vulnerabilitiesCommand } from "./vulnerabilities.ts";

let app: TestApp;
let folder: string;
let to: string[];

beforeAll(async () => {
  app = await createTestApp();
  const { cookie } = await app.setUp();
  const key = await app.makeKey(cookie, ["inventory:write"]);
  await app.http.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.http.server.address() as AddressInfo;
  to = ["--server", `http://127.0.0.1:${port}`, "--key", key];
  folder = await mkdtemp(path.join(tmpdir(), "steward-vulnerabilities-"));
});
afterAll(async () => {
  await app?.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(content: string, ...args: string[]): Promise<string> {
  const file = path.join(folder, "feed.json");
  await writeFile(file, content);
  let out = "";
  const written = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
  try {
    await vulnerabilitiesCommand()
      .exitOverride()
      .parseAsync([file, ...args, ...to], { from: "user" });
  } finally {
    written.mockRestore();
  }
  return out;
}

describe("steward vulnerabilities", () => {
  it("hands the output of osv-scanner over, and says under which entry it stands", async () => {
    const vulnerability = {
      id: "GHSA-0000-0000-0001",
      modified: "2026-03-01T00:00:00Z",
      affected: [{ package: { ecosystem: "PyPI", name: "torch" }, versions: ["2.1.0"] }],
    };
    const packages = [
      { package: { name: "torch", version: "2.1.0", ecosystem: "PyPI" }, vulnerabilities: [vulnerability] },
    ];
    const out = await run(JSON.stringify({ results: [{ packages }] }));
    expect(out).toMatch(/^osv-scanner.*, 1 statement of osv-scanner: entry \d+ of the ledger\.\n$/);
    const { rows } = await app.database.pool.query("SELECT source FROM vulnerability_feed");
    expect(rows).toEqual([{ source: "osv-scanner" }]);
  });

  it("says what is wrong with a file, here or there", async () => {
    await expect(run("{")).rejects.toThrow(/feed\.json can't be read as JSON/);
    await expect(run("7")).rejects.toThrow(/holds no vulnerability data/);
    await expect(run('{"hello": "world"}', "--source", "x")).rejects.toThrow(/http:\/\/127/);
  });
});
