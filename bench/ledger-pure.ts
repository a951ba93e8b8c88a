/** Throughput of the pure ledger, in memory and on one thread: appending, proving and verifying. Prints a table. */
import { createHash } from "node:crypto";

import { ed25519 } from "@noble/curves/ed25519.js";
import {
  appendLeaves,
  ED25519,
  edgeFromTiles,
  EMPTY_EDGE,
  encodeBundle,
  encodeDisclosures,
  encodeEntry,
  encodeManifest,
  encodeVkey,
  entryWithBody,
  fsck,
  inclusionProof,
  leafHash,
  packFiles,
  rightEdge,
  signCheckpoint,
  verifierKey,
  verifyPack,
} from "@steward/ledger";
import type { Disclosure, PackReader, Signer, Tile } from "@steward/ledger";
import { uuidv7 } from "@steward/kernel";

const SIZE = Number(process.argv[2] ?? 200_000);
const ORIGIN = "steward.example/bench";
const ORG_ID = "0190163d-8694-739b-aea5-966c26f8ad91";
const secret = new Uint8Array(32).fill(1);
const signer: Signer = {
  key: verifierKey(ORIGIN, ED25519, ed25519.getPublicKey(secret)),
  sign: (message) => ed25519.sign(message, secret),
};

const rows: { what: string; perSecond: string }[] = [];
async function measure<T>(what: string, count: number, act: () => T | Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await act();
  const perSecond = Math.round((count * 1000) / (performance.now() - started));
  rows.push({ what, perSecond: perSecond.toLocaleString("en") });
  return result;
}

const records = Array.from({ length: SIZE }, (_, i) => {
  const seed = new Uint8Array(createHash("sha256").update(`seed ${i}`).digest());
  const body = {
    system: ORG_ID,
    release: ORG_ID,
    time: "2026-11-24T00:00:00.000000Z",
    outcome: i % 3 === 0 ? "refused" : "granted",
    score: i / SIZE,
    attributes: { gender: "female", ageBand: "30-39", region: "north" },
  };
  return { seed, body, id: uuidv7(1_790_000_000_000 + i) };
});

async function main(): Promise<void> {
  const entries = await measure("commit to a body of 6 fields and encode the entry", SIZE, () =>
    records.map(({ seed, body, id }, i) => {
      const time = String(1_790_000_000_000_000 + i * 1000);
      const actor = { kind: "api_key", id: ORG_ID };
      const subject = { kind: "decision", id };
      return encodeEntry(entryWithBody({ v: 1, kind: "decision.recorded", time, id, actor, subject }, seed, body));
    }),
  );
  const leaves = await measure("hash leaves", SIZE, () => entries.map(leafHash));
  const { edge, tiles } = await appendInBatches(leaves, 1000);
  await measure("append one leaf at a time, from stored tiles", 2000, () => {
    const stored = [...tiles.values()];
    const edgeTiles = rightEdge(edge.size).map(
      ({ level, index }) => stored.find((tile) => tile.level === level && tile.index === index) as Tile,
    );
    for (let i = 0; i < 2000; i++) appendLeaves(edgeFromTiles(edge.size, edgeTiles), [leaves[0] as Uint8Array]);
  });
  await measure("inclusion proof from tiles", 1000, async () => {
    for (let i = 0; i < 1000; i++) {
      await inclusionProof(({ level, index }) => tiles.get(`${level}/${index}`)?.hashes, (i * 7919) % SIZE, SIZE);
    }
  });

  const { root } = appendLeaves(edge, []);
  const reader = await packReader(entries, tiles, root);
  const keys = [encodeVkey(signer.key)];
  for (const bodies of [false, true]) {
    const result = await measure(`verify a pack, ${bodies ? "with" : "without"} bodies`, SIZE, () =>
      verifyPack(reader, { keys, bodies }),
    );
    if (!result.ok) throw new Error(result.first?.message ?? result.findings[0]?.message ?? "not ok");
  }
  const report = await measure("rehash entries, tiles and root (fsck)", SIZE, () => fsck(reader, SIZE));
  if (!report.ok) throw new Error("fsck found differences in its own tree");
  console.table(rows);
}

async function appendInBatches(
  leaves: readonly Uint8Array[],
  batch: number,
): Promise<{ edge: typeof EMPTY_EDGE; tiles: Map<string, Tile> }> {
  const tiles = new Map<string, Tile>();
  const edge = await measure(`append in batches of ${batch}`, leaves.length, () => {
    let edge = EMPTY_EDGE;
    for (let at = 0; at < leaves.length; at += batch) {
      const appended = appendLeaves(edge, leaves.slice(at, at + batch));
      for (const tile of appended.tiles) tiles.set(`${tile.level}/${tile.index}`, tile);
      edge = appended.edge;
    }
    return edge;
  });
  return { edge, tiles };
}

async function packReader(
  entries: readonly Uint8Array[],
  tiles: ReadonlyMap<string, Tile>,
  root: Uint8Array,
): Promise<PackReader> {
  const files = new Map<string, Uint8Array>();
  for (const file of packFiles(SIZE, 0)) {
    if (file.kind === "tile")
      files.set(file.path, tiles.get(`${file.tile.level}/${file.tile.index}`)?.hashes as Uint8Array);
    if (file.kind === "bundle") files.set(file.path, encodeBundle(entries.slice(file.first, file.first + file.count)));
    if (file.kind === "disclosures") {
      const disclosures = records.slice(file.first, file.first + file.count).map(({ seed, body }, i): Disclosure => ({
        index: file.first + i,
        seed: Buffer.from(seed).toString("hex"),
        body,
      }));
      files.set(file.path, encodeDisclosures(disclosures));
    }
  }
  const manifest = {
    orgId: ORG_ID,
    origin: ORIGIN,
    size: SIZE,
    exportedAt: 0n,
    keys: [signer.key],
    witnesses: [],
    earlierCheckpoints: 0,
  };
  files.set("steward-pack.json", encodeManifest(manifest));
  files.set("checkpoint", new TextEncoder().encode(await signCheckpoint({ origin: ORIGIN, size: SIZE, root }, signer)));
  return { read: async (path) => files.get(path) };
}

await main();
