import { DRIFT_KINDS } from "@steward/contract";
import { describe, expect, it } from "vitest";

import { choicesOf, misfitOf } from "./drift.choices.ts";

describe("what can be said of a finding", () => {
  it.each([
    ["shadow", "scan_source", ["attach", "not_ai", "accepted"]],
    ["shadow", "service", ["attach", "not_ai", "switched_off", "accepted"]],
    ["undeclared", "system", ["not_ai", "accepted"]],
    ["version_drift", "system", ["accepted"]],
    ["silent", "system", ["accepted"]],
    ["retired_alive", "system", ["switched_off", "accepted"]],
  ])("%s of a %s: %j", (kind, of, choices) => {
    expect(choicesOf({ kind, subject: { kind: of } })).toEqual(choices);
  });

  it("is at least that it is accepted, and of what cannot be said, why", () => {
    for (const kind of DRIFT_KINDS) expect(choicesOf({ kind, subject: { kind: "system" } })).toContain("accepted");
    const silent = { kind: "silent", subject: { kind: "system" } };
    expect(misfitOf(silent, "attach")).toBe("It belongs to a system already.");
    expect(misfitOf(silent, "accepted")).toBeUndefined();
  });
});
