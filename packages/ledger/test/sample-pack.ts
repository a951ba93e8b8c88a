/** A sample log and its pack, made from fixed keys, seeds and times: the same bytes on every run and machine. */
import { createHash } from "node:crypto";

import { uuidv7 } from "@steward/kernel";
import type { Json } from "@steward/kernel";

import {
  addSignatureLines,
  appendLeaves,
  cosign,
  ED25519_COSIGNATURE,
  EMPTY_EDGE,
  encodeBundle,
  encodeCheckpoints,
  encodeDisclosures,
  encodeEntry,
  encodeManifest,
  entryWithBody,
  ERASURE_ENTRIES_FIELD,
  ERASURE_KIND,
  formatSignatureLine,
  leafHash,
  narrowTile,
  openField,
  packFiles,
  signCheckpoint,
} from "../src/index.ts";
import type { Body, Disclosure, Entry, PackFile, PackReader, Subject, Tile } from "../src/index.ts";
import { hex, signerOf } from "./support.ts";

export const ORIGIN = "steward.example/log/0190163d-8694-739b-aea5-966c26f8ad91";
export const LOG = signerOf(ORIGIN, 1);
export const WITNESS = signerOf("witness.example/w1", 2, ED25519_COSIGNATURE);
export const ORG_ID = "0190163d-8694-739b-aea5-966c26f8ad91";

const FIRST_TIME_MS = 1_790_000_000_000;

/** A record as the server has it: the entry's bytes, and the body with its seed until it is erased. */
export interface SampleRecord {
  readonly entry: Entry;
  readonly bytes: Uint8Array;
  readonly seed: Uint8Array;
  readonly body: Body;
}

const digestOf = (text: string): Uint8Array => new Uint8Array(createHash("sha256").update(text).digest());
const idOf = (what: string, ms = FIRST_TIME_MS): string => uuidv7(ms, digestOf(what).subarray(0, 10));

/** Entry `ERASED_BY` erases person 0, whose entries come before it, and one field of entry `PARTLY_ERASED`. */
export const ERASED_BY = 290;
export const PARTLY_ERASED = 61;

/** Turns per kind of entry: versions of registers, decisions without versions, sign-ins without bodies, digests. */
function recordAt(index: number, versions: Map<string, number>): SampleRecord {
  const versioned = (kind: string, name: string): Subject => {
    const id = idOf(`${kind} ${name}`);
    const version = (versions.get(id) ?? 0) + 1;
    versions.set(id, version);
    return { kind, id, version };
  };
  const ms = FIRST_TIME_MS + index * 1000;
  const base = {
    v: 1 as const,
    time: String(BigInt(ms) * 1000n + BigInt(index % 1000)),
    id: idOf(`entry ${index}`, ms),
  };
  const actor = { kind: "person", id: idOf(`actor ${index % 3}`) };
  const make = (kind: string, subject: Subject, body: Body, extra: Partial<Entry> = {}): SampleRecord => {
    const seed = digestOf(`seed ${index}`);
    const entry = entryWithBody({ ...base, kind, actor, subject, ...extra }, seed, body);
    return { entry, bytes: encodeEntry(entry), seed, body };
  };
  if (index === ERASED_BY) {
    return make(ERASURE_KIND, { kind: "person", id: idOf("person 0") }, { [ERASURE_ENTRIES_FIELD]: [PARTLY_ERASED] });
  }
  switch (index % 4) {
    case 0:
      return make("person.updated", versioned("person", String(index % 5)), {
        name: `Person ${index % 5}`,
        role: "owner",
      });
    case 1:
      return make("risk.updated", versioned("risk", String(index % 7)), {
        title: `Risk ${index}: “Ünïcode” \u0007`,
        score: index / 7,
        tags: ["a", { deep: [null, true, -0] }] as Json,
      });
    case 2:
      return make("session.started", { kind: "session", id: idOf(`session ${index}`) }, {}, {});
    default: {
      const subject = { kind: "decision", id: idOf(`decision ${index}`) };
      const digests = { input: hex(digestOf(`input ${index}`)) };
      return make(
        "decision.recorded",
        subject,
        { outcome: index % 2 === 0 ? "granted" : "refused", score: index },
        { digests },
      );
    }
  }
}

export function sampleRecords(size: number): SampleRecord[] {
  const versions = new Map<string, number>();
  return Array.from({ length: size }, (_, index) => recordAt(index, versions));
}

