/**
 * Writes the golden pack into test/golden/v1. It is committed, and must always verify: a change that breaks it breaks
 * every pack that was ever exported. Run this only to lay down a new version, into a new folder.
 *
 *     node packages/ledger/test/golden/generate.ts <folder>
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { samplePack } from "../sample-pack.ts";
import { GOLDEN_OPTIONS } from "./options.ts";

const folder = process.argv[2];
if (folder === undefined) throw new Error("Name the folder into which the pack is to be written.");
for (const [path, bytes] of await samplePack(GOLDEN_OPTIONS)) {
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, bytes);
}
