/**
 * Compares a bundle of entries with the tile of their hashes and says which entries were altered, are missing, are out
 * of order or do not belong there. Where entries and tile disagree, the hash above them decides who is right.
 */
import { equalBytes, hexEncode } from "../bytes.ts";
import { HASH_BYTES, leafHash } from "../hash.ts";
import { capital, entriesText } from "./finding.ts";
import type { Finding } from "./finding.ts";

export interface BundleInput {
  /** The index of the bundle's first entry. */
  readonly first: number;
  /** Entries that the bundle must hold. */
  readonly width: number;
  readonly bundlePath: string;
  readonly tilePath: string;
  /** The files; undefined where they are missing. */
  readonly bundle: Uint8Array | undefined;
  readonly tile: Uint8Array | undefined;
  /** Whether these hashes are what the tree above says; undefined where nothing above can be asked. */
  readonly confirms: (leafHashes: readonly Uint8Array[]) => Promise<boolean | undefined>;
}

/** An entry whose place in the log is settled. */
export interface PlacedEntry {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface BundleOutcome {
  readonly findings: readonly Finding[];
  /** The hashes with which the tree goes on; undefined where they cannot be known. */
  readonly leafHashes: readonly Uint8Array[] | undefined;
  readonly entries: readonly PlacedEntry[];
}

export async function checkBundle(input: BundleInput): Promise<BundleOutcome> {
  const found = splitBundle(input.bundle ?? new Uint8Array(0));
  const hashes = found.map(leafHash);
  const findings: Finding[] = [];
  const stored = storedHashes(input, findings);
  if (hashes.length === input.width && stored !== undefined && equalLists(hashes, stored)) {
    return { findings, leafHashes: hashes, entries: place(input, found) };
  }
  if (stored === undefined) return withoutTile(input, found, hashes, findings);

  const entriesRight = hashes.length === input.width && (await input.confirms(hashes)) === true;
  if (entriesRight) {
    findings.push(tileDiffers(input, hashes, stored));
    return { findings, leafHashes: hashes, entries: place(input, found) };
  }
  if ((await input.confirms(stored)) !== true && hashes.length === input.width) {
    // Neither side is confirmed: the entries are named, and so is the tile.
    const { differences } = align(input, found, hashes, stored);
    findings.push(tileDiffers(input, hashes, stored), ...differences);
    return { findings, leafHashes: hashes, entries: place(input, found) };
  }
  const { differences, entries } = align(input, found, hashes, stored);
  findings.push(...differences);
  return { findings, leafHashes: stored, entries };
}

/**
 * C2SP tlog-tiles, section "Log entries": as many entries as can be read. What is cut off counts as one more entry,
 * made of its length and the rest, so that it cannot pass for the entry that it once was.
 */
function splitBundle(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 2 + 256 * (bytes[at] as number) + (bytes[at + 1] ?? 0);
    if (at + 2 > bytes.length || end > bytes.length) {
      entries.push(bytes.subarray(at));
      break;
    }
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

function storedHashes(input: BundleInput, findings: Finding[]): Uint8Array[] | undefined {
  const { tile, tilePath: path, first, width } = input;
  const lastEntry = first + width - 1;
  if (tile === undefined) {
    findings.push({ code: "tile_missing", entry: first, lastEntry, path, message: `The tile ${path} is missing.` });
    return undefined;
  }
  if (tile.length !== width * HASH_BYTES) {
    const message = `The tile ${path} has ${tile.length} bytes instead of ${width * HASH_BYTES}.`;
    findings.push({ code: "tile_differs", entry: first, lastEntry, path, message });
    return undefined;
  }
  return Array.from({ length: width }, (_, i) => tile.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
}

function withoutTile(
  input: BundleInput,
  found: readonly Uint8Array[],
  hashes: readonly Uint8Array[],
  findings: Finding[],
): BundleOutcome {
  const { first, width, bundlePath: path } = input;
  if (hashes.length < width) {
    const [entry, lastEntry] = [first + hashes.length, first + width - 1];
    const are = entry === lastEntry ? "is" : "are";
    const message = `${capital(entriesText(entry, lastEntry))} ${are} missing: their bundle ends before.`;
    findings.push({ code: "entry_missing", entry, lastEntry, path, message });
  } else if (hashes.length > width) {
    const message = `The bundle holds ${hashes.length} entries instead of ${width}.`;
    findings.push({ code: "entry_extra", entry: first + width, path, message });
  }
  const leafHashes = hashes.length === width ? hashes : undefined;
  return { findings, leafHashes, entries: place(input, found.slice(0, width)) };
}

function place(input: BundleInput, found: readonly Uint8Array[]): PlacedEntry[] {
  return found.map((bytes, i) => ({ index: input.first + i, bytes }));
}

function tileDiffers(input: BundleInput, hashes: readonly Uint8Array[], stored: readonly Uint8Array[]): Finding {
  const wrong = [...hashes.keys()].filter((i) => !equalBytes(hashes[i] as Uint8Array, stored[i] as Uint8Array));
  const entry = input.first + (wrong[0] as number);
  const lastEntry = input.first + (wrong.at(-1) as number);
  const message = `The tile ${input.tilePath} does not hold the hashes of ${entriesText(entry, lastEntry)}.`;
  return { code: "tile_differs", entry, lastEntry, path: input.tilePath, message };
}

/**
 * Walks along the entries found and the hashes stored at once. An entry whose hash stands elsewhere was moved; a stored
 * hash without its entry is a missing entry, an entry without its hash an extra one, and both together an altered one.
 */
function align(
  input: BundleInput,
  found: readonly Uint8Array[],
  hashes: readonly Uint8Array[],
  stored: readonly Uint8Array[],
): { differences: Finding[]; entries: PlacedEntry[] } {
  const foundKeys = hashes.map(hexEncode);
  const storedKeys = stored.map(hexEncode);
  const isFound = new Set(foundKeys);
  const isStored = new Set(storedKeys);
  const differences: Finding[] = [];
  const entries: PlacedEntry[] = [];
  const name = (code: Finding["code"], at: number, what: string): void => {
    const entry = input.first + at;
    differences.push({ code, entry, path: input.bundlePath, message: `Entry ${entry} ${what}.` });
  };
  let [i, j] = [0, 0];
  while (i < stored.length || j < found.length) {
    const expected = storedKeys[i];
    const actual = foundKeys[j];
    if (expected !== undefined && expected === actual) {
      entries.push({ index: input.first + i, bytes: found[j] as Uint8Array });
      [i, j] = [i + 1, j + 1];
    } else if (actual === undefined) {
      name("entry_missing", i++, isFound.has(expected as string) ? "stands elsewhere in its bundle" : "is missing");
    } else if (expected === undefined) {
      name(
        "entry_extra",
        i,
        isStored.has(actual) ? "is followed by a copy of another" : "is followed by one that does not belong here",
      );
      j++;
    } else if (isFound.has(expected) && isStored.has(actual)) {
      name("entry_reordered", i, "is not in its place: another one of the log stands there");
      [i, j] = [i + 1, j + 1];
    } else if (isStored.has(actual)) {
      name("entry_missing", i++, "is missing: a later one stands in its place");
    } else if (isFound.has(expected)) {
      name("entry_extra", i, "is preceded by one that does not belong here");
      j++;
    } else {
      name("entry_altered", i, "was altered: it does not have the hash that the tree holds for it");
      [i, j] = [i + 1, j + 1];
    }
  }
  return { differences, entries };
}

function equalLists(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((hash, i) => equalBytes(hash, b[i] as Uint8Array));
}
