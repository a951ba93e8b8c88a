import { describe, expect, it } from "vitest";

import type { Facts, SystemFact } from "../src/index.ts";
import {
  assignment,
  at,
  changed,
  CONTROL_IDS,
  DAY,
  emptyFacts,
  evidence,
  goodFacts,
  NOW,
  parameter,
  person,
  resultOf,
  soaLine,
  system,
} from "./world.ts";

function withSystem(change: Partial<SystemFact>): Facts {
  return goodFacts({ systems: [system("s1"), system("s2", { name: "Wage band", ...change })] });
}

describe("T-4.1-1: AI roles of systems in scope", () => {
  it("passes when every one has a role with decider and date", () => {
    const result = resultOf("T-4.1-1", goodFacts());
    expect(result).toMatchObject({ verdict: "pass", population: { n: 1 }, exceptions: [], validUntil: null });
    expect(result.reason).toBe(
      "The one AI system in scope has an AI role that was decided by a named person and is no older than its purpose and supplier.",
    );
    expect(result.evidence).toEqual([evidence("system", "s1")]);
  });

  it("fails for a system without a role, and says what to do", () => {
    const result = resultOf("T-4.1-1", withSystem({ aiRoles: [] }));
    expect(result.verdict).toBe("fail");
    expect(result.reason).toBe("1 of 2 AI systems in scope fails: Wage band has no AI role.");
    expect(result.nextStep).toEqual({
      text: "Decide which AI role you have for Wage band.",
      action: "decide_ai_roles",
      subjectKind: "system",
      subjectId: "s2",
    });
    expect(result.items.map(({ subject, verdict }) => [subject.id, verdict])).toEqual([
      ["s1", "pass"],
      ["s2", "fail"],
    ]);
  });

  it("fails without decider or date", () => {
    expect(resultOf("T-4.1-1", withSystem({ aiRolesDeciderId: null })).verdict).toBe("fail");
    expect(resultOf("T-4.1-1", withSystem({ aiRolesDecidedAt: null })).verdict).toBe("fail");
  });

  it("fails when purpose or supplier changed after the decision, and passes when it was decided again", () => {
    const changedAt = NOW - 10n * DAY;
    expect(resultOf("T-4.1-1", withSystem({ purposeChangedAt: changedAt })).reason).toContain("its purpose changed");
    expect(resultOf("T-4.1-1", withSystem({ supplierChangedAt: changedAt })).verdict).toBe("fail");
    const decidedAgain = { purposeChangedAt: changedAt, aiRolesDecidedAt: changedAt };
    expect(resultOf("T-4.1-1", withSystem(decidedAgain)).verdict).toBe("pass");
  });

  it("leaves systems out that are out of scope or undecided", () => {
    const facts = withSystem({ aiRoles: [], inScope: null });
    expect(resultOf("T-4.1-1", facts)).toMatchObject({ verdict: "pass", population: { n: 1 } });
  });

  it("is insufficient without a system: first register, then decide", () => {
    expect(resultOf("T-4.1-1", emptyFacts())).toMatchObject({
      verdict: "insufficient",
      population: { n: 0 },
      nextStep: { action: "register_system" },
    });
    expect(resultOf("T-4.1-1", { ...emptyFacts(), systems: [system("s1", { inScope: null })] })).toMatchObject({
      verdict: "insufficient",
      nextStep: { action: "decide_scope" },
    });
  });

  it("names its source where the installation has none", () => {
    const { systems: _, ...facts } = goodFacts();
    expect(resultOf("T-4.1-1", facts)).toMatchObject({
      verdict: "insufficient",
      missingSources: ["inventory of AI systems"],
    });
  });
});

describe("T-4.3-2: scope decisions", () => {
  it("passes for decided systems; one left out has reason and approver", () => {
    const facts = withSystem({ inScope: false, scopeReason: "Only a spell checker.", scopeApproverId: "ada" });
    expect(resultOf("T-4.3-2", facts)).toMatchObject({ verdict: "pass", population: { n: 2 } });
  });

  it.each([
    [{ inScope: null }, "Nobody has decided whether Wage band is in scope."],
    [{ inScope: false, scopeReason: " ", scopeApproverId: "ada" }, "Wage band is out of scope without a reason."],
    [{ inScope: false, scopeReason: "Small." }, "Nobody has approved leaving Wage band out of scope."],
  ] satisfies [Partial<SystemFact>, string][])("fails for %o", (change, message) => {
    const result = resultOf("T-4.3-2", withSystem(change));
    expect(result.verdict).toBe("fail");
    expect(result.exceptions.map((exception) => exception.message)).toEqual([message]);
  });

  it("is insufficient without a system", () => {
    expect(resultOf("T-4.3-2", emptyFacts()).verdict).toBe("insufficient");
  });
});

