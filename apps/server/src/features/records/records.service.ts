/** Creating, changing and withdrawing records: one transaction, one ledger entry for each version. */
import type { Catalogue } from "@steward/catalogue";
import type { Permission } from "@steward/contract";
import { type Clock, formatInstant, type Micros, newId, parseInstant, type Uuid } from "@steward/kernel";
import { APPROVED_BY, checkRules, decisionsFrom, type Register, upcast } from "@steward/registers";
import type { Kysely, Transaction } from "kysely";

import { DatabaseError } from "../../platform/database/errors.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { HttpProblem, invalidField, notFound } from "../../platform/http/problem.ts";
import { foreignKeyName, uniqueIndexName } from "./records.ddl.ts";
import { lacking, notTheirs, readEnteredBy } from "./records.decisions.ts";
import { applyRules, expectWritable } from "./records.rules.ts";
import { lockCurrent, type RecordActor, type Values, type VersionDraft, writeVersions } from "./records.store.ts";

export interface RecordDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
}

export interface Metadata {
  readonly changeReason?: string | undefined;
  readonly effectiveAt?: string | undefined;
}

/** Whoever writes: a caller with permissions, or the system itself. */
export interface Writer {
  readonly orgId: Uuid;
  readonly actor: RecordActor;
  readonly caller: Caller | undefined;
}

export function writerOf(caller: Caller): Writer {
  return { orgId: caller.orgId, actor: caller.actor, caller };
}

/** Answers the id and version written; sending the same id and values again changes nothing. */
export async function createRecord(
  deps: RecordDeps,
  writer: Writer,
  register: Register,
  input: { id?: string | undefined; values: Values } & Metadata,
): Promise<{ id: Uuid; version: number }> {
  const id = input.id ?? newId(deps.clock);
  return translateConstraints(register, () =>
    withTransaction(deps.db, (tx) => createInTransaction(deps, tx, writer, register, { ...input, id })),
  );
}

export async function createInTransaction(
  deps: RecordDeps,
  tx: Transaction<Tables>,
  writer: Writer,
  register: Register,
  input: { id: Uuid; values: Values } & Metadata,
): Promise<{ id: Uuid; version: number }> {
  const existing = await lockCurrent(tx, writer.orgId, register, input.id);
  if (existing) {
    if (sameValues(existing.values, input.values)) return { id: input.id, version: existing.version };
    throw new HttpProblem("conflict", "A record with this id exists already, with other values.");
  }
  const draft: VersionDraft = {
    register,
    id: input.id,
    version: 1,
    values: input.values,
    withdrawn: false,
    changeReason: input.changeReason ?? null,
    effectiveAt: readEffectiveAt(deps.clock, input.effectiveAt, undefined),
  };
  await checkAndWrite(deps, tx, writer, draft, undefined);
  return { id: input.id, version: 1 };
}

interface Change extends Metadata {
  readonly id: Uuid;
  readonly expectedVersion: number;
  readonly values: Values;
  /** By which the caller changes it; the register's write permission where it is not given. */
  readonly permission?: Permission;
}

/** @throws HttpProblem `not_found`, `precondition_failed`, `invalid`, `conflict`. */
export async function changeRecord(
  deps: RecordDeps,
  writer: Writer,
  register: Register,
  input: Change,
): Promise<number> {
  return translateConstraints(register, () =>
    withTransaction(deps.db, (tx) => changeInTransaction(deps, tx, writer, register, input)),
  );
}

export async function changeInTransaction(
  deps: RecordDeps,
  tx: Transaction<Tables>,
  writer: Writer,
  register: Register,
  input: Change,
): Promise<number> {
  const current = await expectCurrent(tx, writer, register, input);
  const previous = upcast(register, current.schemaVersion, current.values);
  const values = { ...previous, ...definedOnly(input.values) };
  if (sameValues(previous, values)) return current.version;
  const draft: VersionDraft = {
    register,
    id: input.id,
    version: current.version + 1,
    values,
    withdrawn: false,
    changeReason: input.changeReason ?? null,
    effectiveAt: readEffectiveAt(deps.clock, input.effectiveAt, current.effectiveAt),
  };
  await checkAndWrite(deps, tx, writer, draft, previous, input.permission);
  return draft.version;
}

/**
 * Decides what another person asked for. Whoever may decide need not be one who may write.
 * @throws HttpProblem as changeRecord, and `forbidden` where the caller asked for it or entered it.
 */
export async function decideRecord(
  deps: RecordDeps,
  caller: Caller,
  register: Register,
  input: { id: Uuid; expectedVersion: number; decision: string; changeReason: string },
): Promise<number> {
  const { decision, ...rest } = input;
  const { field = "", decisions = {} } = register.lifecycle ?? {};
  return changeRecord(deps, writerOf(caller), register, {
    ...rest,
    values: { [field]: decision, ...(decision === "approved" ? { [APPROVED_BY]: caller.actor.id } : {}) },
    permission: decisions[decision]?.permission as Permission,
  });
}

/** Takes a record out of use; it and its history stay. */
export async function withdrawRecord(
  deps: RecordDeps,
  writer: Writer,
  register: Register,
  input: { id: Uuid; expectedVersion: number; changeReason: string },
): Promise<number> {
  return withTransaction(deps.db, (tx) => withdrawInTransaction(deps, tx, writer, register, input));
}

