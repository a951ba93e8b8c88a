import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { worst } from "../src/index.ts";
import { contains, earliest, intersect, merge, nextBoundary } from "../src/intervals.ts";
import type { Interval } from "../src/intervals.ts";

const moment = fc.bigInt({ min: 0n, max: 12n });
const interval: fc.Arbitrary<Interval> = fc.record({ from: moment, to: fc.option(moment) });
const MOMENTS = Array.from({ length: 14 }, (_, index) => BigInt(index));

describe("intervals", () => {
  it("merge to disjoint, non-empty ones in order that cover the same moments", () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 5 }), (intervals) => {
        const merged = merge(intervals);
        for (const at of MOMENTS) {
          expect(merged.some((part) => contains(part, at))).toBe(intervals.some((part) => contains(part, at)));
        }
        for (const [index, { from, to }] of merged.entries()) {
          if (to !== null) expect(to).toBeGreaterThan(from);
          const previous = merged[index - 1];
          if (previous !== undefined) expect(from).toBeGreaterThan(previous.to ?? from);
        }
      }),
    );
  });

  it("intersect in the moments that both hold, if any", () => {
    fc.assert(
      fc.property(interval, interval, (a, b) => {
        const common = intersect(a, b);
        const both = MOMENTS.filter((at) => contains(a, at) && contains(b, at));
        expect(MOMENTS.filter((at) => common !== undefined && contains(common, at))).toEqual(both);
        expect(common === undefined).toBe(both.length === 0);
      }),
    );
  });

  it("name the next moment at which anything begins or ends", () => {
    const parts = [
      { from: 2n, to: 5n },
      { from: 4n, to: null },
    ];
    expect([1n, 2n, 4n, 5n].map((at) => nextBoundary(parts, at))).toEqual([2n, 4n, 5n, null]);
    expect(earliest([null, 3n, 2n])).toBe(2n);
    expect(earliest([])).toBeNull();
  });
});

describe("the worst verdict", () => {
  it("is insufficient where nothing was looked at", () => {
    expect(worst([])).toBe("insufficient");
    expect(worst(["pass", "stale", "insufficient"])).toBe("insufficient");
    expect(worst(["pass", "fail", "insufficient"])).toBe("fail");
  });
});
