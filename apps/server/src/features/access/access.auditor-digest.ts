/** What auditors read in a day, into the ledger: the kept lines cannot be changed afterwards without being found out. */
import { createHash } from "node:crypto";

import { endpoints } from "@steward/contract";
import {
  canonicalJson,
  type Clock,
  dayIn,
  formatInstant,
  type Json,
  type Micros,
  startOfDay,
  type Uuid,
} from "@steward/kernel";
import { type Kysely, sql, type Transaction } from "kysely";

import { moment, type Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { INSTALLATION_ID } from "../../platform/http/caller.ts";
import { exclusively } from "../../platform/jobs/loop.ts";
import { appendEvidence } from "../../platform/ledger/append.ts";

interface Deps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

/** The kind of the entry of a day. */
export const DIGESTED_KIND = "auditor_reads.digested";

/** Lines of one transaction, so that memory stays bounded; a day with more gets several digests. */
const LINES_MAX = 10_000;

interface Auditor {
  readonly org_id: Uuid;
  readonly membership_id: Uuid;
  readonly zone: string;
}

/** What is kept of one read. */
export interface ReadLine {
  readonly id: Uuid;
  readonly operation_id: string;
  readonly path: string;
  readonly read_at: Micros;
}

/** Digests what was read on days that are over, in the organisation's time zone; answers how many entries that made. */
export async function digestAuditorReads(deps: Deps): Promise<number> {
  const made = await exclusively(deps.db, "auditor reads", async () => {
    let entries = 0;
    for (const auditor of await readAuditors(deps.db)) {
      for (;;) {
        const added = await withTransaction(deps.db, (tx) => digestSome(deps, tx, auditor));
        if (added === 0) break;
        entries += added;
      }
    }
    return entries;
  });
  return made ?? 0;
}

/** Whose reads wait, of every organisation: unscoped, because it is the scheduler that asks. */
async function readAuditors(db: Kysely<Tables>): Promise<Auditor[]> {
  const { rows } = await sql<Auditor>`
    SELECT DISTINCT r.org_id, r.membership_id, o.time_zone AS zone
    FROM auditor_read r JOIN organisation o ON o.org_id = r.org_id AND o.id = r.org_id
    WHERE r.ledger_index IS NULL ORDER BY 1, 2`.execute(db);
  return rows;
}

async function digestSome({ clock }: Deps, tx: Transaction<Tables>, auditor: Auditor): Promise<number> {
  const { org_id: orgId, membership_id: memberId, zone } = auditor;
  const today = startOfDay(dayIn(clock.now(), zone), zone);
  const { rows } = await sql<ReadLine>`
    SELECT id, operation_id, path, read_at FROM auditor_read
    WHERE org_id = ${orgId} AND membership_id = ${memberId} AND ledger_index IS NULL AND read_at < ${moment(today)}
    ORDER BY id LIMIT ${LINES_MAX} FOR UPDATE`.execute(tx);
  const days = [...Map.groupBy(rows, ({ read_at }) => dayIn(read_at, zone))];
  const appended = await appendEvidence(
    tx,
    clock,
    orgId,
    days.map(([day, lines]) => ({
      kind: DIGESTED_KIND,
      actor: { kind: "system", id: INSTALLATION_ID },
      subject: { kind: "membership", id: memberId },
      body: { day, reads: lines.length, readsByKind: countByKind(lines), linesDigest: digestOf(lines) },
    })),
  );
  for (const [place, [, lines]] of days.entries()) {
    await sql`UPDATE auditor_read SET ledger_index = ${appended[place]?.index}
      WHERE org_id = ${orgId} AND id = ANY(${lines.map(({ id }) => id)}::uuid[])`.execute(tx);
  }
  return days.length;
}

const KINDS = new Map(endpoints.map(({ operationId, tag }) => [operationId, tag]));

/** By the part of the API that was read; an operation that is no more stands under its own name. */
function countByKind(lines: readonly ReadLine[]): Record<string, Json> {
  const byKind = Map.groupBy(lines, ({ operation_id }) => KINDS.get(operation_id) ?? operation_id);
  return Object.fromEntries([...byKind].map(([kind, { length }]) => [kind, length]));
}

/** SHA-256 over each line as canonical JSON (RFC 8785) and a line feed, in the order of their ids. */
export function digestOf(lines: readonly ReadLine[]): string {
  const hash = createHash("sha256");
  for (const { id, operation_id: operationId, path, read_at } of lines) {
    hash.update(`${canonicalJson({ id, operationId, path, readAt: formatInstant(read_at) })}\n`);
  }
  return `sha256:${hash.digest("hex")}`;
}
