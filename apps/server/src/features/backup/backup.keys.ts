/** Keys, backed up apart from the data: whoever finds one of the two files can neither sign nor unmask. */
import { chmod, link, mkdir, readdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import path from "node:path";

import { parseCheckpointText, parseNote } from "@steward/ledger";

import { type ArchiveOptions, readArchive, writeArchive, type WrittenArchive } from "./backup.archive.ts";
import { BackupError } from "./backup.error.ts";
import { collect } from "./backup.load.ts";

const MARK_NAME = "steward-keys.json";
const MARK = { format: "steward-keys/1" };

/** What a directory of keys holds: keys, the checkpoints signed last, and what was erased. */
const KEY_FILE =
  /^[0-9a-f-]{36}\.(ledger(-\d+-[0-9a-f]{8})?\.pem|(subject|webhook)\.key|checkpoint(-\d+-[0-9a-f]{8})?|erasures)$/;

/** @throws BackupError */
export async function exportKeys(
  file: string,
  archive: ArchiveOptions,
  directory: string,
): Promise<WrittenArchive & { readonly files: number }> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => KEY_FILE.test(name)).sort();
  if (names.length === 0) throw new BackupError("keys", `There are no keys in ${directory}.`);
  const written = await writeArchive(file, archive, async (writer) => {
    await writer.add(MARK_NAME, Buffer.from(`${JSON.stringify(MARK)}\n`));
    for (const name of names) await writer.add(`keys/${name}`, await readFile(path.join(directory, name)));
  });
  return { ...written, files: names.length };
}

/**
 * Brings keys back. Nothing that is there is replaced: another key of the same name is an error, and of checkpoints and
 * erasures whatever says more is kept. Nothing is written where one key is refused.
 * @throws BackupError
 */
export async function importKeys(file: string, archive: ArchiveOptions, directory: string): Promise<number> {
  const found = new Map<string, Buffer>();
  let marked = false;
  for await (const { name, content } of readArchive(file, archive)) {
    const bytes = await collect(content);
    if (name === MARK_NAME) {
      marked = bytes.toString("utf8").trim() === JSON.stringify(MARK);
      continue;
    }
    const key = name.replace(/^keys\//, "");
    if (!marked || !KEY_FILE.test(key)) break;
    found.set(key, bytes);
  }
  if (!marked || found.size === 0) throw new BackupError("format", `${file} holds no keys of Steward.`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const changes: [string, Buffer][] = [];
  for (const [name, bytes] of found) {
    const present = await readFile(path.join(directory, name)).catch(() => undefined);
    const content = present === undefined ? bytes : merged(name, present, bytes);
    if (present === undefined || !present.equals(content)) changes.push([name, content]);
  }
  for (const [name, bytes] of changes) await write(path.join(directory, name), bytes);
  return found.size;
}

function merged(name: string, present: Buffer, given: Buffer): Buffer {
  if (present.equals(given)) return present;
  if (name.endsWith(".erasures")) {
    const lines = new Set([...present.toString("utf8").split("\n"), ...given.toString("utf8").split("\n")]);
    return Buffer.from(
      [...lines]
        .filter((line) => line !== "")
        .map((line) => `${line}\n`)
        .join(""),
    );
  }
  if (/\.checkpoint/.test(name)) return sizeOf(given) > sizeOf(present) ? given : present;
  throw new BackupError("keys", `Another ${name} is there already; import into an empty directory.`);
}

function sizeOf(note: Buffer): number {
  return parseCheckpointText(parseNote(note.toString("utf8")).text).size;
}

/** Whole or not at all; keys never over others, even where two do this at once. */
async function write(file: string, bytes: Buffer): Promise<void> {
  const draft = `${file}.import`;
  await writeFile(draft, bytes, { mode: 0o600, flush: true });
  if (!/\.(key|pem)$/.test(file)) return rename(draft, file);
  try {
    await link(draft, file);
  } finally {
    await unlink(draft);
  }
  return undefined;
}
