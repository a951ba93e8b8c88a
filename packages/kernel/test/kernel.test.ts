import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  canonicalJson,
  formatInstant,
  isUuid,
  KernelError,
  ManualClock,
  OffsetClock,
  parseInstant,
  systemClock,
  uuidv7,
  uuidv7Floor,
  uuidv7Time,
} from "../src/index.ts";

describe("ids", () => {
  it("are RFC 9562 version 7, carry their time and sort by it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.integer({ min: 1, max: 10_000 }), (ms, later) => {
        const a = uuidv7(ms);
        const b = uuidv7(ms + later);
        expect(isUuid(a)).toBe(true);
        expect(a[14]).toBe("7");
        expect(uuidv7Time(a)).toBe(ms);
        expect(a < b).toBe(true);
        expect(uuidv7Floor(ms) <= a).toBe(true);
      }),
    );
  });
  it("rejects what is not a UUID", () => {
    for (const text of ["", "not-a-uuid", "00000000-0000-0000-0000-000000000000", "A".repeat(36)]) {
      expect(isUuid(text)).toBe(false);
    }
  });
});

describe("instants", () => {
  it("round-trip at microsecond resolution", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 4n * 10n ** 15n }), (micros) => {
        expect(parseInstant(formatInstant(micros))).toBe(micros);
      }),
    );
  });
  it("sort as text in the order of time", () => {
    expect(formatInstant(1n) < formatInstant(2n)).toBe(true);
    expect(formatInstant(1_790_000_000_123_456n)).toBe("2026-09-21T14:13:20.123456Z");
  });
  it("read offsets and refuse moments that do not exist", () => {
    expect(parseInstant("2026-03-01T01:00:00+01:00")).toBe(parseInstant("2026-03-01T00:00:00Z"));
    for (const text of ["2026-02-30T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "x"]) {
      expect(parseInstant(text), text).toBeUndefined();
    }
  });

  it("is read as the machine's own parser reads it, and refused where that would roll over to another day", () => {
    const pad = (n: number, width = 2) => String(n).padStart(width, "0");
    const part = fc.tuple(
      fc.integer({ min: 0, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      fc.integer({ min: 0, max: 25 }),
      fc.integer({ min: 0, max: 61 }),
      fc.integer({ min: 0, max: 61 }),
      fc.constantFrom("Z", "+00:00", "+05:45", "-11:30", "+23:59"),
    );
    fc.assert(
      fc.property(part, ([year, month, day, hour, minute, second, zone]) => {
        const wall = `${pad(year, 4)}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}:${pad(second)}`;
        const ms = Date.parse(`${wall}${zone}`);
        const utc = Date.parse(`${wall}Z`);
        const isReal = !Number.isNaN(ms) && new Date(utc).toISOString().slice(0, 19) === wall;
        expect(parseInstant(`${wall}${zone}`)).toBe(isReal ? BigInt(ms) * 1000n : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("clocks", () => {
  it("never repeat a moment", () => {
    for (const clock of [systemClock(), new ManualClock(5n), new OffsetClock()]) {
      let last = clock.now();
      for (let i = 0; i < 1000; i++) {
        const next = clock.now();
        expect(next > last).toBe(true);
        last = next;
      }
    }
  });
});

describe("canonical JSON (RFC 8785)", () => {
  it("is what the reference implementation writes, for values of every kind and depth", () => {
    const expected = (value: unknown) => {
      try {
        const text = canonicalize(value as never);
        return text?.isWellFormed() ? text : "refused";
      } catch {
        return "refused";
      }
    };
    const actual = (value: unknown) => {
      try {
        return canonicalJson(value as never);
      } catch (error) {
        expect(error).toBeInstanceOf(KernelError);
        return "refused";
      }
    };
    const anything = fc.anything({ withDate: true, withNullPrototype: true, withSparseArray: true, maxDepth: 4 });
    const unicode = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), anything, unicode), (value) => {
        fc.pre(typeof value !== "bigint");
        expect(actual(value)).toBe(expected(value));
      }),
      { numRuns: 2000 },
    );
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
    expect(actual(deep)).toBe(expected(deep));
  });
  it("orders members by UTF-16 code units and writes numbers as ECMAScript does", () => {
    expect(canonicalJson({ b: 1e21, a: [0.1, -0, 1e-7], "\u20ac": "\u000f" })).toBe(
      '{"a":[0.1,0,1e-7],"b":1e+21,"\u20ac":"\\u000f"}',
    );
  });
  it("does not depend on the order in which members were set", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.integer()), (record) => {
        const reversed = Object.fromEntries(Object.entries(record).toReversed());
        expect(canonicalJson(record)).toBe(canonicalJson(reversed));
      }),
    );
  });
  it("refuses what JSON cannot hold", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, "\ud800"]) {
      expect(() => canonicalJson(value)).toThrow(KernelError);
    }
  });
});
