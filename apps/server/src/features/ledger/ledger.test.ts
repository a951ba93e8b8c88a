import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

import { MICROS_PER_DAY, MICROS_PER_MINUTE } from "@steward/kernel";
import {
  cosign,
  decodeManifest,
  ED25519_COSIGNATURE,
  encodeVkey,
  formatSignatureLine,
  MANIFEST_PATH,
  openCheckpoint,
  packFiles,
  parseVkey,
  type PackReader,
  type Signer,
  verifierKey,
  verifyConsistency,
  verifyPack,
  verifyReceipt,
} from "@steward/ledger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { originOf, publishCheckpoints } from "../../platform/ledger/log.ts";
import { applyRetention } from "../decisions/decisions.retention.ts";
import { runDueLedgerChecks } from "./ledger.check.ts";

let world: DecisionApp;
let send: DecisionApp["send"];

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
  await world.makeSystem("Ranker", { retentionDays: 300 });
});

afterAll(async () => {
  await world?.close();
});

const publish = () => publishCheckpoints(world.db, world.clock, world.keys);

async function sendDecisions(count: number, over: Record<string, unknown> = {}) {
  const { body } = await send(
    "POST",
    "/decisions",
    Array.from({ length: count }, () => world.decision(over)),
  );
  expect(body.accepted).toBe(count);
  return body.items as { decisionId: string; ledgerIndex: number }[];
}

/** The pack as an auditor downloads it. */
function download(size?: number): PackReader {
  return {
    async read(path) {
      const query = size === undefined ? "" : `?size=${size}`;
      const { status, bytes } = await send("GET", `/ledger/pack/${path}${query}`, undefined, "auditor");
      expect([200, 404]).toContain(status);
      return status === 404 ? undefined : new Uint8Array(bytes);
    },
  };
}

