import { describe, expect, test } from "vitest";

import { shippedRules } from "../src/rules/load.ts";
import { readBundles, scanFiles, type Files } from "./support.ts";

interface RuleCase {
  readonly hit: Files;
  readonly finds: readonly string[];
  readonly miss: Files;
}

const cases = new Map(readBundles<Record<string, RuleCase>>("rules").flatMap((bundle) => Object.entries(bundle)));
const ids = shippedRules().set.rules.map((rule) => rule.id);

test("every rule has a hit and a near miss, and no case is left without its rule", () => {
  expect([...cases.keys()].sort()).toEqual([...ids].sort());
});

describe.each([...cases])("rule %s", (id, { hit, finds, miss }) => {
  test("finds what it is for", async () => {
    const { report } = await scanFiles(hit);
    const found = report.components
      .filter((component) => component.evidence.some(({ detector }) => detector.startsWith(`${id}/`)))
      .map(({ kind, name }) => `${kind} ${name}`);
    expect(found).toEqual(expect.arrayContaining([...finds]));
  });

  test("leaves what only looks like it", async () => {
    const { report } = await scanFiles(miss);
    const found = report.components.filter((component) =>
      component.evidence.some(({ detector }) => detector.startsWith(`${id}/`)),
    );
    expect(found).toEqual([]);
  });
});
