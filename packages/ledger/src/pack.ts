/**
 * The layout of an audit pack, version 1: the files from which anybody verifies a log without its operator.
 *
 *     steward-pack.json           what this is (PackManifest)
 *     checkpoint                  the checkpoint of the pack, a signed note (C2SP tlog-checkpoint)
 *     checkpoints/<N>.jsonl       earlier checkpoints, smallest first, 256 a file: a JSON string of the note on a line
 *     tile/<L>/<N>[.p/<W>]        the tree (C2SP tlog-tiles)
 *     tile/entries/<N>[.p/<W>]    the entries (C2SP tlog-tiles)
 *     disclosures/<N>.jsonl       the bodies of the entries of bundle N (disclosure.ts); no file where there are none
 *
 * <N> is written in the path elements of tlog-tiles (`x001/067`). The manifest is not signed: it says where to look,
 * and the checkpoint confirms or refutes it.
 */
import { formatInstant, isUuid, parseInstant } from "@steward/kernel";
import type { Micros, Uuid } from "@steward/kernel";

import { utf8Decode, utf8Encode } from "./bytes.ts";
import type { Disclosure } from "./disclosure.ts";
import { formatDisclosure } from "./disclosure.ts";
import type { EarlierEpoch } from "./epoch.ts";
import { LedgerError } from "./error.ts";
import { encodeVkey, parseVkey } from "./key.ts";
import type { VerifierKey } from "./key.ts";
import { parseNote } from "./note.ts";
import { bundleCount, bundlePath, indexPath, TILE_WIDTH, tilePath, tilesOf, tileWidth } from "./tile.ts";
import type { TileRef } from "./tile.ts";

/** Reads a file of a pack: a folder, an archive, or a server that offers the same paths. Undefined: no such file. */
export interface PackReader {
  read(path: string): Promise<Uint8Array | undefined>;
}

export const PACK_FORMAT = "steward-pack/1";
export const MANIFEST_PATH = "steward-pack.json";
export const CHECKPOINT_PATH = "checkpoint";

/** Checkpoints of one file `checkpoints/<N>.jsonl`. */
export const CHECKPOINTS_PER_FILE = 256;

export interface PackManifest {
  readonly orgId: Uuid;
  readonly origin: string;
  /** Entries of the pack. */
  readonly size: number;
  readonly exportedAt: Micros;
  /** The log's keys: the present one first, then those it replaced. */
  readonly keys: readonly VerifierKey[];
  /** The witnesses who cosigned checkpoints of this pack. Empty: the pack has no outside signature. */
  readonly witnesses: readonly VerifierKey[];
  /** Earlier checkpoints in the pack. */
  readonly earlierCheckpoints: number;
  /** The epochs before the present one, the first one first; none unless the log was restored from a backup. */
  readonly epochs?: readonly EarlierEpoch[];
}

/** A file that a pack holds, with what its writer needs to fill it. */
export type PackFile =
  | { readonly kind: "manifest"; readonly path: string }
  | { readonly kind: "checkpoint"; readonly path: string }
  | { readonly kind: "checkpoints"; readonly path: string; readonly first: number; readonly count: number }
  | { readonly kind: "tile"; readonly path: string; readonly tile: TileRef }
  | {
      /** `bundle`: the entries; `disclosures`: their bodies. Both of the entries `first` to `first + count - 1`. */
      readonly kind: "bundle" | "disclosures";
      readonly path: string;
      readonly index: number;
      readonly first: number;
      readonly count: number;
    };

export function disclosuresPath(bundle: number): string {
  return `disclosures/${indexPath(bundle)}.jsonl`;
}

export function checkpointsPath(file: number): string {
  return `checkpoints/${indexPath(file)}.jsonl`;
}

/** Every file of a pack of this size, in the order in which it is best written: the manifest last makes it complete. */
export function* packFiles(size: number, earlierCheckpoints: number): Generator<PackFile> {
  for (const tile of tilesOf(size)) yield { kind: "tile", path: tilePath(tile), tile };
  for (let index = 0; index < bundleCount(size); index++) {
    const part = { index, first: index * TILE_WIDTH, count: tileWidth(size, 0, index) };
    yield { kind: "bundle", path: bundlePath(index, part.count), ...part };
    yield { kind: "disclosures", path: disclosuresPath(index), ...part };
  }
  for (let first = 0; first < earlierCheckpoints; first += CHECKPOINTS_PER_FILE) {
    const count = Math.min(CHECKPOINTS_PER_FILE, earlierCheckpoints - first);
    yield { kind: "checkpoints", path: checkpointsPath(first / CHECKPOINTS_PER_FILE), first, count };
  }
  yield { kind: "checkpoint", path: CHECKPOINT_PATH };
  yield { kind: "manifest", path: MANIFEST_PATH };
}

