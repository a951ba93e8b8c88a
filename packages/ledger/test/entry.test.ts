import { canonicalJson } from "@steward/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { canonicalText, readCanonicalText } from "../src/entry-text.ts";
import { decodeEntry, encodeEntry, entryTime, LedgerError, MAX_ENTRY_BYTES } from "../src/index.ts";
import type { Entry } from "../src/index.ts";
import { codeOf, flipBit } from "./support.ts";

const ID = "0190163d-8694-739b-aea5-966c26f8ad91";
const DIGEST = "ab".repeat(32);
const ENTRY: Entry = {
  v: 1,
  kind: "risk.updated",
  time: "1790000000123456",
  id: ID,
  actor: { kind: "person", id: ID },
  subject: { kind: "risk", id: ID, version: 2 },
};

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/);
const kind = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,63}$/);
const uuid = fc.uuid({ version: 7 });
const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const digests = fc.dictionary(name, digest, { minKeys: 1, maxKeys: 6, noNullPrototype: true });
const anyEntry: fc.Arbitrary<Entry> = fc.record(
  {
    v: fc.constant(1 as const),
    kind,
    time: fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }).map(String),
    id: uuid,
    actor: fc.record({ kind, id: uuid }),
    subject: fc.record({ kind, id: uuid, version: fc.integer({ min: 1 }) }, { requiredKeys: ["kind", "id"] }),
    digests,
    fields: digests,
  },
  { requiredKeys: ["v", "kind", "time", "id", "actor", "subject"] },
);

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe("an entry", () => {
  it("is encoded as RFC 8785 has it, and reads back as it was", () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const bytes = encodeEntry(entry);
        expect(new TextDecoder().decode(bytes)).toBe(canonicalJson(entry as never));
        expect(decodeEntry(bytes)).toEqual(entry);
      }),
    );
  });

  it("tells its time as a moment", () => {
    expect(entryTime(ENTRY)).toBe(1_790_000_000_123_456n);
  });

  it("is read from exactly one byte sequence: no changed bit reads as the same entry", () => {
    const bytes = encodeEntry({ ...ENTRY, fields: { title: DIGEST } });
    const text = new TextDecoder().decode(bytes);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = flipBit(bytes, bit);
      const code = codeOf(() => {
        expect(new TextDecoder().decode(encodeEntry(decodeEntry(changed)))).not.toBe(text);
      });
      expect(["accepted", "entry_invalid", "entry_not_canonical"]).toContain(code);
    }
  });

  it("refuses other orders, white space, repeated members and other number forms", () => {
    const text = new TextDecoder().decode(encodeEntry(ENTRY));
    const variants = [
      JSON.stringify(ENTRY),
      ` ${text}`,
      `${text}\n`,
      text.replace('"v":1', '"v":1.0'),
      text.replace('"version":2', '"version":2e0'),
      text.replace('"v":1', '"v":1,"v":1'),
      text.replace("risk.updated", "risk\\u002eupdated"),
    ];
    for (const variant of variants) {
      expect(
        codeOf(() => decodeEntry(new TextEncoder().encode(variant))),
        variant,
      ).toBe("entry_not_canonical");
    }
    expect(codeOf(() => decodeEntry(new TextEncoder().encode(`\ufeff${text}`)))).toBe("entry_invalid");
  });

  it.each([
    ["an unknown member", { ...ENTRY, note: "x" }],
    ["an unknown member of the actor", { ...ENTRY, actor: { ...ENTRY.actor, name: "Ann" } }],
    ["an unknown member of the subject", { ...ENTRY, subject: { ...ENTRY.subject, title: "x" } }],
    ["an own __proto__", JSON.parse(`{"__proto__":1,${JSON.stringify(ENTRY).slice(1)}`)],
    ["another version", { ...ENTRY, v: 2 }],
    ["no version", { ...ENTRY, v: undefined }],
    ["free text as its kind", { ...ENTRY, kind: "Ann left" }],
    ["an e-mail address as its kind", { ...ENTRY, kind: "ann@example.com" }],
    ["a kind that is too long", { ...ENTRY, kind: "a".repeat(65) }],
    ["a time as a number", { ...ENTRY, time: 1_790_000_000_123_456 }],
    ["a time with a fraction", { ...ENTRY, time: "1.5" }],
    ["a time with leading zeroes", { ...ENTRY, time: "01" }],
    ["a time before 1970", { ...ENTRY, time: "-1" }],
    ["an id that is no UUID", { ...ENTRY, id: "ann" }],
    ["an id in capitals", { ...ENTRY, id: ID.toUpperCase() }],
    ["an actor that is text", { ...ENTRY, actor: "ann" }],
    ["an actor that is a list", { ...ENTRY, actor: [] }],
    ["no subject", { ...ENTRY, subject: null }],
    ["version zero", { ...ENTRY, subject: { ...ENTRY.subject, version: 0 } }],
    ["a version beyond 2^53", JSON.parse(JSON.stringify(ENTRY).replace('"version":2', '"version":9007199254740993'))],
    ["half a version", { ...ENTRY, subject: { ...ENTRY.subject, version: 1.5 } }],
    ["a version as text", { ...ENTRY, subject: { ...ENTRY.subject, version: "1" } }],
    ["empty digests", { ...ENTRY, digests: {} }],
    ["empty fields", { ...ENTRY, fields: {} }],
    ["a digest that is too short", { ...ENTRY, digests: { file: "ab" } }],
    ["a digest in capitals", { ...ENTRY, digests: { file: DIGEST.toUpperCase() } }],
    ["a field name with a space", { ...ENTRY, fields: { "a b": DIGEST } }],
    ["a field name that is empty", { ...ENTRY, fields: { "": DIGEST } }],
    ["a list", [ENTRY]],
    ["null", null],
    ["a number", 7],
  ])("refuses %s", (_, value) => {
    expect(codeOf(() => decodeEntry(bytesOf(value)))).toBe("entry_invalid");
    expect(codeOf(() => encodeEntry(value as Entry))).toBe("entry_invalid");
  });

  it("is read alike by its grammar and by general JSON, whatever small change is made to its text", () => {
    fc.assert(
      fc.property(
        anyEntry,
        fc.nat(),
        fc.constantFrom(...'019afzAZ_"{}:,- .\\'),
        fc.boolean(),
        (entry, seed, char, insert) => {
          const text = canonicalJson(entry as never);
          const at = seed % text.length;
          const changed = text.slice(0, at) + char + text.slice(insert ? at : at + 1);
          const read = readCanonicalText(changed);
          const general = codeOf(() => {
            if (canonicalText(JSON.parse(changed)) !== changed) throw new LedgerError("entry_not_canonical", "");
          }, "not JSON");
          expect(read !== undefined, changed).toBe(general === "accepted");
          if (read !== undefined) expect(canonicalJson(read as never)).toBe(changed);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("refuses what is not JSON and not UTF-8, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(codeOf(() => decodeEntry(bytes))).toBe("entry_invalid");
      }),
    );
  });

  it("holds at most 65,535 bytes", () => {
    const fields = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`field${i}`, DIGEST]));
    expect(codeOf(() => encodeEntry({ ...ENTRY, fields }))).toBe("entry_too_large");
    expect(codeOf(() => decodeEntry(new Uint8Array(MAX_ENTRY_BYTES + 1)))).toBe("entry_too_large");
  });
});
