import type { RequirementStatusView, TestResultView } from "@steward/client";
import { describe, expect, it } from "vitest";

import { matchesSearch, parameterText, populationText, stateSentence, whatWouldChange } from "./requirement-words.ts";

const TEST: TestResultView = {
  testId: "T-A.6.2.8-1",
  name: null,
  passesWhen: "Every system in operation logs its decisions.",
  automation: "auto",
  live: true,
  verdict: "pass",
  reason: "All 2 systems log.",
  population: { n: 2, description: "systems in operation" },
  exceptions: [],
  exceptionsTotal: 0,
  evidence: [],
  evidenceTotal: 0,
  window: null,
  validUntil: null,
  parameters: [],
  missingSources: [],
  nextStep: null,
  codeVersion: "1",
};

describe("the sentence of the list", () => {
  it("counts what is evidenced first, then the rest from the worst", () => {
    const list = (["evidenced", "insufficient", "failing", "insufficient"] as const).map((status) => ({ status }));
    expect(stateSentence(list)).toBe("1 of 4 evidenced; 1 failing, 2 insufficient.");
    expect(stateSentence([{ status: "evidenced" }])).toBe("1 of 1 evidenced.");
  });
});

describe("the filter", () => {
  const requirement = {
    ref: "A.6.2.8",
    title: "AI system recording of event logs",
    sentence: "2 of 2 systems log.",
    status: "evidenced",
  } as RequirementStatusView;

  it("finds by number and by words, all of them", () => {
    expect(matchesSearch(requirement, { q: "a.6.2" })).toBe(true);
    expect(matchesSearch(requirement, { q: "event systems" })).toBe(true);
    expect(matchesSearch(requirement, { q: "event risk" })).toBe(false);
  });

  it("keeps only the chosen status", () => {
    expect(matchesSearch(requirement, { status: "failing" })).toBe(false);
    expect(matchesSearch(requirement, { status: "evidenced" })).toBe(true);
  });
});

describe("what would change a verdict", () => {
  it("of a pass is time, and the first failing item", () => {
    expect(whatWouldChange({ ...TEST, validUntil: "2026-12-01T00:00:00Z" })).toEqual([
      { kind: "expires", at: "2026-12-01T00:00:00Z" },
      { kind: "words", text: "One failing item turns it at once." },
    ]);
  });

  it("of a failure is a newer result for every item: it does not leave with its window", () => {
    const [first] = whatWouldChange({ ...TEST, verdict: "fail", exceptionsTotal: 3 });
    expect(first).toEqual({
      kind: "words",
      text: "It stands until each of the 3 items below has a newer passing result or a disposition.",
    });
  });

  it("of a test without a source names the source", () => {
    const changes = whatWouldChange({
      ...TEST,
      verdict: "insufficient",
      missingSources: ["audit records", "findings"],
    });
    expect(changes).toEqual([
      { kind: "words", text: "It can be computed once there is a source for audit records and findings." },
    ]);
  });
});

it("shows numbers with their n and their unit", () => {
  expect(populationText({ n: 1068, description: "decisions" })).toBe("n = 1,068 decisions");
  expect(parameterText({ name: "LOG_COMPLETENESS", value: 0.99, unit: "" })).toBe("LOG_COMPLETENESS = 0.99");
  expect(parameterText({ name: "MAX_AGE", value: 90, unit: "days" })).toBe("MAX_AGE = 90 days");
  expect(parameterText({ name: "LOG_WINDOW", value: 1, unit: "days" })).toBe("LOG_WINDOW = 1 day");
});