/** The bytes of `disclosures/<N>.jsonl`; empty where there is nothing to disclose, and then no file is needed. */
export function encodeDisclosures(disclosures: readonly Disclosure[]): Uint8Array {
  return utf8Encode(disclosures.map((disclosure) => `${formatDisclosure(disclosure)}\n`).join(""));
}

/** The bytes of `checkpoints/<N>.jsonl`. */
export function encodeCheckpoints(notes: readonly string[]): Uint8Array {
  return utf8Encode(notes.map((note) => `${JSON.stringify(note)}\n`).join(""));
}

/**
 * The notes of `checkpoints/<N>.jsonl`.
 * @throws LedgerError `pack_invalid` naming the line, `text_invalid`.
 */
export function decodeCheckpoints(bytes: Uint8Array): string[] {
  return splitLines(utf8Decode(bytes)).map((line, i) => {
    try {
      const note: unknown = JSON.parse(line);
      if (typeof note === "string" && JSON.stringify(note) === line && parseNote(note)) return note;
    } catch (cause) {
      throw new LedgerError("pack_invalid", `Line ${i + 1} is not a checkpoint.`, { cause });
    }
    throw new LedgerError("pack_invalid", `Line ${i + 1} is not a checkpoint.`);
  });
}

/**
 * The lines of a text, each of which ends with a newline.
 * @throws LedgerError `pack_invalid` where the last one does not.
 */
export function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new LedgerError("pack_invalid", "The last line does not end with a newline.");
  return lines;
}

const MANIFEST_MEMBERS = "earlierCheckpoints,exportedAt,format,keys,orgId,origin,size,witnesses";
/** Of a log that was restored. */
const MANIFEST_MEMBERS_WITH_EPOCHS = MANIFEST_MEMBERS.replace("exportedAt", "epochs,exportedAt");

/** The bytes of `steward-pack.json`, indented for people who look into it. */
export function encodeManifest(manifest: PackManifest): Uint8Array {
  const epochs = manifest.epochs ?? [];
  const value = {
    format: PACK_FORMAT,
    orgId: manifest.orgId,
    origin: manifest.origin,
    size: manifest.size,
    exportedAt: formatInstant(manifest.exportedAt),
    keys: manifest.keys.map(encodeVkey),
    witnesses: manifest.witnesses.map(encodeVkey),
    earlierCheckpoints: manifest.earlierCheckpoints,
    ...(epochs.length === 0 ? {} : { epochs: epochs.map(({ key, size }) => ({ key: encodeVkey(key), size })) }),
  };
  return utf8Encode(`${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Reads `steward-pack.json`.
 * @throws LedgerError `pack_invalid` for another format or form, `key_invalid`, `text_invalid`.
 */
export function decodeManifest(bytes: Uint8Array): PackManifest {
  const value = parseRecord(utf8Decode(bytes));
  if (value["format"] !== PACK_FORMAT) {
    throw new LedgerError("pack_invalid", `The pack's format is not ${PACK_FORMAT}; a newer Steward may read it.`);
  }
  const { orgId, origin, size, exportedAt, keys, witnesses, earlierCheckpoints, epochs = [] } = value;
  const members = "epochs" in value ? MANIFEST_MEMBERS_WITH_EPOCHS : MANIFEST_MEMBERS;
  const moment = typeof exportedAt === "string" ? parseInstant(exportedAt) : undefined;
  const known =
    Object.keys(value).sort().join() === members &&
    isUuid(orgId) &&
    typeof origin === "string" &&
    isCount(size) &&
    isCount(earlierCheckpoints) &&
    moment !== undefined;
  if (!known || !isTextList(keys) || !isTextList(witnesses) || !isEpochList(epochs)) {
    throw new LedgerError(
      "pack_invalid",
      "The pack's manifest has a member that is missing, unknown or of the wrong type.",
    );
  }
  const [logKeys, witnessKeys] = [keys.map(parseVkey), witnesses.map(parseVkey)];
  const base = { orgId, origin, size, exportedAt: moment, keys: logKeys, witnesses: witnessKeys, earlierCheckpoints };
  if (epochs.length === 0) return base;
  return { ...base, epochs: epochs.map((epoch) => ({ key: parseVkey(epoch.key), size: epoch.size })) };
}

function parseRecord(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LedgerError("pack_invalid", "The pack's manifest is not JSON.", { cause });
  }
  if (typeof value !== "object" || value === null) throw new LedgerError("pack_invalid", "The manifest is no object.");
  return value as Record<string, unknown>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isEpochList(value: unknown): value is readonly { key: string; size: number }[] {
  return (
    Array.isArray(value) &&
    value.every(
      (item: unknown) =>
        typeof item === "object" &&
        item !== null &&
        Object.keys(item).sort().join() === "key,size" &&
        typeof (item as { key: unknown }).key === "string" &&
        isCount((item as { size: unknown }).size),
    )
  );
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
