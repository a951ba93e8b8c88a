import { createHash, createHmac } from "node:crypto";

import { canonicalJson, KernelError } from "@steward/kernel";
import type { Json } from "@steward/kernel";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  checkBody,
  checkOpenFields,
  commitBody,
  commitBodyText,
  decodeEntry,
  encodeEntry,
  entryWithBody,
  LedgerError,
  openField,
  parseSeed,
} from "../src/index.ts";
import type { Body, Entry } from "../src/index.ts";
import { flipBit } from "./support.ts";

const ID = "0190163d-8694-739b-aea5-966c26f8ad91";
const SEED = new Uint8Array(32).fill(7);
const ENVELOPE: Omit<Entry, "fields"> = {
  v: 1,
  kind: "person.added",
  time: "1",
  id: ID,
  actor: { kind: "person", id: ID },
  subject: { kind: "person", id: ID, version: 1 },
};
const BODY: Body = { name: "Ann Ärlig", "e-mail": "ann@example.com", roles: ["overseer"], since: 2024, note: null };
const ENTRY = entryWithBody(ENVELOPE, SEED, BODY);

const fieldName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,20}$/);
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => value as Json);
const anyBody = fc.dictionary(fieldName, json, { maxKeys: 5, noNullPrototype: true });
const anySeed = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("commitments to a body", () => {
  it("are what their definition says", () => {
    const salt = createHmac("sha256", SEED).update("steward/salt/v1name").digest("hex");
    const text = canonicalJson(["steward/field/v1", salt, "name", "Ann Ärlig"]);
    expect(ENTRY.fields?.["name"]).toBe(createHash("sha256").update(text).digest("hex"));
    expect(Object.keys(ENTRY.fields ?? {})).toEqual(Object.keys(BODY));
  });

  it("come with the canonical text of the body", () => {
    fc.assert(
      fc.property(anySeed, anyBody, (seed, body) => {
        const { fields, text } = commitBodyText(seed, body);
        expect(text).toBe(canonicalJson(body));
        expect(fields).toEqual(commitBody(seed, body));
      }),
    );
  });

  it("match their own body and no other", () => {
    fc.assert(
      fc.property(anySeed, anyBody, json, fc.nat(), (seed, body, other, pick) => {
        const entry = entryWithBody(ENVELOPE, seed, body);
        expect(decodeEntry(encodeEntry(entry))).toEqual(entry);
        expect(checkBody(entry, seed, body)).toEqual([]);
        const names = Object.keys(body);
        const name = names[pick % Math.max(names.length, 1)];
        if (name === undefined || canonicalJson(body[name] as Json) === canonicalJson(other)) return;
        expect(checkBody(entry, seed, { ...body, [name]: other })).toEqual([{ field: name, fault: "differs" }]);
      }),
    );
  });

  it("name every field that differs, is missing or is extra", () => {
    const { name: _, ...rest } = BODY;
    expect(checkBody(ENTRY, SEED, { ...rest, since: 2025, age: 41 })).toEqual([
      { field: "name", fault: "missing" },
      { field: "since", fault: "differs" },
      { field: "age", fault: "extra" },
    ]);
    expect(checkBody(ENVELOPE, SEED, {})).toEqual([]);
    expect(checkBody(ENVELOPE, SEED, { age: 41 })).toEqual([{ field: "age", fault: "extra" }]);
  });

  it("all differ for another seed, in whichever bit", () => {
    for (let bit = 0; bit < 256; bit++) {
      expect(checkBody(ENTRY, flipBit(SEED, bit), BODY).map(({ fault }) => fault)).toEqual(Array(5).fill("differs"));
    }
  });

  it("open one field without the others", () => {
    const open = openField(SEED, BODY, "since");
    expect(checkOpenFields(ENTRY, [open])).toEqual([]);
    expect(open.salt).not.toBe(openField(SEED, BODY, "name").salt);
    expect(checkOpenFields(ENTRY, [{ ...open, value: 2025 }])).toEqual([{ field: "since", fault: "differs" }]);
    expect(checkOpenFields(ENTRY, [{ ...open, name: "name" }])).toEqual([{ field: "name", fault: "differs" }]);
    expect(checkOpenFields(ENTRY, [{ ...open, name: "age" }])).toEqual([{ field: "age", fault: "extra" }]);
    expect(checkOpenFields(ENVELOPE, [open])).toEqual([{ field: "since", fault: "extra" }]);
    expect(() => openField(SEED, BODY, "age")).toThrow(LedgerError);
    expect(() => openField(SEED, BODY, "toString")).toThrow(LedgerError);
  });

  it("tell nothing of a value: equal values under other seeds or names have other commitments", () => {
    const other = commitBody(new Uint8Array(32).fill(8), { a: 1, b: 1 });
    const fields = commitBody(SEED, { a: 1, b: 1 });
    expect(new Set([...Object.values(fields), ...Object.values(other)]).size).toBe(4);
  });

  it("refuse names that are no field names, values that JSON cannot hold, and short seeds", () => {
    for (const name of ["", "a b", "ann@example.com", "é", "__proto__x", "1st"]) {
      expect(() => commitBody(SEED, { [name]: 1 }), name).toThrow(LedgerError);
    }
    expect(() => commitBody(SEED, { a: Number.NaN })).toThrow(KernelError);
    expect(() => commitBody(SEED.subarray(1), {})).toThrow(LedgerError);
    expect(() => checkBody(ENTRY, new Uint8Array(0), BODY)).toThrow(LedgerError);
    expect(parseSeed("07".repeat(32))).toEqual(SEED);
    for (const text of ["07", "07".repeat(33), "0G".repeat(32), "AB".repeat(32)]) {
      expect(() => parseSeed(text)).toThrow(LedgerError);
    }
  });

  it("count a value that JSON cannot hold as differing", () => {
    expect(checkBody(ENTRY, SEED, { ...BODY, since: Number.NaN })).toEqual([{ field: "since", fault: "differs" }]);
  });
});
