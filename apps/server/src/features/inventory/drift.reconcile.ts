/** Keeps the drift items in step with the reconciliation: what stands is open, what no longer stands is closed. */
import type { Finding } from "@steward/assurance";
import type { Catalogue } from "@steward/catalogue";
import { type Clock, formatInstant, type Micros, MICROS_PER_HOUR, newId, type Uuid } from "@steward/kernel";
import type { Actor } from "@steward/ledger";
import { type Kysely, type Selectable, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import type { DriftItemTable } from "../../platform/database/schema.inventory.ts";
import { holdLock, withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { IS_ACT } from "../../platform/ledger/acts.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";
import { guessOwners } from "./drift.owners.ts";
import type { InventoryComputer } from "./inventory.compute.ts";
import { observeDecisions } from "./observations.decisions.ts";

export interface DriftDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
  readonly catalogue: Catalogue;
  readonly computer: InventoryComputer;
}

const SYSTEM_ACTOR: Actor = { kind: "system", id: INSTALLATION_ID };
/** Silence and the end of a decision come by time alone: it looks again so often without news. */
const LOOK_AGAIN: Micros = MICROS_PER_HOUR;
/** Acts that tell nothing new about the inventory, and what we write ourselves. */
const NO_NEWS = [
  "status.changed",
  "drill.recorded",
  "ledger.checked",
  "drift.reconciled",
  "task.opened",
  "task.closed",
  "task.assigned",
  "task.escalated",
  "task.commented",
];

/** Reconciles every organisation with news or whose look is due; answers how many. */
export async function reconcileDue(deps: DriftDeps): Promise<number> {
  const ran = await exclusively(deps.db, "drift", async () => {
    const due = await readDue(deps);
    for (const orgId of due) {
      await observeDecisions(deps, orgId);
      await refreshDrift(deps, orgId);
    }
    return due.length;
  });
  return ran ?? 0;
}

/** Every organisation's news: unscoped, because it is the scheduler that asks. */
async function readDue({ db, clock }: DriftDeps): Promise<Uuid[]> {
  const { rows } = await sql<{ org_id: Uuid }>`
    SELECT l.org_id FROM ledger_log l LEFT JOIN drift_progress p USING (org_id)
    WHERE l.org_id <> ${INSTALLATION_ID} AND l.size > 0 AND (
      p.org_id IS NULL OR p.look_again_at <= ${clock.now()} OR EXISTS (
        SELECT FROM ledger_entry e
        WHERE e.org_id = l.org_id AND e.index >= p.ledger_size AND ${IS_ACT} AND e.kind <> ALL(${NO_NEWS})
      ) OR EXISTS (
        SELECT FROM ledger_entry e
        WHERE e.org_id = l.org_id AND e.index >= p.ledger_size AND e.kind = 'observations.recorded'
      )
    )`.execute(db);
  return rows.map((row) => row.org_id);
}

/** Reconciles one organisation now and keeps what changed, with one entry of the ledger for all of it. */
export async function refreshDrift(deps: DriftDeps, orgId: Uuid): Promise<void> {
  await withTransaction(deps.db, async (tx) => {
    // Of two at once the second must see what the first wrote.
    await holdLock(tx, `steward/drift/${orgId}`);
    const log = await tx.selectFrom("ledger_log").select("size").where("org_id", "=", orgId).executeTakeFirstOrThrow();
    const now = deps.clock.now();
    const findings = await deps.computer.reconcileInventory({ orgId, at: now });
    await keep(deps, tx, orgId, findings, now);
    const progress = { ledger_size: log.size, look_again_at: moment(now + LOOK_AGAIN) };
    await tx
      .insertInto("drift_progress")
      .values({ org_id: orgId, decisions_until: null, ...progress })
      .onConflict((conflict) => conflict.column("org_id").doUpdateSet(progress))
      .execute();
  });
}

type Item = Selectable<DriftItemTable>;

interface Change {
  readonly finding: Finding;
  readonly known: Item | undefined;
}

async function keep(deps: DriftDeps, tx: Transaction<Tables>, orgId: Uuid, findings: readonly Finding[], now: Micros) {
  const items = await tx.selectFrom("drift_item").selectAll().where("org_id", "=", orgId).execute();
  const byKey = new Map(items.map((item) => [item.key, item]));
  const standing = new Set(findings.map(({ key }) => key));
  const changes = findings.map((finding): Change => ({ finding, known: byKey.get(finding.key) }));
  const opened = changes.filter(({ known }) => known === undefined || known.state === "closed");
  const closed = items.filter(({ key, state }) => state !== "closed" && !standing.has(key));
  const owners = await guessOwners(tx, orgId, findings);
  const ownerOf = ({ key }: Finding) => owners.get(key) ?? null;
  // What opens again is written once, with what opens.
  const updated = changes.filter(
    ({ known, finding }) =>
      known !== undefined && known.state !== "closed" && differs(known, finding, ownerOf(finding)),
  );
  if (opened.length + closed.length + updated.length === 0) return;
  const ids = new Map<string, Uuid>();
  const rows = [...opened, ...updated].map(({ finding, known }) => {
    const id = known?.id ?? newId(deps.clock);
    ids.set(finding.key, id);
    return rowOf(orgId, id, finding, ownerOf(finding), now);
  });
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    await upsert(tx, rows.slice(start, start + ROWS_PER_STATEMENT));
  }
  if (closed.length > 0) {
    await tx
      .updateTable("drift_item")
      .set({ state: "closed", changed_at: moment(now) })
      .where("org_id", "=", orgId)
      .where(
        "id",
        "in",
        closed.map(({ id }) => id),
      )
      .execute();
  }
  await enter(
    deps,
    tx,
    orgId,
    opened.map(({ finding }) => ({ id: ids.get(finding.key) as Uuid, finding })),
    closed,
  );
}

