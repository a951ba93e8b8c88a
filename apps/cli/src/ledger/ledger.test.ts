import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { formatInstant } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { findCheckpoint } from "../../../server/src/features/ledger/ledger.pack.ts";
import { openEpoch } from "../../../server/src/platform/ledger/epochs.ts";
import { createTestApp, type TestApp } from "../../../server/test/support/app.ts";
import { ledgerCommand } from "./ledger.ts";

let app: TestApp;
let folder: string;
let url: string;
let founder: string;
let orgId: string;
let readKey: string;
let witnessKey: string;
let sendKey: string;
let next = 0;

const inFolder = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-cli-"));
  app = await createTestApp();
  app.clock.set(BigInt(Date.now()) * 1000n);
  ({ cookie: founder, orgId } = await app.setUp());
  const { cookie: engineer } = await app.join(founder, "engineer@example.org", ["engineer"]);
  readKey = await app.makeKey(founder, ["records:read"]);
  witnessKey = await app.makeKey(founder, ["ledger:witness"]);
  sendKey = await app.makeKey(founder, ["decisions:write"]);
  await app.send("POST", "/systems", { values: { name: "Ranker", purpose: "Ranks." } }, { cookie: engineer });
  await decide(300);
  await app.http.listen({ port: 0, host: "127.0.0.1" });
  url = `http://127.0.0.1:${(app.http.server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await app?.close();
  await rm(folder, { recursive: true, force: true });
});

async function decide(count: number): Promise<void> {
  const occurredAt = formatInstant(app.clock.now());
  const decisions = Array.from({ length: count }, () => ({
    id: `d-${next++}`,
    system: "Ranker",
    release: "1",
    occurredAt,
    outcome: "upper",
  }));
  const { status } = await app.send("POST", "/decisions", decisions, { key: sendKey });
  expect(status).toBe(200);
  await app.settle();
}

/** Runs `steward ledger …` in this process. */
async function run(...args: string[]): Promise<{ code: unknown; out: string }> {
  let out = "";
  const catcher = (text: unknown) => {
    out += String(text);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, "write").mockImplementation(catcher));
  try {
    await ledgerCommand().parseAsync(args, { from: "user" });
    return { code: process.exitCode, out };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}

const server = (key: string) => ["--server", url, "--key", key];

describe("steward ledger export and verify", () => {
  it("brings a pack that verifies without the server", async () => {
    const exported = await run("export", inFolder("pack"), ...server(readKey));
    expect(exported).toMatchObject({ code: 0 });
    const verified = await run("verify", inFolder("pack"));
    expect(verified.code).toBe(0);
    expect(verified.out).toContain("every entry is as it was recorded");
    expect(verified.out).toContain("signed by its operator alone");
    const logKey = /Key of the log: (\S+)/.exec(exported.out)?.[1] as string;
    const trusted = await run("verify", inFolder("pack"), "--log-key", logKey);
    expect(trusted.code).toBe(0);
    expect(trusted.out).not.toContain("key was taken from the pack");
  });

  it("names the first entry that was altered, and exits with 1", async () => {
    await cp(inFolder("pack"), inFolder("altered"), { recursive: true });
    const file = inFolder("altered/disclosures/000.jsonl");
    const lines = (await readFile(file, "utf8")).split("\n");
    const place = lines.findIndex((line) => line.includes('"outcome":"upper"'));
    const index = (JSON.parse(lines[place] as string) as { index: number }).index;
    lines[place] = (lines[place] as string).replace('"outcome":"upper"', '"outcome":"lower"');
    await writeFile(file, lines.join("\n"));
    const { code, out } = await run("verify", inFolder("altered"));
    expect(code).toBe(1);
    expect(out).toContain(`First: The body of entry ${index} was altered: "decision" is not what was recorded.`);
  });

  it("verifies a running server, and what it shows", async () => {
    const { cookie: auditor } = await app.join(founder, "auditor@example.org", ["auditor"]);
    await app.send("POST", "/ledger/checks", undefined, { cookie: auditor });
    await app.settle();
    const clean = await run("verify", ...server(readKey));
    expect(clean.out).toContain("Verified: every entry");
    expect(clean.out).toContain("it is the same");
    expect(clean.code).toBe(0);

    await app.database.pool.query("UPDATE decision SET outcome = 'lower' WHERE external_id = 'd-7'");
    const check = await app.send("POST", "/ledger/checks", undefined, { cookie: auditor });
    const { rows } = await app.database.pool.query("SELECT ledger_index FROM decision WHERE external_id = 'd-7'");
    await app.settle();
    const shown = await run("verify", ...server(readKey));
    expect(check.body.ok).toBe(false);
    expect(shown.out).toContain(`The decision of entry ${rows[0].ledger_index} is not what was recorded: outcome.`);
    expect(shown.code).toBe(1);
    await app.database.pool.query("UPDATE decision SET outcome = 'upper' WHERE external_id = 'd-7'");
    await app.send("POST", "/ledger/checks", undefined, { cookie: auditor });
    await app.settle();
  });

  it("compares with a checkpoint that was kept", async () => {
    await cp(inFolder("pack/checkpoint"), inFolder("kept"));
    await decide(5);
    expect(await run("verify", ...server(readKey), "--checkpoint", inFolder("kept"))).toMatchObject({ code: 0 });
    expect(await run("export", inFolder("newer"), ...server(readKey))).toMatchObject({ code: 0 });
    await cp(inFolder("newer/checkpoint"), inFolder("kept"));
    const older = await run("verify", inFolder("pack"), "--checkpoint", inFolder("kept"));
    expect(older).toMatchObject({ code: 1 });
    expect(older.out).toContain("its end was cut off");
  });

  it("says with 2 that it could not be carried out", async () => {
    const refusals: [string[], RegExp][] = [
      [["verify"], /Give the folder of a pack, or --server/],
      [["verify", inFolder("pack"), ...server(readKey)], /Give the folder of a pack, or --server/],
      [["verify", inFolder("nothing")], /holds no pack/],
      [["verify", inFolder("pack"), "--log-key", "nonsense"], /form name\+id\+key/],
      [["verify", inFolder("pack"), "--checkpoint", inFolder("none")], /cannot be read/],
      [["verify", "--server", url], /Give an API key/],
      [["verify", "--server", "nonsense", "--key", readKey], /address of a server/],
      [["verify", "--server", url, "--key", "stw_wrong"], /Sign in, or send a valid API key/],
      [["verify", "--server", "http://127.0.0.1:1", "--key", readKey], /127\.0\.0\.1:1/],
      [["export", inFolder("denied"), ...server(witnessKey)], /records\.export/],
      [["export", inFolder("pack"), ...server(readKey)], /is not empty/],
    ];
    for (const [args, message] of refusals) {
      const { code, out } = await run(...args);
      expect(out, args.join(" ")).toMatch(message);
      expect(code, args.join(" ")).toBe(2);
    }
  });

  it("is a command of steward, which refuses what it does not know with 2", async () => {
    const bin = fileURLToPath(new URL("../../bin/steward.mjs", import.meta.url));
    const steward = (...args: string[]) =>
      promisify(execFile)(process.execPath, [bin, "ledger", ...args]).then(
        ({ stdout }) => ({ code: 0, text: stdout }),
        (error: { code: number; stderr: string }) => ({ code: error.code, text: error.stderr }),
      );
    const [help, unknown, verified] = await Promise.all([
      steward("--help"),
      steward("verify", "--frobnicate"),
      steward("verify", inFolder("pack")),
    ]);
    expect(help).toMatchObject({ code: 0 });
    expect(help.text).toContain("fsck");
    expect(unknown).toMatchObject({ code: 2 });
    expect(verified.code).toBe(0);
  });
});

describe("steward ledger fsck", () => {
  it("names tiles that differ and rebuilds them beside the pack", async () => {
    expect(await run("fsck", inFolder("pack"))).toMatchObject({ code: 0 });
    await cp(inFolder("pack"), inFolder("broken"), { recursive: true });
    const tile = inFolder("broken/tile/0/000");
    const bytes = await readFile(tile);
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    await writeFile(tile, bytes);
    const { code, out } = await run("fsck", inFolder("broken"), "--rebuild", inFolder("rebuilt"));
    expect(code).toBe(1);
    expect(out).toContain("tile/0/000 differs, over entries 1 to 1.");
    expect(await readFile(inFolder("rebuilt/tile/0/000"))).toEqual(await readFile(inFolder("pack/tile/0/000")));
    expect(await readFile(tile)).toEqual(bytes);
  });
});

describe("steward ledger witness", () => {
  const witness = (...more: string[]) => {
    const files = ["--signing-key", inFolder("witness.key"), "--state", inFolder("state.json")];
    return run("witness", ...server(witnessKey), ...files, ...more);
  };

  it("cosigns what continues, remembers it, and auditors can demand it", async () => {
    const made = await run("witness-key", inFolder("witness.key"), "--name", "witness.example/w1");
    expect(made.code).toBe(0);
    const vkey = /auditors: (\S+)/.exec(made.out)?.[1] as string;
    const first = await witness();
    expect(first.out).toContain("First sight of this log");
    expect(first.code).toBe(0);
    await decide(3);
    const second = await witness();
    expect(second.out).not.toContain("First sight");
    expect(second.code).toBe(0);
    const verified = await run("verify", ...server(readKey), "--witness", vkey);
    expect(verified.out).toContain("Cosigned by witness.example/w1");
    expect(verified.code).toBe(0);
    // Nothing new: the same checkpoint may be cosigned again.
    expect((await witness()).code).toBe(0);
    expect(await readdir(folder)).not.toContain("state.json.new");
  });

  it("refuses a log that was rewritten or cut, and keeps what it knew", async () => {
    const known = await readFile(inFolder("state.json"), "utf8");
    const state = JSON.parse(known) as { size: number; root: string; vkey: string };
    await writeFile(inFolder("state.json"), JSON.stringify({ ...state, root: Buffer.alloc(32).toString("base64") }));
    await decide(1);
    const rewritten = await witness();
    expect(rewritten).toMatchObject({ code: 1 });
    expect(rewritten.out).toContain("NOT COSIGNED: The checkpoint is not shown to continue the last one seen.");
    await writeFile(inFolder("state.json"), JSON.stringify({ ...state, size: 1_000_000 }));
    const cut = await witness();
    expect(cut).toMatchObject({ code: 1 });
    expect(cut.out).toContain("had 1000000 when you cosigned it");
    await writeFile(inFolder("state.json"), known);
    expect((await witness()).code).toBe(0);
  });

  it("follows a log that was restored, unless entries that it cosigned are lost", async () => {
    await witness();
    const known = await readFile(inFolder("state.json"), "utf8");
    const state = JSON.parse(known) as { size: number; root: string; vkey: string };
    const note = (await findCheckpoint(app.db, orgId))?.note ?? null;
    const epoch = { orgId, actor: { kind: "system", id: orgId }, lastCheckpoint: note, details: {} };
    await app.db.transaction().execute((tx) => openEpoch(tx, app.clock, app.keys, epoch));
    await app.settle();
    await writeFile(inFolder("state.json"), JSON.stringify({ ...state, size: state.size + 7 }));
    const lossy = await witness();
    expect(lossy).toMatchObject({ code: 1 });
    expect(lossy.out).toContain("7 entries that you cosigned are lost");
    await writeFile(inFolder("state.json"), known);
    const followed = await witness();
    expect(followed).toMatchObject({ code: 0 });
    expect(followed.out).toContain("holds all that you cosigned");
    // From now on it is the new name and key that are held.
    expect((await witness()).out).not.toContain("restored");
    await writeFile(inFolder("state.json"), JSON.stringify({ ...state, size: state.size + 7 }));
    expect(await witness("--accept-loss")).toMatchObject({ code: 0 });
    const verified = await run("verify", ...server(readKey));
    expect(verified.out).toContain("goes on in a new epoch");
    expect(verified.code).toBe(0);
  });

  it("says with 2 that a key or its memory is missing or damaged", async () => {
    expect(await run("witness-key", inFolder("witness.key"), "--name", "witness.example/w1")).toMatchObject({
      code: 2,
    });
    expect(await run("witness-key", inFolder("other.key"), "--name", "two words")).toMatchObject({ code: 2 });
    const args = (key: string, state: string) => ["--signing-key", inFolder(key), "--state", inFolder(state)];
    await writeFile(inFolder("damaged.json"), "{}");
    await writeFile(inFolder("damaged.key"), "PRIVATE+KEY+a+00000000+BAAA\n");
    expect(await run("witness", ...server(witnessKey), ...args("none.key", "state.json"))).toMatchObject({ code: 2 });
    expect(await run("witness", ...server(witnessKey), ...args("damaged.key", "state.json"))).toMatchObject({
      code: 2,
    });
    const damaged = await run("witness", ...server(witnessKey), ...args("witness.key", "damaged.json"));
    expect(damaged).toMatchObject({ code: 2 });
    expect(damaged.out).toContain("restore it");
    const refused = await run("witness", ...server(readKey), ...args("witness.key", "fresh.json"));
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.out).toContain("ledger.cosign");
  });
});
