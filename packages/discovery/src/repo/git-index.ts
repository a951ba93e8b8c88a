/** The files that git tracks, as its index lists them: they belong to the repository, whatever a .gitignore says. */
import { lstatSync, readFileSync } from "node:fs";

/** A larger index than this is left unread; a million files take some 100 MB. */
const MAX_INDEX_BYTES = 128 * 1024 * 1024;

const HEADER_BYTES = 12;
/** Times, mode, owner, size and SHA-1 of a file, before the flags and the path. */
const STAT_BYTES = 60;
const EXTENDED = 0x4000;

/** The tracked paths, and the directories above them; undefined where there is no index that can be read. */
export function trackedPaths(root: string): ReadonlySet<string> | undefined {
  try {
    const file = `${root}/.git/index`;
    const stats = lstatSync(file);
    if (!stats.isFile() || stats.size > MAX_INDEX_BYTES) return undefined;
    return withDirectories(readPaths(readFileSync(file)));
  } catch {
    return undefined;
  }
}

/**
 * The paths of an index of version 2, 3 or 4; of version 4 each path is the one before, cut, and what follows.
 * @throws RangeError where the bytes end too early.
 */
function readPaths(bytes: Buffer): string[] {
  const version = bytes.readUInt32BE(4);
  if (bytes.toString("latin1", 0, 4) !== "DIRC" || version < 2 || version > 4) return [];
  const paths: string[] = [];
  let before = Buffer.alloc(0);
  let at = HEADER_BYTES;
  for (let count = bytes.readUInt32BE(8); count > 0; count--) {
    let from = at + STAT_BYTES + ((bytes.readUInt16BE(at + STAT_BYTES) & EXTENDED) === 0 ? 2 : 4);
    let kept = 0;
    if (version === 4) {
      const cut = readOffset(bytes, from);
      kept = before.length - cut.value;
      from = cut.end;
    }
    const end = bytes.indexOf(0, from);
    if (end === -1 || kept < 0) throw new RangeError("The index ends within a path.");
    before = Buffer.concat([before.subarray(0, kept), bytes.subarray(from, end)]);
    paths.push(before.toString("utf8"));
    // Entries of the older versions are filled up with zeros to a multiple of eight bytes.
    at = version === 4 ? end + 1 : at + (((end - at) >> 3) + 1) * 8;
  }
  return paths;
}

/** A number in groups of seven bits, the highest first, of which each but the last has the eighth bit set. */
function readOffset(bytes: Buffer, from: number): { readonly value: number; readonly end: number } {
  let at = from;
  let byte = bytes.readUInt8(at++);
  let value = byte & 0x7f;
  while ((byte & 0x80) !== 0) {
    byte = bytes.readUInt8(at++);
    value = ((value + 1) << 7) | (byte & 0x7f);
  }
  return { value, end: at };
}

function withDirectories(paths: readonly string[]): ReadonlySet<string> {
  const all = new Set<string>();
  for (const path of paths)
    for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
      const above = path.slice(0, end);
      if (all.has(above)) break;
      all.add(above);
    }
  return all;
}