describe("T-5.3-1: the two compulsory assignments", () => {
  const conformity = (change: Parameters<typeof assignment>[2] = {}) => assignment("aims_conformity", null, change);
  const reporting = assignment("aims_performance_reporting", null);
  const held = (...assignments: ReturnType<typeof assignment>[]) =>
    resultOf("T-5.3-1", goodFacts({ roleAssignments: [reporting, ...assignments] }));

  it("passes while both are held by active people, until one of them ends", () => {
    expect(resultOf("T-5.3-1", goodFacts())).toMatchObject({ verdict: "pass", population: { n: 2 }, validUntil: null });
    const validTo = NOW + 5n * DAY;
    expect(held(conformity({ validTo }))).toMatchObject({ verdict: "pass", validUntil: validTo });
    const heirs = [conformity({ validTo }), conformity({ id: "heir", validFrom: validTo })];
    expect(held(...heirs)).toMatchObject({ verdict: "pass", validUntil: null });
  });

  it("ends with the person's activity", () => {
    const activeTo = NOW + 3n * DAY;
    const facts = goodFacts({ persons: [person("ada", { activeTo }), person("ben")] });
    expect(resultOf("T-5.3-1", facts)).toMatchObject({ verdict: "pass", validUntil: activeTo });
    expect(resultOf("T-5.3-1", facts, activeTo)).toMatchObject({ verdict: "fail" });
  });

  it("fails when nobody was ever assigned, or nobody holds it now, and says when that will change", () => {
    expect(held().exceptions.map(({ message }) => message)).toEqual([
      "Nobody has been assigned to see that the management system meets the standard.",
    ]);
    expect(resultOf("T-5.3-1", emptyFacts())).toMatchObject({ verdict: "fail", validUntil: null });
    const next = NOW + 2n * DAY;
    expect(held(conformity({ validTo: NOW - DAY }), conformity({ id: "next", validFrom: next }))).toMatchObject({
      verdict: "fail",
      validUntil: next,
      nextStep: { action: "assign_aims_conformity" },
    });
  });

  it("fails for a gap longer than ROLE_GAP, until a year after it ended", () => {
    const gapEnd = at("2026-09-10T00:00:00Z");
    const with31Days = [conformity({ id: "a", validTo: gapEnd - 31n * DAY }), conformity({ validFrom: gapEnd })];
    const result = held(...with31Days);
    expect(result.verdict).toBe("fail");
    expect(result.exceptions[0]?.message).toBe(
      "For 31 days from 2026-08-10 nobody was assigned to see that the management system meets the standard; at most 30 days are allowed.",
    );
    expect(result.validUntil).toBe(gapEnd + 365n * DAY);
    expect(result.parameters).toEqual([
      { name: "ROLE_GAP", value: 30, unit: "days" },
      { name: "ROLE_PERIOD", value: 365, unit: "days" },
    ]);
    const facts = goodFacts({ roleAssignments: [reporting, ...with31Days] });
    expect(resultOf("T-5.3-1", facts, gapEnd + 365n * DAY).verdict).toBe("pass");
  });

  it("accepts a gap of exactly ROLE_GAP, and the organisation's own limit", () => {
    const gapEnd = NOW - 10n * DAY;
    const gap = (days: bigint) => [
      conformity({ id: "a", validTo: gapEnd - days * DAY }),
      conformity({ validFrom: gapEnd }),
    ];
    expect(held(...gap(30n)).verdict).toBe("pass");
    const strict = goodFacts({ roleAssignments: [reporting, ...gap(8n)], parameters: [parameter("ROLE_GAP", 7)] });
    expect(resultOf("T-5.3-1", strict)).toMatchObject({
      verdict: "fail",
      parameters: [{ name: "ROLE_GAP", value: 7 }, {}],
    });
  });

  it("counts neither the time before the first assignment nor a gap that is still to come", () => {
    expect(held(conformity({ validFrom: NOW - DAY })).verdict).toBe("pass");
    const validTo = NOW + 5n * DAY;
    const later = conformity({ id: "later", validFrom: NOW + 90n * DAY });
    expect(held(conformity({ validTo }), later)).toMatchObject({ verdict: "pass", validUntil: validTo });
  });
});

