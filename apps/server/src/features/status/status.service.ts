/** Evaluates an organisation and keeps what changed: every change of a status is evidence in the ledger. */
import { ASSURANCE_CODE_VERSION } from "@steward/assurance";
import type { Catalogue } from "@steward/catalogue";
import { type Clock, formatInstant, type Micros, type Uuid } from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import { type Tables } from "../../platform/database/schema.ts";
import { holdLock, withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import type { ComputedStatus, StatusComputer, SystemItem } from "./status.compute.ts";
import { countTotals } from "./status.totals.ts";
import type { KeptTest, StoredStatus, StoredSummary } from "./status.stored.ts";

export interface StatusDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly computer: StatusComputer;
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

/** Evaluates the facts of now and records what changed. */
async function evaluateOrganisation(deps: StatusDeps, orgId: Uuid): Promise<void> {
  const size = await ledgerSize(deps.db, orgId);
  const computed = await deps.computer.evaluateStatus({ orgId, at: deps.clock.now(), size });
  await withTransaction(deps.db, (tx) => keep(deps, tx, orgId, computed, size));
}

/** What each test says of one AI system in the newest evaluation. */
export async function itemsOfSystem(deps: StatusDeps, orgId: Uuid, systemId: Uuid): Promise<SystemItem[]> {
  const size = await evaluatedSize(deps.db, orgId);
  return deps.computer.itemsOfSystem({ orgId, at: deps.clock.now(), size, systemId });
}

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
  readonly tests: ReadonlyMap<string, Pick<KeptTest, "testId" | "verdict" | "digest" | "statementDigest">>;
  readonly statuses: ReadonlyMap<string, StoredStatus>;
}

async function keep(
  deps: StatusDeps,
  tx: Transaction<Tables>,
  orgId: Uuid,
  computed: ComputedStatus,
  sizeBefore: number,
): Promise<void> {
  // Of two nodes that evaluated at once, the one with the older facts must not overwrite the other.
  await holdLock(tx, `steward/status/${orgId}`);
  const row = await tx.selectFrom("status_current").selectAll().where("org_id", "=", orgId).executeTakeFirst();
  if (row && row.evaluated_at >= computed.at) return;
  const tests = await tx
    .selectFrom("test_current")
    .select(["test_id as testId", "verdict", "result_digest as digest", "statement_digest as statementDigest"])
    .where("org_id", "=", orgId)
    .execute();
  const previous: Previous = {
    tests: new Map(tests.map((test) => [test.testId, test])),
    statuses: new Map(
      ((row?.summary as StoredSummary | undefined)?.requirements ?? []).map((status) => [status.requirementId, status]),
    ),
  };
  const at = formatInstant(computed.at);
  const requirements = computed.requirements.map((status): StoredStatus => {
    const before = previous.statuses.get(status.requirementId);
    return { ...status, since: before?.status === status.status ? before.since : at };
  });
  const summary: StoredSummary = {
    requirements,
    nextActions: [...computed.nextActions],
    totals: await countTotals(tx, orgId, computed.at),
  };
  await keepTests(tx, orgId, computed, previous);
  const firstIndex = await keepChanges(deps, tx, orgId, computed, requirements, previous);
  // Our own entries are no news; anything that others appended meanwhile is, and is evaluated next.
  const own = firstIndex.indexes.length;
  const size = own === 0 || firstIndex.indexes[0] === sizeBefore ? sizeBefore + own : sizeBefore;
  const values = {
    evaluated_at: at,
    ledger_size: size,
    valid_until: instantOrNull(computed.validUntil),
    summary: JSON.stringify(summary),
    catalogue_digest: computed.catalogueDigest,
    code_version: computed.codeVersion,
  };
  await tx
    .insertInto("status_current")
    .values({ org_id: orgId, ...values })
    .onConflict((conflict) => conflict.column("org_id").doUpdateSet(values))
    .execute();
}

/** The newest result of each test, and in the history whenever what it says changed, not when only its numbers grew. */
async function keepTests(
  tx: Transaction<Tables>,
  orgId: Uuid,
  computed: ComputedStatus,
  previous: Previous,
): Promise<void> {
  const changed = computed.tests.filter(({ testId, digest }) => digest !== previous.tests.get(testId)?.digest);
  const said = changed.filter(
    ({ testId, statementDigest }) => statementDigest !== previous.tests.get(testId)?.statementDigest,
  );
  if (changed.length > 0) {
    await tx
      .insertInto("test_current")
      .values(
        changed.map(({ testId, verdict, digest, statementDigest, json }) => ({
          org_id: orgId,
          test_id: testId,
          verdict,
          result_digest: digest,
          statement_digest: statementDigest,
          result: json,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(["org_id", "test_id"]).doUpdateSet(({ ref }) => ({
          verdict: ref("excluded.verdict"),
          result_digest: ref("excluded.result_digest"),
          statement_digest: ref("excluded.statement_digest"),
          result: ref("excluded.result"),
        })),
      )
      .execute();
  }
  if (said.length > 0) {
    await tx
      .insertInto("test_result")
      .values(
        said.map((test) => ({
          org_id: orgId,
          test_id: test.testId,
          evaluated_at: formatInstant(computed.at),
          verdict: test.verdict,
          valid_until: test.validUntil,
          result: test.json,
          catalogue_digest: computed.catalogueDigest,
          code_version: `${computed.codeVersion}/${test.codeVersion}`,
        })),
      )
      .execute();
  }
}

async function keepChanges(
  { clock }: StatusDeps,
  tx: Transaction<Tables>,
  orgId: Uuid,
  computed: ComputedStatus,
  requirements: readonly StoredStatus[],
  previous: Previous,
): Promise<{ indexes: number[] }> {
  const changed = requirements.filter(
    (status) =>
      previous.statuses.get(status.requirementId)?.status !== status.status ||
      previous.statuses.get(status.requirementId)?.validUntil !== status.validUntil,
  );
  const moved = changed.filter((status) => previous.statuses.get(status.requirementId)?.status !== status.status);
  const because = new Map(moved.map((status) => [status.requirementId, explain(status, computed.tests, previous)]));
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
        evaluatedAt: formatInstant(computed.at),
        catalogueDigest: computed.catalogueDigest,
        codeVersion: computed.codeVersion,
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
          evaluated_at: formatInstant(computed.at),
          status: status.status,
          previous_status: previous.statuses.get(status.requirementId)?.status ?? null,
          because: because.get(status.requirementId) ?? "",
          valid_until: status.validUntil,
          result: JSON.stringify(status),
          catalogue_digest: computed.catalogueDigest,
          code_version: computed.codeVersion,
          ledger_index: indexes.get(status.requirementId) ?? null,
        })),
      )
      .execute();
  }
  return { indexes: appended.map(({ index }) => index) };
}

/** What moved a requirement: the tests whose verdict changed, and what they now say. */
function explain(status: StoredStatus, tests: readonly KeptTest[], previous: Previous): string {
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