function witness(name: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = (publicKey as KeyObject).export({ type: "spki", format: "der" }).subarray(12);
  const key = verifierKey(name, ED25519_COSIGNATURE, new Uint8Array(raw));
  return { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

describe("the ledger", () => {
  it("tells its size, key and newest checkpoint", async () => {
    await sendDecisions(2);
    const before = await send("GET", "/ledger");
    expect(before.body).toMatchObject({ checkpoint: null, witnesses: [], lastCheck: null });
    expect(await publish()).toBe(1);
    expect(await publish()).toBe(0);
    const { body } = await send("GET", "/ledger");
    expect(body.checkpoint.size).toBe(body.size);
    const opened = openCheckpoint(body.checkpoint.note, [parseVkey(body.verificationKey)]);
    expect(opened).toMatchObject({ origin: body.origin, size: body.size });
    expect(Buffer.from(opened.root).toString("base64")).toBe(body.checkpoint.root);
  });

  it("lists entries newest first, by kind and subject, with names where it knows them", async () => {
    const [item] = await sendDecisions(1);
    const all: number[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const { body }: { body: { items: { index: number }[]; nextCursor: string | null } } = await send(
        "GET",
        `/ledger/entries?limit=4${cursor === "" ? "" : `&cursor=${cursor}`}`,
      );
      all.push(...body.items.map(({ index }) => index));
      cursor = body.nextCursor;
    }
    expect(all).toEqual(Array.from({ length: all.length }, (_, i) => all.length - 1 - i));
    const decisions = await send("GET", "/ledger/entries?kind=decision.recorded");
    expect(decisions.body.items).toHaveLength(3);
    const one = await send("GET", `/ledger/entries?subjectId=${item?.decisionId}`);
    expect(one.body.items).toHaveLength(1);
    expect(one.body.items[0]).toMatchObject({ index: item?.ledgerIndex, actor: { kind: "person", id: world.ada } });
    const systems = await send("GET", "/ledger/entries?kind=system.created");
    expect(systems.body.items[0].subject).toMatchObject({ kind: "system", version: 1, title: "Ranker" });
  });

  it("gives all that a browser needs to verify an entry without trusting the server", async () => {
    const [item] = await sendDecisions(1, { outcome: "lower" });
    const early = await send("GET", `/ledger/entries/${item?.ledgerIndex}`);
    expect(early.body.receipt).toBeNull();
    await publish();
    const { body } = await send("GET", `/ledger/entries/${item?.ledgerIndex}`);
    const disclosure = { seed: body.disclosure.seed, body: JSON.parse(body.disclosure.body) };
    const input = {
      entryBytes: new Uint8Array(Buffer.from(body.leaf, "base64")),
      receipt: body.receipt,
      keys: [body.verificationKey],
      disclosure,
    };
    expect(verifyReceipt(input)).toMatchObject({ ok: true, index: item?.ledgerIndex });
    const forged = { ...disclosure.body, decision: { ...disclosure.body.decision, outcome: "upper" } };
    expect(verifyReceipt({ ...input, disclosure: { ...disclosure, body: forged } }).ok).toBe(false);
    expect((await send("GET", "/ledger/entries/999999")).status).toBe(404);
  });

  it("proves that it only grew", async () => {
    const { body: before } = await send("GET", "/ledger");
    await sendDecisions(3);
    await publish();
    const { body } = await send("GET", `/ledger/consistency?from=${before.checkpoint.size}`);
    const key = parseVkey(before.verificationKey);
    const [first, second] = [openCheckpoint(before.checkpoint.note, [key]), openCheckpoint(body.note, [key])];
    expect(second.size).toBe(body.to);
    const claim = {
      firstSize: first.size,
      firstRoot: first.root,
      secondSize: second.size,
      secondRoot: second.root,
    };
    const proof = body.proof.map((hash: string) => new Uint8Array(Buffer.from(hash, "base64")));
    expect(verifyConsistency(claim, proof)).toBe(true);
    expect((await send("GET", "/ledger/consistency?from=99999")).status).toBe(422);
    expect((await send("GET", `/ledger/consistency?from=0&to=${second.size - 1}`)).status).toBe(422);
  });
});

describe("the audit pack", () => {
  it("verifies, at its newest size and at an earlier one", async () => {
    await sendDecisions(300);
    await publish();
    const { body: ledger } = await send("GET", "/ledger");
    const newest = await verifyPack(download(), { keys: [ledger.verificationKey] });
    expect(newest).toMatchObject({ ok: true, size: ledger.size, findings: [] });
    expect(newest.stats.bodiesChecked).toBe(ledger.size);
    await sendDecisions(10);
    await publish();
    const pinned = await verifyPack(download(ledger.size), { keys: [ledger.verificationKey] });
    expect(pinned).toMatchObject({ ok: true, size: ledger.size, findings: [] });
  });

  it("holds every file that its layout names, and no others", async () => {
    const reader = download();
    const manifest = decodeManifest((await reader.read(MANIFEST_PATH)) as Uint8Array);
    for (const { path, kind } of packFiles(manifest.size, manifest.earlierCheckpoints)) {
      const file = await reader.read(path);
      if (kind !== "disclosures") expect(file, path).toBeDefined();
    }
    for (const path of ["..", "tile/0/000.p/0", "tile/0/0000", "tile/entries/999", "checkpoints/x000/000.jsonl", "x"]) {
      expect(await reader.read(path), path).toBeUndefined();
    }
  });

  it("is for those who may export, and each organisation gets its own", async () => {
    expect((await send("GET", "/ledger/pack/checkpoint", undefined, "reader")).status).toBe(403);
    const other = await send("GET", "/ledger/pack/checkpoint", undefined, `auditor ${world.otherOrgId}`);
    expect(other.status).toBe(404);
  });

  it("still verifies when decisions were disposed of", async () => {
    await sendDecisions(5, { system: "Ranker", occurredAt: "2026-03-10T00:00:00Z" });
    world.clock.advance(301n * MICROS_PER_DAY);
    await sendDecisions(2);
    expect(await applyRetention(world.deps)).toBeGreaterThan(300);
    await publish();
    const { body: ledger } = await send("GET", "/ledger");
    const verified = await verifyPack(download(), { keys: [ledger.verificationKey] });
    expect(verified).toMatchObject({ ok: true, findings: [] });
    expect(verified.stats.bodiesWithheld).toBeGreaterThan(300);
    const check = await send("POST", "/ledger/checks", undefined, "auditor");
    expect(check.body).toMatchObject({ ok: true, findings: [] });
  });
});

describe("cosignatures", () => {
  it("are kept once they verify, and stand in the pack and in receipts", async () => {
    const { body: ledger } = await send("GET", "/ledger");
    const outside = witness("witness.example/w1");
    const { size, note } = ledger.checkpoint;
    const line = formatSignatureLine(await cosign(note, outside, world.clock.now() / 1_000_000n));
    const given = { size, verificationKey: encodeVkey(outside.key), cosignature: line };
    expect((await send("POST", "/ledger/cosignatures", given, "auditor")).status).toBe(201);
    expect((await send("POST", "/ledger/cosignatures", given, "auditor")).status).toBe(201);
    const { body } = await send("GET", "/ledger");
    expect(body.witnesses).toMatchObject([{ name: "witness.example/w1", size }]);
    const keys = [ledger.verificationKey];
    const verified = await verifyPack(download(size), { keys, witnesses: [given.verificationKey] });
    expect(verified).toMatchObject({ ok: true, witnessed: [{ witness: "witness.example/w1", size }] });
    const entry = await send("GET", "/ledger/entries/0");
    const receipt = verifyReceipt({
      entryBytes: new Uint8Array(Buffer.from(entry.body.leaf, "base64")),
      receipt: entry.body.receipt,
      keys,
      witnesses: [given.verificationKey],
    });
    expect(receipt.steps.filter(({ ok }) => !ok)).toEqual([]);
  });

  it("are refused by field where they are not what they seem", async () => {
    const { body: ledger } = await send("GET", "/ledger");
    const { size, note } = ledger.checkpoint;
    const [one, two] = [witness("witness.example/1"), witness("witness.example/2")];
    const line = formatSignatureLine(await cosign(note, one, 1_800_000_000n));
    const good = { size, verificationKey: encodeVkey(one.key), cosignature: line };
    const wrong: [Record<string, unknown>, string][] = [
      [{ size: size - 1 }, "/size"],
      [{ verificationKey: "nonsense" }, "/verificationKey"],
      [{ verificationKey: ledger.verificationKey }, "/verificationKey"],
      [{ verificationKey: encodeVkey(two.key) }, "/cosignature"],
      [{ cosignature: "nonsense" }, "/cosignature"],
      [{ cosignature: line.replace(/.{4}\n$/, "AAAA\n") }, "/cosignature"],
      [{ cosignature: formatSignatureLine(await cosign(note, one, 9_000_000_000n)) }, "/cosignature"],
    ];
    for (const [over, pointer] of wrong) {
      const { status, body } = await send("POST", "/ledger/cosignatures", { ...good, ...over }, "auditor");
      expect([status, body.errors?.[0]?.pointer], JSON.stringify(over)).toEqual([422, pointer]);
    }
    expect((await send("POST", "/ledger/cosignatures", good, "engineer")).status).toBe(403);
  });
});

describe("self-checks", () => {
  it("are evidence themselves, and are listed newest first", async () => {
    const first = await send("POST", "/ledger/checks", undefined, "auditor");
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ ok: true, findings: [] });
    const second = await send("POST", "/ledger/checks", undefined, "auditor");
    expect(second.body.size).toBe(first.body.size + 1);
    const { body } = await send("GET", "/ledger/checks?limit=2");
    expect(body.items).toEqual([second.body, first.body]);
    const entry = await send("GET", `/ledger/entries/${second.body.ledgerIndex}`);
    expect(entry.body).toMatchObject({ kind: "ledger.checked", subject: { id: second.body.id } });
    expect((await send("GET", "/ledger")).body.lastCheck).toEqual(second.body);
    expect((await send("POST", "/ledger/checks", undefined, "reader")).status).toBe(403);
  });

  it("are due a minute after a log was opened with its first entries, then every day", async () => {
    const checks = async () => (await send("GET", "/ledger/checks?limit=200")).body.items.length;
    const before = await checks();
    await runDueLedgerChecks(world.deps);
    expect(await checks()).toBe(before);
    world.clock.advance(MICROS_PER_DAY + MICROS_PER_MINUTE);
    await runDueLedgerChecks(world.deps);
    expect(await checks()).toBe(before + 1);
    await runDueLedgerChecks(world.deps);
    expect(await checks()).toBe(before + 1);
  });
});

describe("the signer", () => {
  it("signs nothing that does not continue what it signed last", async () => {
    await sendDecisions(2);
    await publish();
    await sendDecisions(2);
    const { pool } = world.database;
    const { rows } = await pool.query("SELECT size, root FROM ledger_log WHERE org_id = $1", [world.orgId]);
    // Somebody with the database alone rewrites the head, and takes the newest checkpoint away.
    await pool.query("UPDATE ledger_log SET root = sha256('x') WHERE org_id = $1", [world.orgId]);
    await expect(publish()).rejects.toThrow("not what was signed");
    await pool.query("UPDATE ledger_log SET root = $2 WHERE org_id = $1", [world.orgId, rows[0].root]);
    await publish();
    const last = await world.keys.lastCheckpoint(world.orgId, originOf(world.orgId));
    expect(openCheckpoint(last as string, [(await signer()).key]).size).toBe(Number(rows[0].size));
  });

  const signer = () => world.keys.signer(world.orgId, originOf(world.orgId));
});
