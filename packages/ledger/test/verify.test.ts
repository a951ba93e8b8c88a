import { describe, expect, it } from "vitest";

import { encodeVkey, verifyPack } from "../src/index.ts";
import { LOG, ORIGIN, readerOf, samplePack, WITNESS } from "./sample-pack.ts";

describe("an honest pack", () => {
  it.each([0, 1, 2, 255, 256, 257, 300, 512, 700])("of %i entries verifies", async (size) => {
    const files = await samplePack({
      size,
      earlier: [0, 1, 100, 256, 299].filter((one) => one < size),
      witnessed: true,
    });
    const result = await verifyPack(readerOf(files), {
      keys: [encodeVkey(LOG.key)],
      witnesses: [encodeVkey(WITNESS.key)],
    });
    expect(result.findings).toEqual([]);
    expect(result).toMatchObject({ ok: true, origin: ORIGIN, size, notes: [] });
    expect(result.stats.entries).toBe(size);
    expect(result.witnessed).toMatchObject([{ witness: "witness.example/w1", size }]);
  });
});
