import { describe, expect, it } from "vitest";

import { diffValues, sameValue } from "./diff.ts";
import { nextSort, parseSort } from "./sort.ts";

describe("changes between two versions", () => {
  it("name only the fields that differ", () => {
    expect(diffValues({ name: "A", tier: "low" }, { name: "B", tier: "low" })).toEqual([
      { field: "name", before: "A", after: "B" },
    ]);
  });

  it("say what came to a list and what went", () => {
    const [change] = diffValues({ inputs: ["age", "pay"] }, { inputs: ["pay", "region"] });
    expect(change).toMatchObject({ field: "inputs", added: ["region"], removed: ["age"] });
  });

  it("take a missing field as empty", () => {
    expect(diffValues({}, { ownerId: null })).toEqual([]);
    expect(diffValues({ ownerId: "p1" }, {})).toEqual([{ field: "ownerId", before: "p1", after: null }]);
  });

  it("do not mind the order of an object's members", () => {
    expect(sameValue({ a: 1, b: [{ c: 2 }] }, { b: [{ c: 2 }], a: 1 })).toBe(true);
    expect(sameValue([1, 2], [2, 1])).toBe(false);
    expect(sameValue({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(sameValue(["a"], { 0: "a" })).toBe(false);
  });
});

describe("the order of a list", () => {
  it("turns from ascending to descending to the list's own", () => {
    expect(nextSort(undefined, "name")).toBe("name");
    expect(nextSort("name", "name")).toBe("-name");
    expect(nextSort("-name", "name")).toBeUndefined();
    expect(nextSort("-name", "recordedAt")).toBe("recordedAt");
  });

  it("is read as the API writes it", () => {
    expect(parseSort("-recordedAt")).toEqual({ id: "recordedAt", desc: true });
    expect(parseSort("")).toBeUndefined();
  });
});
