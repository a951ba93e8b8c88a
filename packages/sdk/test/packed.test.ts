/** What customers install: the packed package, imported from both module systems by the oldest Node and by ours. */
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startStandIn } from "./support/stand-in.ts";

const HOME = path.join(import.meta.dirname, "..");
const OLDEST_MAJOR = 20;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-packed-"));
  execFileSync(process.execPath, [path.join(HOME, "build.ts")]);
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: path.join(HOME, "dist"),
  });
  await writeFile(path.join(folder, "package.json"), "{}");
  const install = [
    "install",
    "--offline",
    "--no-audit",
    "--no-fund",
    "--silent",
    path.join(folder, packed.toString().trim()),
  ];
  execFileSync("npm", install, { cwd: folder });
  await writeFile(path.join(folder, "host.mjs"), `import { connect } from "@steward/sdk";\n${HOST}`);
  await writeFile(path.join(folder, "host.cjs"), `const { connect } = require("@steward/sdk");\n${HOST}`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const HOST = `
const steward = connect({ url: process.argv[2], key: "stw_test", system: "Ranker", release: "1.0", spool: { directory: process.argv[3] } });
steward.record({ id: process.version, outcome: "yes", input: "a prompt" });
`;

/** Every Node on the path that is the oldest we support, and ours. */
function nodes(): string[] {
  const found = (process.env["PATH"] ?? "").split(path.delimiter).map((place) => path.join(place, "node"));
  const versionOf = (node: string) => execFileSync(node, ["--version"], { encoding: "utf8" });
  const oldest = found.find((node) => existsSync(node) && versionOf(node).startsWith(`v${OLDEST_MAJOR}.`));
  return [process.execPath, ...(oldest === undefined ? [] : [oldest])];
}

describe("the packed package", { timeout: 120_000 }, () => {
  it.each(nodes().flatMap((node) => ["host.mjs", "host.cjs"].map((host) => [node, host] as const)))(
    "works in %s as %s",
    async (node, host) => {
      const server = await startStandIn();
      await promisify(execFile)(node, [path.join(folder, host), server.url, path.join(folder, "spool")]);
      expect([...server.decisions.values()]).toMatchObject([{ outcome: "yes", system: "Ranker" }]);
      expect(server.decisions.keys().next().value).toMatch(/^v\d+\./);
      await server.close();
    },
  );

  it("needs nothing else", async () => {
    const installed = JSON.parse(await readFile(path.join(folder, "package-lock.json"), "utf8"));
    expect(Object.keys(installed.packages)).toEqual(["", "node_modules/@steward/sdk"]);
    const manifest = JSON.parse(await readFile(path.join(folder, "node_modules/@steward/sdk/package.json"), "utf8"));
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.scripts).toBeUndefined();
  });

  it("is typed for callers of both module systems", async () => {
    const text = `import { connect, type Health } from "@steward/sdk";
const health: Health = connect({ url: "", key: "", system: "", release: "" }).health();
console.log(health.accepted satisfies number);\n`;
    for (const name of ["typed.mts", "typed.cts"]) await writeFile(path.join(folder, name), text);
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--skipLibCheck", "--types", "node"];
    const roots = ["--typeRoots", path.join(HOME, "../../node_modules/@types")];
    const compiler = path.join(HOME, "../../node_modules/.bin/tsc");
    const run = promisify(execFile)(compiler, [...options, ...roots, "typed.mts", "typed.cts"], { cwd: folder });
    await expect(run).resolves.toMatchObject({ stdout: "" });
  });

  it("has a core that touches nothing of Node", async () => {
    const seen = new Set<string>();
    const read = async (file: string): Promise<void> => {
      if (seen.has(file)) return;
      seen.add(file);
      const text = await readFile(file, "utf8");
      for (const [, specifier = ""] of text.matchAll(/(?:from|import|require)\s*\(?\s*"([^"]+)"/g)) {
        expect(specifier).toMatch(/^\.\//);
        await read(path.join(path.dirname(file), specifier));
      }
    };
    for (const form of ["esm", "cjs"]) await read(path.join(folder, "node_modules/@steward/sdk", form, "index.js"));
    expect([...seen].some((file) => file.endsWith("node.js"))).toBe(false);
  });
});
