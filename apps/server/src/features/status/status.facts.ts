/** Loads the facts that the tests read, as of a recorded time (what was known) and an effective time (what held). */
import type {
  DeploymentFact,
  EvidenceRef,
  Facts,
  ParameterFact,
  PersonFact,
  ReleaseFact,
  RoleAssignmentFact,
  SoaLineFact,
} from "@steward/assurance";
import { endOfDay, type Micros, parseInstant, startOfDay, type Uuid } from "@steward/kernel";
import {
  component,
  contextSource,
  deployment,
  evaluationException,
  exception,
  type Fields,
  holiday,
  monitor,
  organisation,
  parameter,
  person,
  type RecordValues,
  registerOf,
  release,
  roleAssignment,
  soaLine,
  system,
  upcast,
  supplierAlias,
  useApproval,
  useDeviation,
  useEnvelope,
} from "@steward/registers";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { calendarOf } from "../organisations/calendar.ts";
import { componentFact, loadInventoryFacts, supplierAliasFact, useApprovalFact } from "../inventory/inventory.facts.ts";
import { loadDrills, loadLedgerChecks } from "./status.checks.ts";
import { loadEvaluated } from "./status.evaluations.ts";
import { evaluationExceptionFact, exceptionFact } from "./status.exceptions.ts";
import { loadLogDays } from "./status.log-days.ts";
import { loadModelAnswers, loadModelChanges, modelUses } from "./status.models.ts";
import { contextSourceFact, loadUses, useDeviationFact, useEnvelopeFact } from "./status.use.ts";
import { loadSystemChanges, systemFact, yesNo } from "./status.systems.ts";
import { loadAgentRuns, loadAlerts, loadContextItems, loadMonitorRuns, monitorFact } from "./status.monitoring.ts";

/** Which past the facts are loaded for. */
export interface Moment {
  /** Nothing recorded later is seen. */
  readonly recordedAt: Micros;
  /** Nothing that holds only later is seen. */
  readonly effectiveAt: Micros;
}

const FACT_REGISTERS = [
  organisation,
  holiday,
  person,
  roleAssignment,
  system,
  component,
  release,
  deployment,
  supplierAlias,
  useApproval,
  parameter,
  exception,
  evaluationException,
  soaLine,
  monitor,
  useEnvelope,
  useDeviation,
  contextSource,
];

/** A record as the facts see it: the version that was known and held. */
export interface Version<R extends { readonly fields: Fields }> {
  readonly id: Uuid;
  readonly values: RecordValues<R>;
  readonly recordedAt: Micros;
  readonly effectiveAt: Micros;
  readonly evidence: EvidenceRef;
}

export async function loadFacts(db: Kysely<Tables>, orgId: Uuid, at: Moment): Promise<Facts> {
  const [
    records,
    inventory,
    logDays,
    ledgerChecks,
    drills,
    monitorRuns,
    alerts,
    agentRuns,
    evaluated,
    modelChanges,
    uses,
    contextItems,
  ] = await Promise.all([
    loadRecordFacts(db, orgId, at),
    loadInventoryFacts(db, orgId, at.recordedAt),
    loadLogDays(db, orgId, at.recordedAt),
    loadLedgerChecks(db, orgId, at.recordedAt),
    loadDrills(db, orgId, at.recordedAt),
    loadMonitorRuns(db, orgId, at.recordedAt),
    loadAlerts(db, orgId, at.recordedAt),
    loadAgentRuns(db, orgId, at.recordedAt),
    loadEvaluated(db, orgId, at.recordedAt),
    loadModelChanges(db, orgId, at.recordedAt),
    loadUses(db, orgId, at.recordedAt),
    loadContextItems(db, orgId, at.recordedAt),
  ]);
  return {
    ...records,
    ...inventory,
    ...evaluated,
    logDays,
    ledgerChecks,
    drills,
    monitorRuns,
    alerts,
    agentRuns,
    modelChanges,
    uses,
    contextItems,
  };
}

