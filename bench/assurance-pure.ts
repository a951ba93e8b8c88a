/**
 * How long the pure status function takes, without loading the facts: `node bench/assurance-pure.ts`.
 *
 * 1,000 AI systems in operation with 10,000 role assignments, a drill each and 90 days of log each; once with
 * everything in order, once with every system in some trouble, because findings cost more than passes.
 */
import { evaluate, nextActions, SYSTEM_ROLES } from "@steward/assurance";
import type { EvidenceRef, Facts, RoleAssignmentFact } from "@steward/assurance";
import { loadCatalogue } from "@steward/catalogue";
import { MICROS_PER_DAY, MICROS_PER_HOUR, MONDAY_TO_FRIDAY } from "@steward/kernel";

const SYSTEMS = 1000;
const ASSIGNMENTS = 10_000;
const LOG_DAYS = 90;
const RUNS = 9;
const NOW = 1_795_521_600_000_000n;
const TODAY = Number(NOW / MICROS_PER_DAY);

const evidence = (kind: string, id: string): EvidenceRef => ({ kind, id, version: 1, ledgerIndex: 1, at: NOW });

function factsOf(inOrder: boolean): Facts {
  const ids = Array.from({ length: SYSTEMS }, (_, index) => `system-${String(index).padStart(4, "0")}`);
  const persons = Array.from({ length: 500 }, (_, index) => `person-${index}`);
  return {
    recordedAt: NOW,
    organisation: { id: "org", timeZone: "Europe/Berlin", workingDays: MONDAY_TO_FRIDAY, holidays: [] },
    parameters: [],
    persons: persons.map((id) => ({
      id,
      activeFrom: NOW - 900n * MICROS_PER_DAY,
      activeTo: null,
      evidence: evidence("person", id),
    })),
    roleAssignments: Array.from({ length: ASSIGNMENTS }, (_, index): RoleAssignmentFact => {
      const compulsory = index === 0 ? "aims_conformity" : index === 1 ? "aims_performance_reporting" : undefined;
      return {
        id: `assignment-${index}`,
        personId: persons[index % persons.length] ?? "",
        role: compulsory ?? SYSTEM_ROLES[index % SYSTEM_ROLES.length] ?? "risk_owner",
        systemId: compulsory ? null : (ids[Math.floor(index / 4) % (inOrder ? SYSTEMS : SYSTEMS / 2)] ?? null),
        validFrom: NOW - 100n * MICROS_PER_DAY,
        validTo: null,
        evidence: evidence("role_assignment", `assignment-${index}`),
      };
    }),
    systems: ids.map((id, index) => ({
      id,
      name: `System ${index}`,
      supplier: null,
      inScope: true,
      scopeReason: null,
      scopeApproverId: null,
      aiRoles: ["provider"],
      aiRolesDeciderId: "person-0",
      aiRolesDecidedAt: NOW - 10n * MICROS_PER_DAY,
      purposeChangedAt: null,
      supplierChangedAt: null,
      lifecycle: "operation",
      lifecycleSince: NOW - 80n * MICROS_PER_DAY,
      registeredAt: NOW - 80n * MICROS_PER_DAY,
      ownerId: "person-1",
      aiActTier: "minimal",
      agentic: false,
      retentionDays: 400,
      retentionRuleDays: inOrder ? 365 : 500,
      evidence: evidence("system", id),
    })),
    deployments: ids.map((id) => ({
      id: `deployment-${id}`,
      systemId: id,
      releaseId: `release-${id}`,
      environment: "production",
      from: NOW - 80n * MICROS_PER_DAY,
      to: null,
      evidence: evidence("deployment", id),
    })),
    soaLines: [],
    controlExceptions: [],
    logDays: ids.flatMap((systemId) =>
      Array.from({ length: LOG_DAYS }, (_, back) => ({
        systemId,
        day: TODAY - back,
        logged: 1000,
        served: 1000,
        servedHours: inOrder || back % 7 !== 3 ? 2 ** 24 - 1 : 0xff00ff,
        loggedInServedHours: inOrder || back % 10 !== 4 ? 1000 : 900,
        maxClockSkewSeconds: 0.1,
        evidence: evidence("log_day", `${systemId}/${TODAY - back}`),
      })),
    ),
    logDispositions: [],
    ledgerChecks: [{ id: "check", at: NOW, ok: true, size: 1, firstBadEntry: null, evidence: evidence("check", "1") }],
    drills: ids.map((systemId) => ({
      id: `drill-${systemId}`,
      systemId,
      at: NOW - 3n * MICROS_PER_HOUR,
      seed: "1",
      sampled: 20,
      reconstructed: inOrder ? 20 : 19,
      missing: [],
      evidence: evidence("drill", systemId),
    })),
  };
}

const started = performance.now();
const catalogue = await loadCatalogue();
const rows: Record<string, string | number>[] = [
  { what: "load the catalogue", "first ms": Math.round(performance.now() - started) },
];
for (const inOrder of [true, false]) {
  const facts = factsOf(inOrder);
  const timesMs: number[] = [];
  let findings = 0;
  let actions = 0;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const evaluation = evaluate(catalogue, facts, NOW);
    actions = nextActions(evaluation).length;
    timesMs.push(Math.round(performance.now() - start));
    findings = evaluation.tests.reduce((sum, { exceptions }) => sum + exceptions.length, 0);
  }
  rows.push({
    what: `evaluate ${SYSTEMS} systems, ${inOrder ? "in order" : "in trouble"}`,
    "first ms": timesMs[0] ?? 0,
    "median ms": timesMs.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0,
    findings,
    actions,
  });
}
console.table(rows);
