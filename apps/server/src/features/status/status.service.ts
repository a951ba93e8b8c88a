/** Evaluates an organisation and keeps what changed: every change of a status is evidence in the ledger. */
import { ASSURANCE_CODE_VERSION, evaluate, type Evaluation, nextActions } from "@steward/assurance";
import type { Catalogue } from "@steward/catalogue";
import { type Clock, formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import { type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { loadFacts } from "./status.facts.ts";
import { countTotals } from "./status.totals.ts";
import { type StoredStatus, type StoredSummary, type StoredTest, storeStatus, storeTest } from "./status.stored.ts";

export interface StatusDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
}

/** Organisations whose answer may be out of date: new entries, a verdict that expired, or another program or catalogue. */
export async function dueOrganisations({ db, clock, catalogue }: StatusDeps): Promise<Uuid[]> {
  const { rows } = await sql<{ org_id: Uuid }>`
    SELECT l.org_id FROM ledger_log l LEFT JOIN status_current s USING (org_id)
    WHERE l.org_id <> ${INSTALLATION_ID} AND l.size > 0 AND (
      s.org_id IS NULL OR l.size > s.ledger_size OR s.valid_until <= ${clock.now()}
      OR s.code_version <> ${ASSURANCE_CODE_VERSION} OR s.catalogue_digest <> ${catalogue.digest}
    )`.execute(db);
  return rows.map((row) => row.org_id);
}

/** Evaluates every organisation that is due; answers how many. */
export async function evaluateDue(deps: StatusDeps): Promise<number> {
  const due = await dueOrganisations(deps);
  for (const orgId of due) await evaluateOrganisation(deps, orgId);
  return due.length;
}

/** Loads the facts of now, evaluates them and records what changed. */
export async function evaluateOrganisation(deps: StatusDeps, orgId: Uuid): Promise<Evaluation> {
  const sizeBefore = await ledgerSize(deps.db, orgId);
  const now = deps.clock.now();
  const facts = await loadFacts(deps.db, orgId, { recordedAt: now, effectiveAt: now });
  const evaluation = evaluate(deps.catalogue, facts, now);
  await withTransaction(deps.db, (tx) => keep(deps, tx, orgId, evaluation, sizeBefore));
  latest.set(orgId, { size: sizeBefore, evaluation });
  return evaluation;
}

/** The newest evaluation with all its items: from memory where nothing happened since, else computed. */
export async function currentEvaluation(deps: StatusDeps, orgId: Uuid): Promise<Evaluation> {
  const known = latest.get(orgId);
  const now = deps.clock.now();
  const isFresh = known && (known.evaluation.validUntil === null || known.evaluation.validUntil > now);
  if (isFresh && known.size >= (await evaluatedSize(deps.db, orgId))) return known.evaluation;
  const facts = await loadFacts(deps.db, orgId, { recordedAt: now, effectiveAt: now });
  return evaluate(deps.catalogue, facts, now);
}

const latest = new Map<Uuid, { size: number; evaluation: Evaluation }>();

async function ledgerSize(db: Kysely<Tables>, orgId: Uuid): Promise<number> {
  const row = await db.selectFrom("ledger_log").select("size").where("org_id", "=", orgId).executeTakeFirst();
  return row?.size ?? 0;
}

async function evaluatedSize(db: Kysely<Tables>, orgId: Uuid): Promise<number> {
  const row = await db
    .selectFrom("status_current")
    .select("ledger_size")
    .where("org_id", "=", orgId)
    .executeTakeFirst();
  return row?.ledger_size ?? 0;
}

interface Previous {
  readonly tests: ReadonlyMap<string, StoredTest>;
  readonly statuses: ReadonlyMap<string, StoredStatus>;
}

async function keep(
  deps: StatusDeps,
  tx: Transaction<Tables>,
  orgId: Uuid,
  evaluation: Evaluation,
  sizeBefore: number,
): Promise<void> {
  // Of two nodes that evaluated at once, the one with the older facts must not overwrite the other.
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`steward/status/${orgId}`}, 0))`.execute(tx);
  const row = await tx.selectFrom("status_current").selectAll().where("org_id", "=", orgId).executeTakeFirst();
  if (row && row.evaluated_at >= evaluation.at) return;
  const previous: Previous = {
    tests: new Map(((row?.tests ?? []) as StoredTest[]).map((test) => [test.testId, test])),
    statuses: new Map(
      ((row?.summary as StoredSummary | undefined)?.requirements ?? []).map((status) => [status.requirementId, status]),
    ),
  };
  const tests = evaluation.tests.map(storeTest);
  const at = formatInstant(evaluation.at);
  const requirements = evaluation.requirements.map((status) => {
    const before = previous.statuses.get(status.requirementId);
    return storeStatus(status, before?.status === status.status ? before.since : at);
  });
  const summary: StoredSummary = {
    requirements,
    nextActions: nextActions(evaluation).slice(0, NEXT_ACTIONS_KEPT),
    totals: await countTotals(tx, orgId, evaluation.at),
  };
  await keepTests(tx, orgId, evaluation, tests, previous);
  const firstIndex = await keepChanges(deps, tx, orgId, evaluation, requirements, tests, previous);
  // Our own entries are no news; anything that others appended meanwhile is, and is evaluated next.
  const own = firstIndex.indexes.length;
  const size = own === 0 || firstIndex.indexes[0] === sizeBefore ? sizeBefore + own : sizeBefore;
  const values = {
    evaluated_at: at,
    ledger_size: size,
    valid_until: instantOrNull(evaluation.validUntil),
    summary: JSON.stringify(summary),
    tests: JSON.stringify(tests),
    catalogue_digest: evaluation.catalogueDigest,
    code_version: evaluation.codeVersion,
  };
  await tx
    .insertInto("status_current")
    .values({ org_id: orgId, ...values })
    .onConflict((conflict) => conflict.column("org_id").doUpdateSet(values))
    .execute();
}

/** Next actions kept with an evaluation: a screen shows five, a plan some more. */
const NEXT_ACTIONS_KEPT = 50;

/** A result is kept whenever what it says changed, not when only its numbers grew. */
async function keepTests(
  tx: Transaction<Tables>,
  orgId: Uuid,
  evaluation: Evaluation,
  tests: readonly StoredTest[],
  previous: Previous,
): Promise<void> {
  const changed = tests.filter((test) => fingerprint(test) !== fingerprint(previous.tests.get(test.testId)));
  if (changed.length === 0) return;
  await tx
    .insertInto("test_result")
    .values(
      changed.map((test) => ({
        org_id: orgId,
        test_id: test.testId,
        evaluated_at: formatInstant(evaluation.at),
        verdict: test.verdict,
        valid_until: test.validUntil,
        result: JSON.stringify(test),
        catalogue_digest: evaluation.catalogueDigest,
        code_version: `${evaluation.codeVersion}/${test.codeVersion}`,
      })),
    )
    .execute();
}

function fingerprint(test: StoredTest | undefined): string {
  if (!test) return "";
  const failing = test.exceptions.map(
    ({ subject, verdict, message }) => `${subject.kind} ${subject.id} ${verdict} ${message}`,
  );
  return JSON.stringify([
    test.verdict,
    test.parameters,
    test.codeVersion,
    test.exceptionsTotal,
    failing,
    test.missingSources,
  ]);
}

async function keepChanges(
  { clock }: StatusDeps,
  tx: Transaction<Tables>,
  orgId: Uuid,
  evaluation: Evaluation,
  requirements: readonly StoredStatus[],
  tests: readonly StoredTest[],
  previous: Previous,
): Promise<{ indexes: number[] }> {
  const changed = requirements.filter(
    (status) =>
      previous.statuses.get(status.requirementId)?.status !== status.status ||
      previous.statuses.get(status.requirementId)?.validUntil !== status.validUntil,
  );
  const moved = changed.filter((status) => previous.statuses.get(status.requirementId)?.status !== status.status);
  const because = new Map(moved.map((status) => [status.requirementId, explain(status, tests, previous)]));
  const appended = await appendEvidence(
    tx,
    clock,
    orgId,
    moved.map((status) => ({
      kind: "status.changed",
      actor: { kind: "system", id: INSTALLATION_ID },
      subject: { kind: "organisation", id: orgId },
      body: {
        requirementId: status.requirementId,
        from: previous.statuses.get(status.requirementId)?.status ?? null,
        to: status.status,
        because: because.get(status.requirementId) ?? "",
        tests: status.tests.map(({ testId, verdict }) => ({ testId, verdict })),
        validUntil: status.validUntil,
        evaluatedAt: formatInstant(evaluation.at),
        catalogueDigest: evaluation.catalogueDigest,
        codeVersion: evaluation.codeVersion,
      },
    })),
  );
  const indexes = new Map(moved.map((status, place) => [status.requirementId, appended[place]?.index ?? null]));
  if (changed.length > 0) {
    await tx
      .insertInto("requirement_status")
      .values(
        changed.map((status) => ({
          org_id: orgId,
          requirement_id: status.requirementId,
          evaluated_at: formatInstant(evaluation.at),
          status: status.status,
          previous_status: previous.statuses.get(status.requirementId)?.status ?? null,
          because: because.get(status.requirementId) ?? "",
          valid_until: status.validUntil,
          result: JSON.stringify(status),
          catalogue_digest: evaluation.catalogueDigest,
          code_version: evaluation.codeVersion,
          ledger_index: indexes.get(status.requirementId) ?? null,
        })),
      )
      .execute();
  }
  return { indexes: appended.map(({ index }) => index) };
}

/** What moved a requirement: the tests whose verdict changed, and what they now say. */
function explain(status: StoredStatus, tests: readonly StoredTest[], previous: Previous): string {
  const before = previous.statuses.get(status.requirementId);
  if (!before) return status.sentence;
  const causes = status.tests.flatMap(({ testId, verdict }) => {
    const old = previous.tests.get(testId)?.verdict;
    const test = tests.find((candidate) => candidate.testId === testId);
    return old === verdict || !test ? [] : [`${testId} went from ${words(old)} to ${words(verdict)}: ${test.reason}`];
  });
  return causes.length > 0 ? causes.join(" ") : status.sentence;
}

function words(verdict: string | undefined): string {
  return (verdict ?? "no result").replaceAll("_", " ");
}

function instantOrNull(moment: Micros | null): string | null {
  return moment === null ? null : formatInstant(moment);
}
