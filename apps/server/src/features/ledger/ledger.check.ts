/** Self-checks of the ledger: run, kept as evidence, and run again every night. */
import { type Clock, formatInstant, MICROS_PER_DAY, MICROS_PER_MINUTE, newId, type Uuid } from "@steward/kernel";
import { type Actor, LedgerError } from "@steward/ledger";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { appendEvidence, type Appended } from "../../platform/ledger/append.ts";
import type { KeyStore } from "../../platform/ledger/keys.ts";
import type { LedgerComputer } from "./ledger.compute.ts";
import type { LedgerCheck } from "./ledger.read.ts";

export interface CheckDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly keys: KeyStore;
  readonly verifier: LedgerComputer;
}

/** Findings that a result keeps; whoever has so many reads the first ones and repairs. */
const FINDINGS_KEPT = 100;
/** A log is checked every night, and new logs soon after their first entries. */
const CHECK_EVERY = MICROS_PER_DAY;
const FIRST_CHECK_AFTER = MICROS_PER_MINUTE;

/** Checks an organisation's ledger now; the result is evidence, whatever it says. */
export async function runLedgerCheck(deps: CheckDeps, orgId: Uuid, actor: Actor): Promise<LedgerCheck> {
  const started = performance.now();
  const verified = await deps.verifier.verifyLedger({ orgId });
  const result = {
    size: verified.size,
    ok: verified.findings.length === 0,
    findings: verified.findings.slice(0, FINDINGS_KEPT),
    durationMs: Math.round(performance.now() - started),
  };
  try {
    return await withTransaction(deps.db, async (tx) => {
      const body = { ...result, findingsTotal: verified.findings.length };
      const [appended] = await appendEvidence(tx, deps.clock, orgId, [
        { kind: "ledger.checked", actor, subject: { kind: "ledger_check" }, body },
      ]);
      const { subjectId: id, at, index } = appended as Appended;
      return insertCheck(tx, orgId, { id, ranAt: formatInstant(at), ...result, ledgerIndex: index });
    });
  } catch (error) {
    if (!(error instanceof LedgerError) || result.ok) throw error;
    // To a damaged log nothing can be appended; that it is damaged must be seen all the same.
    const ranAt = formatInstant(deps.clock.now());
    const check = { id: newId(deps.clock), ranAt, ...result, ledgerIndex: null };
    return withTransaction(deps.db, (tx) => insertCheck(tx, orgId, check));
  }
}

async function insertCheck(
  tx: Transaction<Tables>,
  orgId: Uuid,
  check: Omit<LedgerCheck, "findings"> & { findings: readonly LedgerCheck["findings"][number][] },
): Promise<LedgerCheck> {
  await tx
    .insertInto("ledger_check")
    .values({
      org_id: orgId,
      id: check.id,
      ran_at: check.ranAt,
      size: check.size,
      ok: check.ok,
      findings: JSON.stringify(check.findings),
      duration_ms: check.durationMs,
      ledger_index: check.ledgerIndex,
    })
    .execute();
  return { ...check, findings: [...check.findings] };
}

/**
 * Checks every log whose last check is a day old, and new ones; answers how many.
 * @throws AggregateError when checks could not be run; the others were.
 */
export async function runDueLedgerChecks(deps: CheckDeps): Promise<number> {
  const ran = await exclusively(deps.db, "ledger checks", async () => {
    const due = await readDue(deps);
    const errors: unknown[] = [];
    for (const orgId of due) {
      await runLedgerCheck(deps, orgId, { kind: "system", id: INSTALLATION_ID }).catch((error: unknown) =>
        errors.push(error),
      );
    }
    if (errors.length > 0) throw new AggregateError(errors, "Ledger checks could not be run.");
    return due.length;
  });
  return ran ?? 0;
}

/** Every organisation's log: unscoped, because it is the scheduler that asks. */
async function readDue({ db, clock }: CheckDeps): Promise<Uuid[]> {
  const now = clock.now();
  const { rows } = await sql<{ org_id: Uuid }>`
    SELECT l.org_id FROM ledger_log l
    LEFT JOIN LATERAL (
      SELECT max(ran_at) AS ran_at FROM ledger_check c WHERE c.org_id = l.org_id
    ) last ON true
    WHERE l.size > 0 AND CASE WHEN last.ran_at IS NULL THEN l.created_at <= ${moment(now - FIRST_CHECK_AFTER)}
      ELSE last.ran_at <= ${moment(now - CHECK_EVERY)} END
    ORDER BY l.org_id`.execute(db);
  return rows.map((row) => row.org_id);
}
