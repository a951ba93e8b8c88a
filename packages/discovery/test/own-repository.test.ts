import { fileURLToPath } from "node:url";

import { expect, test } from "vitest";

import { scan } from "../src/index.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

test("Steward's own repository: its examples are found, and neither rules nor tests are taken for AI", async () => {
  const { report } = await scan(ROOT);
  expect(report.components).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        kind: "model",
        name: "wage-band",
        evidence: [{ file: "examples/wage-band/README.md", line: 1, detector: "cards/model-card" }],
      }),
      expect.objectContaining({ kind: "dataset", name: "cps-1985-wages" }),
    ]),
  );
  const files = report.components.flatMap(({ evidence }) => evidence.map(({ file }) => file));
  expect(files.filter((file) => file.startsWith("packages/discovery/"))).toEqual([]);
});
