import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

import { describe, expect, it } from "vitest";

import { decodeManifest, encodeVkey, fsck, MANIFEST_PATH, verifyPack } from "../src/index.ts";
import type { PackReader } from "../src/index.ts";
import { GOLDEN_OPTIONS } from "./golden/options.ts";
import { LOG, samplePack, WITNESS } from "./sample-pack.ts";
import { hex } from "./support.ts";

const FOLDER = join(import.meta.dirname, "golden/v1");
const folderReader: PackReader = {
  read: async (path) => {
    try {
      return new Uint8Array(await readFile(join(FOLDER, path)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  },
};

describe("the golden pack of version 1", () => {
  it("verifies, with the root that it always had", async () => {
    const result = await verifyPack(folderReader, {
      keys: [encodeVkey(LOG.key)],
      witnesses: [encodeVkey(WITNESS.key)],
    });
    expect(result.findings).toEqual([]);
    expect(result.notes).toEqual([]);
    expect(hex(result.root as Uint8Array)).toBe("684604d4332035014a1c8bd1d46e057fe106fa40766ce8d1796af8196b236603");
    expect(result.stats).toEqual({ entries: 320, bodiesChecked: 225, bodiesWithheld: 16, earlierCheckpoints: 4 });
    expect((await fsck(folderReader, 320)).ok).toBe(true);
  });

  it("is what the writer writes today, byte by byte", async () => {
    const files = (await readdir(FOLDER, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => relative(FOLDER, join(entry.parentPath, entry.name)));
    const written = await samplePack(GOLDEN_OPTIONS);
    expect(files.toSorted()).toEqual([...written.keys()].toSorted());
    for (const [path, bytes] of written) {
      const stored = (await folderReader.read(path)) as Uint8Array;
      // A formatter may have indented the manifest in its own way, which changes nothing.
      if (path === MANIFEST_PATH) expect(decodeManifest(stored)).toEqual(decodeManifest(bytes));
      else expect(hex(stored), path).toBe(hex(bytes));
    }
  });
});
