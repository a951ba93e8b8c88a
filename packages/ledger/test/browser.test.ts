import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it, vi } from "vitest";

import { encodeVkey, verifyPack } from "../src/index.ts";
import * as sha256 from "#sha256";
import { LOG, WITNESS } from "./sample-pack.ts";

// What a bundler for browsers resolves these imports to.
vi.mock("#sha256", () => import("../src/sha256.browser.ts"));
vi.mock("#ed25519", () => import("../src/ed25519.browser.ts"));

const FOLDER = join(import.meta.dirname, "golden/v1");

describe("in a browser, with hashing and signatures in plain JavaScript,", () => {
  it("the golden pack verifies, and a changed bit does not", async () => {
    expect(sha256.sha256Into.toString()).not.toMatch(/binary/);
    const read = async (path: string): Promise<Uint8Array | undefined> =>
      new Uint8Array(await readFile(join(FOLDER, path)));
    const options = { keys: [encodeVkey(LOG.key)], witnesses: [encodeVkey(WITNESS.key)] };
    expect(await verifyPack({ read }, options)).toMatchObject({ ok: true, findings: [], notes: [] });
    const flipped = async (path: string): Promise<Uint8Array | undefined> => {
      const bytes = (await read(path)) as Uint8Array;
      return path === "tile/entries/000" ? bytes.with(90, (bytes[90] as number) ^ 1) : bytes;
    };
    expect(await verifyPack({ read: flipped }, options)).toMatchObject({ first: { code: "entry_altered", entry: 0 } });
  });
});
