/** The tests that read the inventory, each at the line between pass and fail. */
import { describe, expect, it } from "vitest";

import type { ComponentFact, DispositionFact, Facts } from "../src/index.ts";
import {
  component,
  disposition,
  feed,
  found,
  goodInventoryOf,
  look,
  observation,
  scan,
  useApproval,
  vulnerability,
} from "./world-inventory.ts";
import { changed, DAY, evidence, goodFacts, HOUR, NOW, parameter, resultOf, system } from "./world.ts";

const good = goodInventoryOf("s1");
const verdict = (testId: string, change: Partial<Facts>, now = NOW) => resultOf(testId, goodFacts(change), now).verdict;

describe("T-4.3-1", () => {
  const shadow = (days: number) => ({
    scans: [
      ...good.scans,
      scan(null, { components: [found("cohere", "provider", { foundSince: NOW - BigInt(days) * DAY })] }),
    ],
  });

  it("passes while both watches are alive and nothing stands longer than the grace", () => {
    const result = resultOf("T-4.3-1", goodFacts(shadow(4)));
    expect(result).toMatchObject({ verdict: "pass", population: { n: 3 } });
    expect(result.validUntil).toBe(NOW - 4n * DAY + 10n * DAY);
    expect(verdict("T-4.3-1", shadow(10))).toBe("fail");
    expect(verdict("T-4.3-1", { ...shadow(10), parameters: [parameter("DRIFT_GRACE", 11)] })).toBe("pass");
  });

  it("is stale or insufficient, never a pass, without a living watch", () => {
    expect(verdict("T-4.3-1", { scans: [scan("s1", { at: NOW - 7n * DAY })] })).toBe("stale");
    expect(verdict("T-4.3-1", { scans: [] })).toBe("insufficient");
    expect(verdict("T-4.3-1", { looks: [] })).toBe("insufficient");
    expect(verdict("T-4.3-1", { looks: [look("decision_log")] })).toBe("insufficient");
  });

  it("passes with an approved decision, until it ends", () => {
    const until = NOW + 5n * DAY;
    const decided = { ...shadow(20), dispositions: [disposition("shadow:source:repo-nobody", { until })] };
    expect(resultOf("T-4.3-1", goodFacts(decided))).toMatchObject({ verdict: "pass", validUntil: until });
    expect(verdict("T-4.3-1", decided, until)).toBe("fail");
  });
});

describe("T-A.9.2-1", () => {
  it("asks for an approved use of each supplier that a system is seen using", () => {
    expect(verdict("T-A.9.2-1", {})).toBe("pass");
    expect(verdict("T-A.9.2-1", { useApprovals: [] })).toBe("fail");
    expect(verdict("T-A.9.2-1", { useApprovals: [useApproval("s1", { services: ["cohere"] })] })).toBe("fail");
    expect(verdict("T-A.9.2-1", { useApprovals: [useApproval("s1", { approverId: "ada" })] })).toBe("fail");
    // It was last seen an hour ago.
    expect(verdict("T-A.9.2-1", { useApprovals: [useApproval("s1", { until: NOW - HOUR + 1n })] })).toBe("pass");
    expect(verdict("T-A.9.2-1", { useApprovals: [useApproval("s1", { until: NOW - HOUR })] })).toBe("fail");
    expect(verdict("T-A.9.2-1", { useApprovals: [useApproval("other")] })).toBe("fail");
  });

  it("gives a new one the grace, and a service of no system no approval", () => {
    const fresh = { useApprovals: [], observations: [observation("s1", { knownSince: NOW - 9n * DAY })] };
    expect(resultOf("T-A.9.2-1", goodFacts(fresh))).toMatchObject({ verdict: "pass", validUntil: NOW + DAY });
    expect(verdict("T-A.9.2-1", fresh, NOW + DAY)).toBe("fail");
    expect(verdict("T-A.9.2-1", { observations: [observation(null)] })).toBe("fail");
  });

  it("leaves to the finding what was decided about a service of no system", () => {
    const of = (kind: DispositionFact["kind"], at: bigint) => ({
      observations: [observation(null)],
      dispositions: [disposition("shadow:otlp:service-nobody", { kind, at, until: null })],
    });
    expect(verdict("T-A.9.2-1", of("not_ai", NOW))).toBe("pass");
    expect(verdict("T-A.9.2-1", of("switched_off", NOW))).toBe("pass");
    expect(verdict("T-A.9.2-1", of("not_ai", NOW - 2n * HOUR))).toBe("pass");
    // It was seen since.
    expect(verdict("T-A.9.2-1", of("switched_off", NOW - 2n * HOUR))).toBe("fail");
  });

  it("watches traffic: what clusters list is no proof", () => {
    expect(verdict("T-A.9.2-1", { looks: [look("kubernetes")] })).toBe("insufficient");
    expect(verdict("T-A.9.2-1", { looks: [look("cloudtrail")] })).toBe("pass");
  });

  it("takes a decision that names its supplier for traffic, and one that does not for none", () => {
    const told = (provider: string) => ({
      looks: [],
      observations: [
        observation("s1", { source: "decision_log", provider, evidence: evidence("observation", "told", NOW - HOUR) }),
      ],
    });
    expect(verdict("T-A.9.2-1", told("openai"))).toBe("pass");
    expect(verdict("T-A.9.2-1", { ...told("openai"), useApprovals: [] })).toBe("fail");
    expect(verdict("T-A.9.2-1", told("self"))).toBe("insufficient");
  });
});