function stateOf(finding: Finding): "open" | "settled" {
  return finding.disposition === null ? "open" : "settled";
}

/** What a person would see change; the newest evidence alone is no news. */
function differs(item: Item, finding: Finding, ownerId: Uuid | null): boolean {
  return (
    item.state !== stateOf(finding) ||
    item.since !== finding.since ||
    item.due_at !== finding.dueAt ||
    item.owner_id !== ownerId ||
    item.message !== finding.message ||
    item.details.join("\n") !== finding.details.join("\n")
  );
}

/** PostgreSQL takes 65,535 parameters in a statement; a row has thirteen. */
const ROWS_PER_STATEMENT = 1000;

function rowOf(orgId: Uuid, id: Uuid, finding: Finding, ownerId: Uuid | null, now: Micros) {
  const { key, kind, subject, systemId, since, dueAt, message, details, evidence } = finding;
  return {
    org_id: orgId,
    id,
    key,
    kind,
    state: stateOf(finding),
    subject: JSON.stringify(subject),
    system_id: systemId,
    since: moment(since),
    due_at: moment(dueAt),
    message,
    details: [...details],
    evidence: JSON.stringify(evidence.map((piece) => ({ ...piece, at: formatInstant(piece.at) }))),
    owner_id: ownerId,
    changed_at: moment(now),
  };
}

async function upsert(tx: Transaction<Tables>, rows: readonly ReturnType<typeof rowOf>[]): Promise<void> {
  await tx
    .insertInto("drift_item")
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(["org_id", "key"]).doUpdateSet(({ ref }) => ({
        kind: ref("excluded.kind"),
        state: ref("excluded.state"),
        subject: ref("excluded.subject"),
        system_id: ref("excluded.system_id"),
        since: ref("excluded.since"),
        due_at: ref("excluded.due_at"),
        message: ref("excluded.message"),
        details: ref("excluded.details"),
        evidence: ref("excluded.evidence"),
        owner_id: ref("excluded.owner_id"),
        changed_at: ref("excluded.changed_at"),
      })),
    )
    .execute();
}

async function enter(
  { clock }: DriftDeps,
  tx: Transaction<Tables>,
  orgId: Uuid,
  opened: readonly { readonly id: Uuid; readonly finding: Finding }[],
  closed: readonly Item[],
): Promise<void> {
  if (opened.length + closed.length === 0) return;
  const [entry] = await appendEvidence(tx, clock, orgId, [
    {
      kind: "drift.reconciled",
      actor: SYSTEM_ACTOR,
      subject: { kind: "reconciliation" },
      body: {
        opened: opened.map(({ id, finding }) => ({ id, key: finding.key, message: finding.message })),
        closed: closed.map(({ id, key }) => ({ id, key })),
      },
    },
  ]);
  if (entry === undefined) return;
  const event = (itemId: Uuid, name: "opened" | "closed") => ({
    org_id: orgId,
    item_id: itemId,
    event: name,
    recorded_at: moment(entry.at),
    ledger_index: entry.index,
  });
  await tx
    .insertInto("drift_event")
    .values([...opened.map(({ id }) => event(id, "opened")), ...closed.map(({ id }) => event(id, "closed"))])
    .execute();
}