export async function withdrawInTransaction(
  deps: Pick<RecordDeps, "clock">,
  tx: Transaction<Tables>,
  writer: Writer,
  register: Register,
  input: { id: Uuid; expectedVersion: number; changeReason: string },
): Promise<number> {
  const current = await expectCurrent(tx, writer, register, input);
  const values = upcast(register, current.schemaVersion, current.values);
  const permission = register.writePermission as Permission;
  expectWritable(register, writer.caller, { id: input.id, values, permission });
  const draft: VersionDraft = {
    register,
    id: input.id,
    version: current.version + 1,
    values,
    withdrawn: true,
    changeReason: input.changeReason,
    effectiveAt: undefined,
  };
  await writeVersions(tx, deps.clock, writer.orgId, writer.actor, [draft]);
  return draft.version;
}

async function expectCurrent(
  tx: Transaction<Tables>,
  writer: Writer,
  register: Register,
  input: { id: Uuid; expectedVersion: number },
) {
  const current = await lockCurrent(tx, writer.orgId, register, input.id);
  if (!current) throw notFound(`This ${register.singular.toLowerCase()}`);
  if (current.version !== input.expectedVersion) {
    throw new HttpProblem(
      "precondition_failed",
      `You changed version ${input.expectedVersion}, but version ${current.version} is current. Read it and try again.`,
    );
  }
  if (current.withdrawn) throw new HttpProblem("conflict", "It was withdrawn and cannot change any more.");
  return current;
}

async function checkAndWrite(
  deps: RecordDeps,
  tx: Transaction<Tables>,
  writer: Writer,
  draft: VersionDraft,
  previous: Values | undefined,
  permission?: Permission,
): Promise<void> {
  const { register } = draft;
  if (permission !== undefined) expectOpen(draft, previous);
  await checkDecision(tx, writer, draft, previous);
  const broken = checkRules(register, draft.values, previous);
  if (broken) throw invalidField(`values/${broken.field}`, broken.message);
  const context = {
    tx,
    orgId: writer.orgId,
    caller: writer.caller,
    catalogue: deps.catalogue,
    now: deps.clock.now(),
    id: draft.id,
    values: draft.values,
    previous,
    permission: permission ?? (register.writePermission as Permission),
  };
  const before = await applyRules(register, context);
  await writeVersions(tx, deps.clock, writer.orgId, writer.actor, [...before, draft]);
}

/** Whoever may only decide brings about what is to be decided, and nothing else. */
function expectOpen({ register: { lifecycle }, values }: VersionDraft, previous: Values | undefined): void {
  const field = lifecycle?.field ?? "";
  const open = decisionsFrom(lifecycle, String(previous?.[field])).map(([state]) => state);
  if (!open.includes(String(values[field]))) {
    const offered = open.length === 0 ? "there is nothing to decide any more" : `it can be ${open.join(" or ")}`;
    throw invalidField("decision", `This does not follow from its state: ${offered}.`);
  }
}

/** What decides a request is done by a person who may, and who neither asked nor entered it. */
async function checkDecision(
  tx: Transaction<Tables>,
  { orgId, caller }: Writer,
  { register, id, values }: VersionDraft,
  previous: Values | undefined,
): Promise<void> {
  const { lifecycle } = register;
  const to = lifecycle && String(values[lifecycle.field]);
  const decision = to === undefined ? undefined : lifecycle?.decisions?.[to];
  if (decision === undefined || decision.undoes || caller === undefined) return;
  if (previous?.[lifecycle?.field ?? ""] === to) return;
  if (!caller.permissions.has(decision.permission as Permission)) {
    throw new HttpProblem("forbidden", lacking(decision.permission as Permission));
  }
  const reason = notTheirs(caller, values, (await readEnteredBy(tx, orgId, register.kind, [id])).get(id));
  if (reason !== null) throw new HttpProblem("forbidden", reason);
}

/** A record holds since it was recorded, or since an earlier moment; never since before the version it replaces. */
function readEffectiveAt(clock: Clock, text: string | undefined, after: Micros | undefined): Micros | undefined {
  if (text === undefined) return undefined;
  const moment = parseInstant(text);
  if (moment === undefined) throw invalidField("effectiveAt", "Give a moment as RFC 3339.");
  if (moment > clock.now()) throw invalidField("effectiveAt", "It lies in the future; record it when it holds.");
  if (after !== undefined && moment < after) {
    throw invalidField(
      "effectiveAt",
      `The version before it holds since ${formatInstant(after)}; give a later moment.`,
    );
  }
  return moment;
}

function definedOnly(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function sameValues(a: Values, b: Values): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => JSON.stringify(a[name] ?? null) === JSON.stringify(b[name] ?? null));
}

/** What the database's constraints found, in words that name the field. */
export async function translateConstraints<T>(register: Register, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    for (const fields of register.unique ?? []) {
      if (error.constraint !== uniqueIndexName(register, fields)) continue;
      const labels = fields.map((name) => register.fields[name]?.label.toLowerCase()).join(" and ");
      throw new HttpProblem("conflict", `Another ${register.singular.toLowerCase()} has the same ${labels}.`, {
        errors: fields.map((name) => ({
          pointer: `/values/${name}`,
          message: `Another ${register.singular.toLowerCase()} has the same ${labels}.`,
          in: "body" as const,
        })),
        cause: error,
      });
    }
    for (const [name, field] of Object.entries(register.fields)) {
      if (error.constraint === foreignKeyName(register, name)) {
        throw invalidField(`values/${name}`, `There is no such ${field.target?.replaceAll("_", " ")}.`);
      }
    }
    if (error.code === "unique_violation") {
      throw new HttpProblem("conflict", "A record with this id exists already.", { cause: error });
    }
    throw error;
  }
}