describe("T-A.4.2-1", () => {
  it("asks for data, tools, compute and people, and names what is missing", () => {
    expect(verdict("T-A.4.2-1", {})).toBe("pass");
    const without = (kind: string) => ({ components: good.components.filter((one) => one.kind !== kind) });
    expect(resultOf("T-A.4.2-1", goodFacts(without("compute"))).reason).toContain("names no compute");
    expect(verdict("T-A.4.2-1", without("data"))).toBe("fail");
    const nobody = { roleAssignments: [], systems: [system("s1", { ownerId: null })] };
    expect(resultOf("T-A.4.2-1", goodFacts(nobody)).reason).toContain("No active person");
  });

  it("fails for an undeclared component past the grace, and asks for a scan of each system", () => {
    const extra = (days: number) => ({
      scans: [
        scan("s1", {
          components: [
            ...(good.scans[0]?.components ?? []),
            found("torch", "package", { foundSince: NOW - BigInt(days) * DAY }),
          ],
        }),
      ],
    });
    expect(verdict("T-A.4.2-1", extra(9))).toBe("pass");
    expect(verdict("T-A.4.2-1", extra(10))).toBe("fail");
    expect(verdict("T-A.4.2-1", { scans: [scan("s2", { source: "x" })] })).toBe("insufficient");
  });
});

describe("T-A.4.4-1", () => {
  it("asks that what is declared is what is found, at once", () => {
    expect(verdict("T-A.4.4-1", {})).toBe("pass");
    expect(verdict("T-A.4.4-1", { components: [...good.components, component("s1", "torch", "software")] })).toBe(
      "fail",
    );
    const extra = scan("s1", { components: [found("scikit-learn"), found("torch", "package", { foundSince: NOW })] });
    expect(verdict("T-A.4.4-1", { scans: [extra] })).toBe("fail");
  });

  it("is insufficient without a feed, or where nobody looked up the end of support", () => {
    expect(verdict("T-A.4.4-1", { vulnerabilityFeeds: [] })).toBe("insufficient");
    expect(verdict("T-A.4.4-1", { vulnerabilityFeeds: [feed({ at: NOW - 8n * DAY })] })).toBe("stale");
    const change = (more: Partial<ComponentFact>) => ({
      components: good.components.map((one) => (one.name === "scikit-learn" ? changed(one, more) : one)),
    });
    expect(verdict("T-A.4.4-1", change({ supportChecked: false }))).toBe("insufficient");
    expect(verdict("T-A.4.4-1", change({ supportEndsAt: NOW }))).toBe("fail");
    expect(resultOf("T-A.4.4-1", goodFacts(change({ supportEndsAt: NOW + HOUR }))).validUntil).toBe(NOW + HOUR);
  });

  it("fails for a critical vulnerability past its deadline, of a version in use", () => {
    const known = (change: object) => ({ vulnerabilities: [vulnerability("Scikit_Learn", change)] });
    expect(verdict("T-A.4.4-1", known({}))).toBe("pass");
    expect(verdict("T-A.4.4-1", known({ knownSince: NOW - 15n * DAY }))).toBe("fail");
    expect(verdict("T-A.4.4-1", known({ knownSince: NOW - 15n * DAY, severity: "high" }))).toBe("pass");
    expect(verdict("T-A.4.4-1", known({ knownSince: NOW - 15n * DAY, state: "not_affected" }))).toBe("pass");
    const pinned = { scans: [scan("s1", { components: [found("scikit-learn", "package", { version: "1.4.2" })] })] };
    const overdue = { knownSince: NOW - 15n * DAY, version: "1.3.0" };
    expect(verdict("T-A.4.4-1", { ...known(overdue), ...pinned })).toBe("pass");
    expect(verdict("T-A.4.4-1", { ...known({ ...overdue, version: "1.4.2" }), ...pinned })).toBe("fail");
  });
});

describe("T-A.4.4-2", () => {
  it("asks for a card of each release in production", () => {
    expect(verdict("T-A.4.4-2", {})).toBe("pass");
    expect(verdict("T-A.4.4-2", { modelCards: [] })).toBe("fail");
    expect(verdict("T-A.4.4-2", { releases: [] })).toBe("fail");
    expect(verdict("T-A.4.4-2", { deployments: [] })).toBe("insufficient");
  });

  it("fails for something that ran and is no registered release", () => {
    const ran = (version: string) => ({
      observations: [observation("s1", { provider: "self", source: "decision_log", undeployed: true, version })],
    });
    expect(verdict("T-A.4.4-2", ran("0.9"))).toBe("fail");
    expect(verdict("T-A.4.4-2", ran("1.0"))).toBe("pass");
  });
});
