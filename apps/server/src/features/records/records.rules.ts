/** Rules of registers that need more than the record itself: other records, the catalogue, or what follows a change. */
import { isDeepStrictEqual } from "node:util";

import { type Caller, expectCovered } from "../../platform/http/caller.ts";
import type { Permission } from "@steward/contract";
import type { Catalogue } from "@steward/catalogue";
import { formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { ALERT_OPENING, APPROVED_BY, ATTACHMENT_FACTS, deployment, type Register, release } from "@steward/registers";
import { sql, type Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { HttpProblem, invalidField } from "../../platform/http/problem.ts";
import { lockCurrent, type Values, type VersionDraft } from "./records.store.ts";

export interface RuleContext {
  readonly tx: Transaction<Tables>;
  readonly orgId: Uuid;
  readonly caller: Caller | undefined;
  readonly catalogue: Catalogue;
  readonly now: Micros;
  readonly id: Uuid;
  readonly values: Values;
  readonly previous: Values | undefined;
  /** By which the caller changes it. */
  readonly permission: Permission;
}

/** Checks one version; answers further versions that must be written with it, before it. */
type RegisterRule = (context: RuleContext) => Promise<VersionDraft[]> | VersionDraft[];

const RULES: Readonly<Record<string, RegisterRule>> = {
  organisation: organisationRule,
  deployment: deploymentRule,
  parameter: parameterRule,
  exception: exceptionRule,
  evaluation_exception: evaluationExceptionRule,
  soa_line: soaLineRule,
  release: releaseRule,
  monitor: monitorRule,
  alert: alertRule,
  model_change: modelChangeRule,
  attachment: attachmentRule,
};

export async function applyRules(register: Register, context: RuleContext): Promise<VersionDraft[]> {
  expectWritable(register, context.caller, context);
  const before = (await RULES[register.kind]?.(context)) ?? [];
  if (register.lifecycle?.decisions !== undefined) checkDecided(context);
  return before;
}

/** Whoever is bound to some AI systems writes only for them, and takes no record away from another. */
export function expectWritable(
  register: Register,
  caller: Caller | undefined,
  change: Pick<RuleContext, "id" | "values" | "permission"> & { readonly previous?: Values | undefined },
): void {
  const { id, values, previous, permission } = change;
  if (caller === undefined) return;
  for (const version of previous === undefined ? [values] : [previous, values]) {
    const systemId = (register.kind === "system" ? id : (version["systemId"] ?? null)) as Uuid | null;
    expectCovered(caller, permission, systemId);
  }
}

/** Nobody is sent to an identity provider that is not there. */
async function organisationRule({ tx, orgId, values }: RuleContext): Promise<VersionDraft[]> {
  if ((values["singleSignOnRoles"] as readonly string[]).length === 0) return [];
  const { rows } = await sql`SELECT FROM identity_provider WHERE org_id = ${orgId} AND enabled LIMIT 1`.execute(tx);
  if (rows.length > 0) return [];
  throw invalidField(
    "values/singleSignOnRoles",
    "Connect an identity provider first, under Settings, Single sign-on; there is none that is in use.",
  );
}

/** The release belongs to the system, and a new deployment ends the one before it in the same environment. */
async function deploymentRule({ tx, orgId, values, previous, id }: RuleContext): Promise<VersionDraft[]> {
  const found = await lockCurrent(tx, orgId, release as unknown as Register, values["releaseId"] as Uuid);
  if (!found) throw invalidField("values/releaseId", "There is no such release.");
  if (found.values["systemId"] !== values["systemId"]) {
    throw invalidField("values/releaseId", "This release belongs to another AI system.");
  }
  if (previous !== undefined || values["endedAt"] !== null) return [];
  const { rows } = await sql<{ id: Uuid }>`
    SELECT id FROM deployment WHERE org_id = ${orgId} AND system_id = ${values["systemId"]}
      AND environment = ${values["environment"]} AND ended_at IS NULL AND NOT withdrawn AND id <> ${id}
    ORDER BY id FOR NO KEY UPDATE`.execute(tx);
  const ended: VersionDraft[] = [];
  for (const row of rows) {
    const current = await lockCurrent(tx, orgId, deployment as unknown as Register, row.id);
    if (!current) continue;
    if (String(current.values["startedAt"]) > String(values["startedAt"])) {
      throw invalidField(
        "values/startedAt",
        `A later deployment runs already, since ${String(current.values["startedAt"])}.`,
      );
    }
    ended.push({
      register: deployment as unknown as Register,
      id: row.id,
      version: current.version + 1,
      values: { ...current.values, endedAt: values["startedAt"] },
      withdrawn: false,
      changeReason: "Ended by the next deployment in the same environment.",
      effectiveAt: undefined,
    });
  }
  return ended;
}

/** A parameter keeps its name and unit, and never goes below what the law asks for. */
function parameterRule({ values, previous, catalogue }: RuleContext): VersionDraft[] {
  const name = String(values["name"]);
  const known = catalogue.parameter(name);
  if (!known) throw invalidField("values/name", "No test uses a parameter of this name.");
  if (previous && (previous["name"] !== name || previous["unit"] !== values["unit"])) {
    throw invalidField("values/name", "A parameter keeps its name and unit; change its value.");
  }
  if (known.legalMinimum === true && Number(values["value"]) < known.value) {
    throw invalidField(
      "values/value",
      `The law asks for at least ${known.value} ${known.unit}; a higher value is fine.`,
    );
  }
  return [];
}

/** Longest term of an exception: a departure that lasts longer is a decision about applicability. */
const EXCEPTION_MAX_DAYS = 366;

/** Exceptions are for Annex A controls only, end within a year, and whoever decides one is the person who says so. */
function exceptionRule(context: RuleContext): VersionDraft[] {
  const { values, catalogue } = context;
  const control = catalogue.requirement(`iso42001:${String(values["controlId"])}`);
  if (control?.kind !== "control") throw invalidField("values/controlId", "Annex A has no control of this number.");
  checkTerm(values);
  return [];
}

/** What is accepted is a failed evaluation of the system; who decides is held as for any exception. */
async function evaluationExceptionRule(context: RuleContext): Promise<VersionDraft[]> {
  const { tx, orgId, values, previous } = context;
  if (previous && previous["evaluationId"] !== values["evaluationId"]) {
    throw invalidField("values/evaluationId", "An acceptance keeps its evaluation; ask for another one.");
  }
  const { rows } = await sql<{ verdict: string; system_id: Uuid }>`
    SELECT verdict, system_id FROM evaluation
    WHERE org_id = ${orgId} AND id = ${values["evaluationId"]}::uuid`.execute(tx);
  const [evaluation] = rows;
  if (evaluation?.system_id !== values["systemId"]) {
    throw invalidField("values/evaluationId", "The system has no evaluation of this id.");
  }
  if (evaluation?.verdict !== "fail") throw invalidField("values/evaluationId", "This evaluation did not fail.");
  checkTerm(values);
  return [];
}

/** A departure ends within a year. */
function checkTerm(values: Values): void {
  const days = (Date.parse(String(values["validTo"])) - Date.parse(String(values["validFrom"]))) / 86_400_000;
  if (days > EXCEPTION_MAX_DAYS) throw invalidField("values/validTo", "An exception lasts a year at most.");
}

/** Of what is asked for and decided: whoever approves says so. What was decided stays as it was decided: it can be revoked, and another one asked for. */
function checkDecided({ values, previous, caller }: RuleContext): void {
  const state = values["state"];
  if (previous !== undefined && previous["state"] !== "requested") {
    const changed = Object.keys(values).find(
      (name) => name !== "state" && !isDeepStrictEqual(values[name], previous[name]),
    );
    if (changed !== undefined) throw invalidField(`values/${changed}`, DECIDED);
  }
  if (state === "approved" && previous?.["state"] !== state && values[APPROVED_BY] !== caller?.actor.id)
    throw invalidField(`values/${APPROVED_BY}`, "Enter yourself: whoever approves says so.");
}

const DECIDED = "It was decided as it is. Revoke it, and ask for another one.";

function soaLineRule({ values, previous, catalogue }: RuleContext): VersionDraft[] {
  const controlId = String(values["controlId"]);
  if (previous && previous["controlId"] !== controlId) {
    throw invalidField("values/controlId", "A line keeps its control; withdraw it and write another.");
  }
  if (controlId.startsWith("OWN-")) {
    if (values["ownTitle"] === null) throw invalidField("values/ownTitle", "Give your own control a title.");
    return [];
  }
  if (catalogue.requirement(`iso42001:${controlId}`)?.kind !== "control") {
    throw invalidField("values/controlId", "Annex A has no control of this number.");
  }
  return [];
}

/** What was released stays what it was: version and digest never change, and components belong to the system. */
async function releaseRule({ tx, orgId, values, previous, now }: RuleContext): Promise<VersionDraft[]> {
  for (const name of ["systemId", "version", "digest"]) {
    if (previous && previous[name] !== values[name]) {
      throw invalidField(`values/${name}`, "This never changes once released; record another release.");
    }
  }
  if (String(values["releasedAt"]) > formatInstant(now + 86_400_000_000n)) {
    throw invalidField("values/releasedAt", "The release lies in the future.");
  }
  const componentIds = (values["componentIds"] ?? []) as Uuid[];
  if (componentIds.length === 0) return [];
  const { rows } = await sql<{ id: Uuid }>`
    SELECT id FROM component WHERE org_id = ${orgId} AND id = ANY(${componentIds}::uuid[])
      AND system_id <> ${values["systemId"]}`.execute(tx);
  if (rows.length > 0) throw invalidField("values/componentIds", "A component belongs to another AI system.");
  return [];
}

/** A monitor keeps to its system: its runs and alerts are about it. */
function monitorRule({ values, previous }: RuleContext): VersionDraft[] {
  if (previous && previous["systemId"] !== values["systemId"]) {
    throw invalidField("values/systemId", "A monitor keeps to its AI system; withdraw it and make another.");
  }
  return [];
}

/** What a monitor found stays as it was found, and only people say what is done about it. */
function alertRule({ values, previous, caller }: RuleContext): VersionDraft[] {
  if (previous === undefined) return [];
  const altered = ALERT_OPENING.find((name) => previous[name] !== values[name]);
  if (altered !== undefined) throw invalidField(`values/${altered}`, "What the monitor found does not change.");
  if (previous["state"] === "closed") throw new HttpProblem("conflict", "It is closed and cannot change any more.");
  if (caller?.kind !== "person") throw new HttpProblem("forbidden", "Only a person can act on an alert.");
  return [];
}

/** What was seen stays what it was, and only a person reviews it. */
function modelChangeRule({ values, previous, caller }: RuleContext): VersionDraft[] {
  const opening = ["systemId", "seenModel", "origin", "detectedAt"];
  const altered = previous && opening.find((name) => previous[name] !== values[name]);
  if (altered !== undefined) throw invalidField(`values/${altered}`, "What was seen or announced does not change.");
  if (values["state"] === "reviewed" && previous?.["state"] !== "reviewed" && caller?.kind !== "person") {
    throw new HttpProblem("forbidden", "Only a person can review a change.");
  }
  return [];
}

/** What was uploaded stays what it was; a hold, and a shorter term, need whoever answers for keeping it. */
function attachmentRule({ values, previous, caller }: RuleContext): VersionDraft[] {
  if (previous === undefined) return [];
  const altered = ATTACHMENT_FACTS.find((name) => previous[name] !== values[name]);
  if (altered !== undefined) throw invalidField(`values/${altered}`, "What was uploaded does not change.");
  const held = previous["legalHold"] !== values["legalHold"] || previous["holdReason"] !== values["holdReason"];
  const term = values["keepUntil"] as string | null;
  const before = previous["keepUntil"] as string | null;
  const shortened = term !== before && term !== null && (before === null || term < before);
  if ((held || shortened) && caller?.permissions.has("attachments.hold") !== true) {
    throw new HttpProblem("forbidden", "A legal hold, and a shorter term, need the permission “attachments.hold”.");
  }
  return [];
}
