import { createHmac, createSecretKey, randomBytes } from "node:crypto";

import { decisionInputSchema } from "@steward/contract";
import { canonicalJson, type Json } from "@steward/kernel";
import { commitBody, commitBodyText } from "@steward/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { bodyOf, judgeRecord } from "./decisions.record.ts";

const KEY = createSecretKey(randomBytes(32));
const text = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme-ascii" }).map((it) => `a${it}z`);
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const maybe = <T>(of: fc.Arbitrary<T>) => fc.oneof(of, fc.constantFrom(null, undefined));
const weight = fc.double({ noNaN: true, noDefaultInfinity: true });

const record = fc.record({
  id: text,
  system: text,
  release: maybe(text),
  occurredAt: fc.constantFrom("2026-03-31T09:00:00Z", "2026-03-31T11:00:00.5+02:00"),
  outcome: text,
  score: maybe(fc.double({ min: -1e9, max: 1e9, noNaN: true })),
  attributes: optional(
    fc.dictionary(fc.constantFrom("region", "age", "Z", "b_1"), fc.oneof(text, weight, fc.boolean())),
  ),
  subject: maybe(text),
  toolsCalled: maybe(fc.array(text, { maxLength: 3 })),
  explanation: maybe(
    fc.record({
      summary: optional(text),
      method: optional(text),
      reasons: optional(
        fc.array(fc.record({ text: optional(text), code: text, weight: optional(weight) }), { maxLength: 3 }),
      ),
    }),
  ),
  sandbox: optional(fc.boolean()),
});

/** Without members that are undefined, or null at the top: what JSON would carry of it. */
function told(value: Record<string, unknown>): Record<string, Json> {
  const members = JSON.parse(JSON.stringify(value)) as Record<string, Json>;
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== null));
}

describe("a decision as it is judged", () => {
  it("is told apart by the canonical JSON of all that it says but its system", () => {
    fc.assert(
      fc.property(record, (sent) => {
        const judged = judgeRecord(sent, KEY);
        if (!judged.ok) throw new Error(JSON.stringify(judged.faults));
        const { system: _system, ...said } = told(decisionInputSchema.parse(sent));
        const expected = createHmac("sha256", KEY).update(canonicalJson(said)).digest();
        expect(judged.record.digest.equals(expected)).toBe(true);
      }),
    );
  });

  it("is committed to as the values themselves would be", () => {
    fc.assert(
      fc.property(record, (sent) => {
        const judged = judgeRecord(sent, KEY);
        if (!judged.ok) throw new Error(JSON.stringify(judged.faults));
        const body = bodyOf({ record: judged.record, system: undefined, release: undefined, deployed: false }, []);
        const seed = randomBytes(32);
        const committed = commitBodyText(seed, { ...body } as never);
        const read = JSON.parse(committed.text) as Record<string, Json>;
        expect(committed.text).toBe(canonicalJson(read));
        expect(committed.fields).toEqual(commitBody(seed, read));
        const { attributes = {}, explanation } = told(sent);
        expect(read["attributes"] ?? {}).toEqual(attributes);
        expect(read["explanation"]).toEqual(explanation);
      }),
    );
  });
});