describe("T-5.3-2: owner and stop authority", () => {
  it("passes for systems in build to operation, whatever their scope", () => {
    expect(resultOf("T-5.3-2", goodFacts())).toMatchObject({ verdict: "pass", population: { n: 1 } });
    expect(resultOf("T-5.3-2", withSystem({ lifecycle: "design", ownerId: null }))).toMatchObject({
      verdict: "pass",
      population: { n: 1 },
    });
    expect(resultOf("T-5.3-2", withSystem({ inScope: false }))).toMatchObject({
      verdict: "fail",
      population: { n: 2 },
    });
  });

  it("fails for an owner who left and for a missing stop authority, each with its own step", () => {
    const facts = withSystem({ ownerId: "cleo" });
    const result = resultOf("T-5.3-2", {
      ...facts,
      persons: [...(facts.persons ?? []), person("cleo", { activeTo: NOW - DAY })],
    });
    expect(result.exceptions.map(({ message, nextStep }) => [message, nextStep?.action])).toEqual([
      ["The owner of Wage band is not active.", "set_owner"],
      ["Wage band has no person with the authority to stop it.", "assign_stop_authority"],
    ]);
  });

  it("does not take another system's stop authority", () => {
    expect(resultOf("T-5.3-2", withSystem({}))).toMatchObject({ verdict: "fail" });
  });

  it("is insufficient when nothing is being built or run", () => {
    expect(resultOf("T-5.3-2", goodFacts({ systems: [system("s1", { lifecycle: "retired" })] })).verdict).toBe(
      "insufficient",
    );
  });
});

describe("T-A.3.2-1: required roles of systems in scope", () => {
  it("passes when all five are held, until the first ends", () => {
    const facts = goodFacts();
    expect(resultOf("T-A.3.2-1", facts)).toMatchObject({ verdict: "pass", validUntil: null });
    const validTo = NOW + DAY;
    const ending = (facts.roleAssignments ?? []).map((held) =>
      held.role === "data_owner" ? changed(held, { validTo }) : held,
    );
    expect(resultOf("T-A.3.2-1", { ...facts, roleAssignments: ending })).toMatchObject({
      verdict: "pass",
      validUntil: validTo,
    });
    expect(resultOf("T-A.3.2-1", { ...facts, roleAssignments: ending }, validTo)).toMatchObject({ verdict: "fail" });
  });

  it("lists every role that is missing", () => {
    const facts = withSystem({ ownerId: null });
    expect(resultOf("T-A.3.2-1", facts).exceptions.map(({ nextStep }) => nextStep?.action)).toEqual([
      "set_owner",
      "assign_risk_owner",
      "assign_data_owner",
      "assign_oversight_lead",
      "assign_stop_authority",
    ]);
  });

  it("is insufficient when nothing is in scope", () => {
    expect(resultOf("T-A.3.2-1", emptyFacts()).verdict).toBe("insufficient");
  });
});

describe("T-6.1.3-1: statement of applicability", () => {
  const withLine = (controlId: string, change: Parameters<typeof soaLine>[1]) =>
    resultOf(
      "T-6.1.3-1",
      goodFacts({ soaLines: CONTROL_IDS.map((id) => (id === controlId ? soaLine(id, change) : soaLine(id))) }),
    );

  it("passes with the 38 controls and own ones", () => {
    expect(resultOf("T-6.1.3-1", goodFacts())).toMatchObject({ verdict: "pass", population: { n: 38 } });
    const soaLines = [...CONTROL_IDS.map((id) => soaLine(id)), soaLine("OWN-1", { own: true })];
    expect(resultOf("T-6.1.3-1", goodFacts({ soaLines }))).toMatchObject({ verdict: "pass", population: { n: 39 } });
  });

  it("accepts an exclusion without an implementation state", () => {
    expect(withLine("iso42001:A.10.4", { applicable: false, implementationState: null }).verdict).toBe("pass");
  });

  it.each([
    [{ applicable: null }, "A.6.2.8 is not decided."],
    [{ reason: "  " }, "A.6.2.8 has no reason."],
    [{ applicable: false, reason: null }, "A.6.2.8 has no reason."],
    [{ implementationState: null }, "A.6.2.8 applies, but nobody says how far it is in place."],
  ])("fails for %o", (change, message) => {
    const result = withLine("iso42001:A.6.2.8", change);
    expect(result.verdict).toBe("fail");
    expect(result.exceptions.map((exception) => exception.message)).toEqual([message]);
  });

  it("fails for a control without a line, and when nothing is written: the 38 always have to be decided", () => {
    const soaLines = CONTROL_IDS.slice(1).map((id) => soaLine(id));
    expect(resultOf("T-6.1.3-1", goodFacts({ soaLines })).reason).toBe(
      "1 of 38 controls of the statement of applicability fails: A.2.2 has no line.",
    );
    expect(resultOf("T-6.1.3-1", emptyFacts())).toMatchObject({ verdict: "fail", population: { n: 38 } });
  });

  it("fails for two lines of one control and for a control that nobody knows", () => {
    const lines = CONTROL_IDS.map((id) => soaLine(id));
    const twice = [...lines, soaLine("iso42001:A.2.2", { id: "again" })];
    expect(resultOf("T-6.1.3-1", goodFacts({ soaLines: twice })).reason).toContain("A.2.2 has 2 lines.");
    const stranger = [...lines, soaLine("iso42001:A.6.2.9")];
    expect(resultOf("T-6.1.3-1", goodFacts({ soaLines: stranger })).nextStep?.action).toBe("remove_soa_line");
  });
});