/** What an exporter tells of the body of a record. */
function disclosureOf(index: number, { entry, seed, body }: SampleRecord, size: number): Disclosure | undefined {
  if (entry.fields === undefined) return undefined;
  const erased = index < ERASED_BY && size > ERASED_BY;
  if (erased && entry.subject.id === idOf("person 0")) return { index, erasedBy: ERASED_BY };
  if (erased && index === PARTLY_ERASED) {
    return { index, erasedBy: ERASED_BY, open: [openField(seed, body, "score"), openField(seed, body, "tags")] };
  }
  return { index, seed: hex(seed), body };
}

/** The log's tiles and checkpoints, as a server has them. */
export class SampleLog {
  readonly records: readonly SampleRecord[];
  readonly #tiles = new Map<string, Tile>();
  readonly #roots: Uint8Array[] = [];

  constructor(records: readonly SampleRecord[], checkpointSizes: readonly number[]) {
    this.records = records;
    let edge = EMPTY_EDGE;
    for (const size of [...checkpointSizes, records.length]) {
      const appended = appendLeaves(
        edge,
        records.slice(edge.size, size).map(({ bytes }) => leafHash(bytes)),
      );
      for (const tile of appended.tiles) this.#tiles.set(`${tile.level}/${tile.index}`, tile);
      edge = appended.edge;
      this.#roots[size] = appended.root;
    }
  }

  get size(): number {
    return this.records.length;
  }

  tile(level: number, index: number, width: number): Uint8Array {
    return narrowTile(this.#tiles.get(`${level}/${index}`) as Tile, width).hashes;
  }

  /** The signed checkpoint at one of the sizes given, with the witness's cosignature where asked for. */
  async checkpoint(size: number, cosigned: boolean): Promise<string> {
    const note = await signCheckpoint({ origin: ORIGIN, size, root: this.#roots[size] as Uint8Array }, LOG);
    if (!cosigned) return note;
    return addSignatureLines(
      note,
      formatSignatureLine(await cosign(note, WITNESS, BigInt(FIRST_TIME_MS / 1000 + size))),
    );
  }
}

export interface SampleOptions {
  readonly size: number;
  /** Sizes of the earlier checkpoints. */
  readonly earlier?: readonly number[];
  /** Whether a witness cosigned the last checkpoint and every other earlier one. */
  readonly witnessed?: boolean;
}

/** The files of a pack, by their paths. */
export type PackFiles = Map<string, Uint8Array>;

export async function samplePack({ size, earlier = [], witnessed = false }: SampleOptions): Promise<PackFiles> {
  return packOf(new SampleLog(sampleRecords(size), earlier), earlier, witnessed);
}

/** A pack of a log; also of one that was tampered with. */
export async function packOf(log: SampleLog, earlier: readonly number[], witnessed: boolean): Promise<PackFiles> {
  const notes = await Promise.all(earlier.map((size, i) => log.checkpoint(size, witnessed && i % 2 === 1)));
  const files: PackFiles = new Map();
  for (const file of packFiles(log.size, earlier.length)) {
    const bytes = await bytesOf(file, log, notes, witnessed);
    if (bytes.length > 0) files.set(file.path, bytes);
  }
  return files;
}

async function bytesOf(
  file: PackFile,
  log: SampleLog,
  notes: readonly string[],
  witnessed: boolean,
): Promise<Uint8Array> {
  switch (file.kind) {
    case "manifest":
      return encodeManifest({
        orgId: ORG_ID,
        origin: ORIGIN,
        size: log.size,
        exportedAt: BigInt(FIRST_TIME_MS) * 1000n,
        keys: [LOG.key],
        witnesses: witnessed ? [WITNESS.key] : [],
        earlierCheckpoints: notes.length,
      });
    case "checkpoint":
      return new TextEncoder().encode(await log.checkpoint(log.size, witnessed));
    case "checkpoints":
      return encodeCheckpoints(notes.slice(file.first, file.first + file.count));
    case "tile":
      return log.tile(file.tile.level, file.tile.index, file.tile.width);
    case "bundle":
      return encodeBundle(log.records.slice(file.first, file.first + file.count).map(({ bytes }) => bytes));
    case "disclosures": {
      const part = log.records.slice(file.first, file.first + file.count);
      const disclosures = part.map((record, i) => disclosureOf(file.first + i, record, log.size));
      return encodeDisclosures(disclosures.filter((one) => one !== undefined));
    }
  }
}

export function readerOf(files: ReadonlyMap<string, Uint8Array>): PackReader {
  return { read: async (path) => files.get(path) };
}
