/** What a system is used for, for worlds of tests. */
import type { UseDeviationFact, UseEnvelopeFact, UseFact } from "../src/index.ts";
import { evidence, HOUR, NOW } from "./world.ts";

/** Intended for one task in one region; at most 5 % of the decisions may lie outside. */
export function useEnvelope(systemId: string, change: Partial<UseEnvelopeFact> = {}): UseEnvelopeFact {
  return {
    systemId,
    intended: { task: ["triage"], user_group: [], region: ["EU"], data_class: [] },
    limitPercent: 5,
    evidence: evidence("use_envelope", `envelope-${systemId}`),
    ...change,
  };
}

export function useDeviation(systemId: string, change: Partial<UseDeviationFact> = {}): UseDeviationFact {
  const value = change.value ?? "US";
  return {
    systemId,
    dimension: "region",
    value,
    evidence: evidence("use_deviation", `deviation-${systemId}-${value}`),
    ...change,
  };
}

const INSIDE = { task: "triage", user_group: null, region: "EU", data_class: null };

/** A thousand decisions, so many of them in a region that is not intended, and so many that do not say. */
export function use(
  systemId: string,
  { outside = 20, unsaid = 0, region = "US", ...change }: Partial<UseFact> & Seen = {},
): UseFact {
  const lastAt = change.lastAt ?? NOW - 3n * HOUR;
  const groups = [
    { ...INSIDE, decisions: 1000 - outside - unsaid },
    { ...INSIDE, region, decisions: outside },
    { ...INSIDE, region: null, decisions: unsaid },
  ];
  return {
    systemId,
    groups: groups.filter(({ decisions }) => decisions > 0),
    lastAt,
    evidence: evidence("use", systemId, lastAt),
    ...change,
  };
}

interface Seen {
  readonly outside?: number;
  readonly unsaid?: number;
  readonly region?: string;
}
