import type { BomComponent } from "@steward/contract";
import fc from "fast-check";
import { expect, it } from "vitest";

import { diffComponents } from "./documents.diff.ts";

const component: fc.Arbitrary<BomComponent> = fc.record({
  kind: fc.constantFrom("library", "machine-learning-model"),
  name: fc.constantFrom("a", "b", "c"),
  version: fc.constantFrom("1", "2", "3", null),
  provider: fc.constantFrom("Acme", null),
  digest: fc.constantFrom("sha256:1", null),
  licence: fc.constantFrom("MIT", "Apache-2.0", null),
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
    versions.map((version) => ({
      kind: "library",
      name: "numpy",
      version,
      provider: null,
      digest: null,
      licence: null,
    }));
  expect(diffComponents(of("1", "2"), of("2"))).toMatchObject({ removed: of("1"), changed: [], unchanged: 1 });
  expect(diffComponents(of("1", "2"), of("2", "3"))).toMatchObject({
    removed: [],
    changed: [{ before: { version: "1" }, after: { version: "3" } }],
    unchanged: 1,
  });
});

it("the same version with other weights or another licence is changed; what one document leaves out is not", () => {
  const model = { kind: "machine-learning-model", name: "ranker", version: "1", provider: null } as const;
  const before: BomComponent = { ...model, digest: "sha256:1", licence: "MIT" };
  const changes = (now: Partial<BomComponent>) => diffComponents([before], [{ ...before, ...now }]).changed.length;
  expect(changes({ digest: "sha256:2" })).toBe(1);
  expect(changes({ licence: "Apache-2.0" })).toBe(1);
  expect(changes({ digest: null, licence: null, provider: "Acme" })).toBe(0);
});
