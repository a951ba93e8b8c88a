/** `steward ledger fsck`: rebuilds the tiles of a pack from its entries, beside the pack and never over it. */
import { decodeManifest, fsck, LedgerError, MANIFEST_PATH, type Tile, tilePath } from "@steward/ledger";

import { folderPack, makeEmptyFolder, writePackFile } from "./folder.ts";
import { print } from "./report.ts";
import { UsageError } from "../usage.ts";

/** Answers whether every tile is what the entries make of it. */
export async function fsckFolder(folder: string, rebuild: string | undefined): Promise<boolean> {
  const reader = await folderPack(folder);
  const size = await readSize(reader);
  const rebuilt: Tile[] = [];
  const report = await fsck(reader, size, (tile) => {
    if (rebuild !== undefined) rebuilt.push(tile);
  });
  for (const { path, fault, firstEntry, lastEntry } of report.differences) {
    const words = { missing: "is missing", length: "has another length", differs: "differs" };
    print(`${path} ${words[fault]}, over entries ${firstEntry} to ${lastEntry}.`);
  }
  if (report.stopped !== undefined) {
    const { path, firstEntry, reason } = report.stopped;
    print(`Stopped at ${path}, entry ${firstEntry}: ${reason}`);
  }
  if (report.ok) print(`All tiles are what their ${size} entries make of them.`);
  if (report.root !== undefined) print(`Root of the entries: ${Buffer.from(report.root).toString("base64")}`);
  if (rebuild !== undefined) {
    await makeEmptyFolder(rebuild);
    for (const tile of rebuilt) await writePackFile(rebuild, tilePath(tile), tile.hashes);
    print(`Wrote ${rebuilt.length} rebuilt tiles to ${rebuild}.`);
  }
  return report.ok;
}

async function readSize(reader: Awaited<ReturnType<typeof folderPack>>): Promise<number> {
  try {
    return decodeManifest((await reader.read(MANIFEST_PATH)) as Uint8Array).size;
  } catch (error) {
    if (error instanceof LedgerError) throw new UsageError(`${MANIFEST_PATH}: ${error.message}`);
    throw error;
  }
}