/** What reconciliation reads: registers, scans, observations and decisions about drift. */
export async function loadReconcileFacts(db: Kysely<Tables>, orgId: Uuid, at: Moment): Promise<Facts> {
  const [records, inventory] = await Promise.all([
    loadRecordFacts(db, orgId, at),
    loadInventoryFacts(db, orgId, at.recordedAt),
  ]);
  return { ...records, ...inventory };
}

async function loadRecordFacts(db: Kysely<Tables>, orgId: Uuid, at: Moment): Promise<Facts> {
  const [versions, changes, answers] = await Promise.all([
    loadVersions(db, orgId, at),
    loadSystemChanges(db, orgId, at),
    loadModelAnswers(db, orgId, at.recordedAt),
  ]);
  const of = <R extends { readonly kind: string; readonly fields: Fields }>(register: R) =>
    (versions.get(register.kind) ?? []) as unknown as Version<R>[];
  const calendar = calendarOf(
    of(organisation)[0]?.values,
    of(holiday).map(({ values }) => values),
  );
  const days = dayBorders(calendar.timeZone);
  const roleAssignments = of(roleAssignment).map((version) => roleAssignmentFact(version, days));
  const deployments = of(deployment).map(deploymentFact);
  const modelKinds = new Map(
    of(release).map(({ id, values, evidence: seen }) => [id, { modelKind: values.modelKind, evidence: seen }]),
  );
  return {
    recordedAt: at.recordedAt,
    organisation: { id: orgId, ...calendar },
    parameters: of(parameter).map(parameterFact),
    persons: of(person).map((version) => personFact(version, days)),
    roleAssignments,
    systems: of(system).map((version) => systemFact(version, days, changes.get(version.id))),
    components: of(component).map((version) => componentFact(version, days)),
    releases: of(release).map(releaseFact),
    deployments,
    useApprovals: of(useApproval).map((version) => useApprovalFact(version, days)),
    supplierAliases: of(supplierAlias).map(supplierAliasFact),
    evaluationExceptions: of(evaluationException).map((version) =>
      evaluationExceptionFact(version, days, roleAssignments),
    ),
    soaLines: of(soaLine).map(soaLineFact),
    controlExceptions: of(exception).map((version) => exceptionFact(version, days, roleAssignments)),
    monitors: of(monitor).map(monitorFact),
    useEnvelopes: of(useEnvelope).map(useEnvelopeFact),
    useDeviations: of(useDeviation).map(useDeviationFact),
    contextSources: of(contextSource).map(contextSourceFact),
    modelUses: modelUses(deployments, modelKinds, answers, at.effectiveAt),
  };
}

/** The part of the facts that says what became of a failed evaluation. */
export async function loadEvaluationFacts(db: Kysely<Tables>, orgId: Uuid, at: Moment): Promise<Facts> {
  const needed = [organisation, holiday, roleAssignment, release, deployment, evaluationException];
  const [versions, evaluated] = await Promise.all([
    loadVersions(db, orgId, at, needed),
    loadEvaluated(db, orgId, at.recordedAt),
  ]);
  const of = <R extends { readonly kind: string; readonly fields: Fields }>(register: R) =>
    (versions.get(register.kind) ?? []) as unknown as Version<R>[];
  const calendar = calendarOf(
    of(organisation)[0]?.values,
    of(holiday).map(({ values }) => values),
  );
  const days = dayBorders(calendar.timeZone);
  const roleAssignments = of(roleAssignment).map((version) => roleAssignmentFact(version, days));
  return {
    recordedAt: at.recordedAt,
    organisation: { id: orgId, ...calendar },
    parameters: [],
    deployments: of(deployment).map(deploymentFact),
    releases: of(release).map(releaseFact),
    ...evaluated,
    evaluationExceptions: of(evaluationException).map((version) =>
      evaluationExceptionFact(version, days, roleAssignments),
    ),
  };
}

