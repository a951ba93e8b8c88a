import fc from "fast-check";
import { expect, it } from "vitest";

import { groupStarts, nextCell } from "./strip-keys.ts";

const SIZES = [4, 3, 6];

it("steps by cell and by group, and stops at the edges", () => {
  expect(nextCell(SIZES, 3, "ArrowRight")).toBe(4);
  expect(nextCell(SIZES, 0, "ArrowLeft")).toBe(0);
  expect(nextCell(SIZES, 12, "ArrowRight")).toBe(12);
  expect(nextCell(SIZES, 1, "PageDown")).toBe(4);
  expect(nextCell(SIZES, 8, "ArrowUp")).toBe(7);
  expect(nextCell(SIZES, 7, "PageUp")).toBe(4);
  expect(nextCell(SIZES, 5, "Home")).toBe(0);
  expect(nextCell(SIZES, 5, "End")).toBe(12);
});

it("leaves other keys alone", () => {
  expect(nextCell(SIZES, 5, "Enter")).toBeUndefined();
});

it("starts each group after the cells before it", () => {
  expect(groupStarts(SIZES)).toEqual([0, 4, 7]);
});

it("never leaves the strip", () => {
  const key = fc.constantFrom("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End");
  const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(sizes, key, fc.nat(), (groups, pressed, seed) => {
      const count = groups.reduce((sum, size) => sum + size, 0);
      fc.pre(count > 0);
      const next = nextCell(groups, seed % count, pressed) ?? -1;
      expect(next).toBeGreaterThanOrEqual(0);
      expect(next).toBeLessThan(count);
    }),
  );
});
