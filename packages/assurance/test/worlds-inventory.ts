/** Generated inventories: what is declared, found, seen and decided, with every kind of drift. */
import { MICROS_PER_DAY, parseInstant } from "@steward/kernel";
import fc from "fast-check";

import { reconcile } from "../src/index.ts";
import type { DispositionFact, Facts } from "../src/index.ts";
import {
  component,
  disposition,
  feed,
  found,
  goodInventoryOf,
  look,
  modelCard,
  observation,
  scan,
  useApproval,
  vulnerability,
} from "./world-inventory.ts";

const NOW = parseInstant("2026-11-24T12:00:00Z") as bigint;
const DAY = MICROS_PER_DAY;

const ago = fc.integer({ min: 0, max: 40 }).map((days) => NOW - BigInt(days) * DAY);
const often = <T>(value: T, rarely: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: rarely });
const systemOrNone = fc.constantFrom("s1", "s2", "s3", null);

const components = fc
  .array(
    fc.record({
      systemId: fc.constantFrom("s1", "s2"),
      name: fc.constantFrom("Scikit Learn", "openai", "torch", "CPS 1985", "two cores"),
      kind: fc.constantFrom("software" as const, "service" as const, "data" as const, "compute" as const),
      version: fc.constantFrom(null, "1.0", "2.0"),
      supportEndsAt: often<bigint | null>(null, fc.constantFrom(NOW - DAY, NOW + 5n * DAY)),
      supportChecked: often(true, fc.constant(false)),
    }),
    { maxLength: 6 },
  )
  .map((list) =>
    list.map(({ systemId, name, kind, ...more }, index) =>
      component(systemId, name, kind, { id: `component-${index}`, ...more }),
    ),
  );

const modelCards = fc
  .subarray(["s1-r0", "s1-r1", "s1-r2", "s2-r1", "s3-r1"])
  .map((releaseIds) => releaseIds.map((id) => modelCard(id)));

const scans = fc
  .array(
    fc.record({
      systemId: systemOrNone,
      source: fc.constantFrom("mono", "api", "lab"),
      at: ago,
      names: fc.subarray(["scikit-learn", "openai", "torch"]),
      version: fc.constantFrom(null, "1.0", "^2"),
      since: ago,
    }),
    { maxLength: 4 },
  )
  .map((list) =>
    list.map(({ systemId, source, at, names, version, since }, index) =>
      scan(systemId, {
        id: `scan-${index}`,
        source,
        at,
        components: names.map((name) => found(name, "package", { version, foundSince: since, versionSince: since })),
      }),
    ),
  );

const observations = fc
  .array(
    fc.record({
      systemId: systemOrNone,
      source: fc.constantFrom("otlp" as const, "kubernetes" as const, "cloudtrail" as const, "mlflow" as const),
      provider: fc.constantFrom("openai", "cohere", "self"),
      model: fc.constantFrom(null, "gpt-4o"),
      service: fc.constantFrom("System s1", "loan-api", "batch"),
      version: fc.constantFrom(null, "1.0", "0.9"),
      undeployed: often(false, fc.constant(true)),
      knownSince: ago,
      lastSeenAt: ago,
    }),
    { maxLength: 4 },
  )
  .map((list) => list.map((one, index) => observation(one.systemId, { id: `observation-${index}`, ...one })));

const looks = fc
  .array(fc.record({ source: fc.constantFrom("otlp" as const, "mlflow" as const), at: ago }), { maxLength: 3 })
  .map((list) =>
    list.map(({ source, at }, index) => look(source, { at, evidence: { kind: "look", id: `${index}`, at } })),
  );

const useApprovals = fc
  .array(
    fc.record({
      systemId: fc.constantFrom("s1", "s2"),
      services: fc.constantFrom(["OpenAI"], ["cohere", "openai"]),
      state: often<"approved" | "requested" | "revoked">("approved", fc.constantFrom("requested", "revoked")),
      approverId: fc.constantFrom("ben", "ada", null),
      from: often(NOW - 30n * DAY, fc.constant(NOW + 3n * DAY)),
      until: often<bigint | null>(null, fc.constantFrom(NOW - DAY, NOW + 9n * DAY)),
    }),
    { maxLength: 3 },
  )
  .map((list) => list.map(({ systemId, ...more }, index) => useApproval(systemId, { id: `use-${index}`, ...more })));

const vulnerabilities = fc
  .array(
    fc.record({
      name: fc.constantFrom("torch", "scikit-learn", "left-pad"),
      version: fc.constantFrom(null, "1.0"),
      severity: fc.constantFrom("critical" as const, "low" as const),
      state: fc.constantFrom("affected" as const, "not_affected" as const, "under_investigation" as const),
      knownSince: ago,
    }),
    { maxLength: 2 },
  )
  .map((list) => list.map(({ name, ...more }, index) => vulnerability(name, { id: `CVE-${index}`, ...more })));

const feeds = fc
  .array(ago, { maxLength: 2 })
  .map((moments) => moments.map((at, index) => feed({ at, evidence: { kind: "feed", id: `${index}`, at } })));

/** Decisions about the findings that these facts have, and about others. */
function dispositionsOf(facts: Facts): fc.Arbitrary<DispositionFact[]> {
  const { findings } = reconcile(facts, { now: NOW, grace: { value: 10, unit: "days" } });
  const keys = findings.map(({ key }) => key);
  if (keys.length === 0) return fc.constant([]);
  return fc
    .array(
      fc.record({
        key: fc.constantFrom(...keys),
        kind: fc.constantFrom("attach" as const, "not_ai" as const, "switched_off" as const, "accepted" as const),
        systemId: fc.constantFrom("s1", "s2"),
        approverId: fc.constantFrom("ben", "ben", "ada", null),
        at: ago,
        until: fc.constantFrom(null, NOW - DAY, NOW + 4n * DAY),
      }),
      { maxLength: 3 },
    )
    .map((list) =>
      list.map(({ key, ...one }, index) =>
        disposition(key, { id: `disposition-${index}`, ...one, ...(one.kind === "attach" ? {} : { systemId: null }) }),
      ),
    );
}

/** Any inventory. */
export const inventories = fc.record({
  components,
  modelCards,
  scans,
  observations,
  looks,
  useApprovals,
  vulnerabilities,
  vulnerabilityFeeds: feeds,
});

/** The facts with a generated inventory, or with parts of one. */
export function withInventory(worlds: fc.Arbitrary<Facts>): fc.Arbitrary<Facts> {
  const parts = fc.subarray(
    Object.keys(goodInventoryOf("s1")).concat("looks", "vulnerabilities", "vulnerabilityFeeds"),
  );
  return fc.tuple(worlds, inventories, fc.oneof(fc.constant(undefined), parts)).chain(([facts, inventory, chosen]) => {
    const isChosen = ([section]: [string, unknown]) => chosen === undefined || chosen.includes(section);
    const mixed = { ...facts, ...Object.fromEntries(Object.entries(inventory).filter(isChosen)) } as Facts;
    return dispositionsOf(mixed).map((dispositions) => ({ ...mixed, dispositions }));
  });
}
