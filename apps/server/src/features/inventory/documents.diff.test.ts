import type { BomComponent } from "@steward/contract";
import fc from "fast-check";
import { expect, it } from "vitest";

import { diffComponents } from "./documents.diff.ts";

const component: fc.Arbitrary<BomComponent> = fc.record({
  kind: fc.constantFrom("library", "machine-learning-model"),
  name: fc.constantFrom("a", "b", "c"),
  version: fc.constantFrom("1", "2", "3", null),
  provider: fc.constantFrom("Acme", null),
});
const components = fc.uniqueArray(component, {
  maxLength: 12,
  selector: ({ kind, name, version }) => JSON.stringify([kind, name, version]),
});
const texts = (list: readonly BomComponent[]) => list.map((one) => JSON.stringify(one)).sort();

it("every component is in one list, and the way back adds what was removed", () => {
  fc.assert(
    fc.property(components, components, (before, after) => {
      const { added, removed, changed, unchanged } = diffComponents(before, after);
      expect(added.length + changed.length + unchanged).toBe(after.length);
      expect(removed.length + changed.length + unchanged).toBe(before.length);
      const back = diffComponents(after, before);
      expect(texts(back.added)).toEqual(texts(removed));
      expect(texts(back.removed)).toEqual(texts(added));
      expect(back.unchanged).toBe(unchanged);
    }),
  );
});

it("nothing differs from itself, in whatever order", () => {
  fc.assert(
    fc.property(components, (list) => {
      const same = { added: [], removed: [], changed: [], unchanged: list.length };
      expect(diffComponents(list, list.toReversed())).toEqual(same);
    }),
  );
});

it("one of two versions that goes is removed, and one that is replaced changes", () => {
  const of = (...versions: string[]): BomComponent[] =>
    versions.map((version) => ({ kind: "library", name: "numpy", version, provider: null }));
  expect(diffComponents(of("1", "2"), of("2"))).toMatchObject({ removed: of("1"), changed: [], unchanged: 1 });
  expect(diffComponents(of("1", "2"), of("2", "3"))).toMatchObject({
    removed: [],
    changed: [{ before: { version: "1" }, after: { version: "3" } }],
    unchanged: 1,
  });
});