/** The newest version of every record that was known and held, without withdrawn ones. */
async function loadVersions(
  db: Kysely<Tables>,
  orgId: Uuid,
  at: Moment,
  registers: readonly { readonly kind: string }[] = FACT_REGISTERS,
): Promise<Map<string, Version<{ fields: Fields }>[]>> {
  const { rows } = await sql<{
    kind: string;
    id: Uuid;
    version: number;
    schema_version: number;
    recorded_at: Micros;
    effective_at: Micros;
    withdrawn: boolean;
    body: Record<string, unknown>;
    ledger_index: number;
  }>`
    SELECT DISTINCT ON (kind, id) kind, id, version, schema_version, recorded_at, effective_at, withdrawn, body, ledger_index
    FROM record_version
    WHERE org_id = ${orgId} AND kind = ANY(${registers.map(({ kind }) => kind)}::text[])
      AND recorded_at <= ${at.recordedAt} AND effective_at <= ${at.effectiveAt}
    ORDER BY kind, id, version DESC`.execute(db);
  const found = new Map<string, Version<{ fields: Fields }>[]>();
  for (const row of rows) {
    if (row.withdrawn) continue;
    const register = registerOf(row.kind);
    if (!register) continue;
    const list = found.get(row.kind) ?? [];
    list.push({
      id: row.id,
      values: upcast(register, row.schema_version, row.body),
      recordedAt: row.recorded_at,
      effectiveAt: row.effective_at,
      evidence: {
        kind: row.kind,
        id: row.id,
        version: row.version,
        ledgerIndex: row.ledger_index,
        at: row.recorded_at,
      },
    });
    found.set(row.kind, list);
  }
  return found;
}

export interface DayBorders {
  start(day: string): Micros;
  end(day: string): Micros;
}

/** Days repeat over thousands of records, and finding their borders in a time zone is slow: each is found once. */
function dayBorders(timeZone: string): DayBorders {
  const starts = new Map<string, Micros>();
  const ends = new Map<string, Micros>();
  const remember = (known: Map<string, Micros>, day: string, find: typeof startOfDay) => {
    const moment = known.get(day) ?? find(day, timeZone);
    known.set(day, moment);
    return moment;
  };
  return {
    start: (day) => remember(starts, day, startOfDay),
    end: (day) => remember(ends, day, endOfDay),
  };
}

function parameterFact({ values, evidence: seen }: Version<typeof parameter>): ParameterFact {
  return { name: values.name, value: values.value, unit: values.unit, evidence: seen };
}

function personFact({ id, values, evidence: seen }: Version<typeof person>, days: DayBorders): PersonFact {
  return {
    id,
    activeFrom: days.start(values.activeFrom),
    activeTo: values.activeTo === null ? null : days.end(values.activeTo),
    evidence: seen,
  };
}

function roleAssignmentFact(
  { id, values, evidence: seen }: Version<typeof roleAssignment>,
  days: DayBorders,
): RoleAssignmentFact {
  return {
    id,
    personId: values.personId,
    role: values.role,
    systemId: values.systemId,
    validFrom: days.start(values.validFrom),
    validTo: values.validTo === null ? null : days.end(values.validTo),
    evidence: seen,
  };
}

function instant(text: string): Micros {
  const moment = parseInstant(text);
  if (moment === undefined) throw new RangeError(`A stored moment cannot be read: ${text}`);
  return moment;
}

function deploymentFact({ id, values, evidence: seen }: Version<typeof deployment>): DeploymentFact {
  return {
    id,
    systemId: values.systemId,
    releaseId: values.releaseId,
    environment: values.environment,
    from: instant(values.startedAt),
    to: values.endedAt === null ? null : instant(values.endedAt),
    evidence: seen,
  };
}

function releaseFact({ id, values, evidence: seen }: Version<typeof release>): ReleaseFact {
  return {
    id,
    systemId: values.systemId,
    version: values.version,
    digest: values.digest,
    artefactKind: values.artefactKind,
    changeClass: values.changeClass,
    releasedAt: instant(values.releasedAt),
    evidence: seen,
  };
}

function soaLineFact({ id, values, evidence: seen }: Version<typeof soaLine>): SoaLineFact {
  const own = values.controlId.startsWith("OWN-");
  return {
    id,
    controlId: own ? values.controlId : `iso42001:${values.controlId}`,
    own,
    applicable: yesNo(values.applicable),
    reason: values.justification,
    implementationState: values.implementationState,
    evidence: seen,
  };
}
