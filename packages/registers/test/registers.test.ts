import { describe, expect, it } from "vitest";

import {
  checkRules,
  columnName,
  describeRegister,
  exception,
  lineSchema,
  paragraphsSchema,
  registers,
  system,
} from "../src/index.ts";

describe("declarations", () => {
  it("have unique kinds, paths and columns, and every reference points to a register declared before it", () => {
    const seen = new Set<string>();
    const paths = new Set<string>();
    for (const register of registers) {
      const columns = new Set<string>();
      for (const [name, field] of Object.entries(register.fields)) {
        if (field.target !== undefined && field.target !== register.kind)
          expect(seen.has(field.target), `${register.kind}.${name}`).toBe(true);
        expect(columns.has(columnName(name))).toBe(false);
        columns.add(columnName(name));
        expect(field.help.length).toBeGreaterThan(5);
        expect(field.help.endsWith("."), `${register.kind}.${name}: help is a sentence`).toBe(true);
      }
      for (const name of [register.title, ...register.listed, ...(register.unique ?? []).flat()]) {
        expect(register.fields[name], `${register.kind}.${name}`).toBeDefined();
      }
      expect(seen.has(register.kind) || paths.has(register.path)).toBe(false);
      seen.add(register.kind);
      paths.add(register.path);
      expect(JSON.parse(JSON.stringify(describeRegister(register)))).toEqual(describeRegister(register));
    }
  });
  it("lifecycles name only choices of their field", () => {
    for (const register of registers) {
      if (!register.lifecycle) continue;
      const values = register.fields[register.lifecycle.field]?.choices?.map((choice) => choice.value);
      expect(Object.keys(register.lifecycle.transitions).sort()).toEqual(values?.toSorted());
      for (const state of Object.values(register.lifecycle.transitions).flat()) expect(values).toContain(state);
    }
  });
});

describe("a system", () => {
  const minimal = { name: "Wage band", purpose: "Estimates a pay band." };
  it("needs a name and a purpose only; the rest starts undecided, never as a yes", () => {
    const values = system.createSchema.parse(minimal);
    expect(values).toMatchObject({ inScope: "undecided", agentic: "undecided", aiRoles: [], ownerId: null });
    expect(system.valuesSchema.parse(values)).toEqual(values);
  });
  it("leaves the scope only with a reason and an approver", () => {
    const values = system.createSchema.parse({ ...minimal, inScope: "no" });
    expect(checkRules(system, values)?.field).toBe("scopeReason");
    expect(checkRules(system, { ...values, scopeReason: "sold" })?.field).toBe("scopeApproverId");
  });
  it("refuses unknown fields and steps that its lifecycle does not have", () => {
    expect(system.createSchema.safeParse({ ...minimal, nmae: "x" }).success).toBe(false);
    const before = system.createSchema.parse({ ...minimal, lifecycle: "retired" });
    expect(checkRules(system, { ...before, lifecycle: "operation" }, before)).toMatchObject({ field: "lifecycle" });
  });
});

describe("an exception", () => {
  it("cannot be approved by the person who asked for it", () => {
    const person = "0190f0a0-0000-7000-8000-000000000001";
    const values = exception.createSchema.parse({
      controlId: "A.6.2.8",
      justification: "log store moves",
      compensation: "paper log",
      requestedById: person,
      validFrom: "2026-01-01",
      validTo: "2026-02-01",
    });
    const approved = { ...values, state: "approved" as const, approvedById: person };
    expect(checkRules(exception, approved, values)).toMatchObject({ field: "approvedById" });
  });
});

describe("text", () => {
  it("keeps scripts, emoji and joiners, and refuses controls and overrides", () => {
    for (const good of ["Ada", "नमस्ते", "👩‍💻 team", "a​b".replace("​", "-")]) {
      expect(lineSchema().safeParse(good).success, good).toBe(true);
    }
    for (const bad of ["", "  ", "a\u0000b", "a\nb", "a\u202eb", "\ud800", "x".repeat(301)]) {
      expect(lineSchema().safeParse(bad).success, JSON.stringify(bad)).toBe(false);
    }
    expect(paragraphsSchema().safeParse("one\n\ttwo").success).toBe(true);
    expect(paragraphsSchema().safeParse("one\u0007").success).toBe(false);
  });
});
