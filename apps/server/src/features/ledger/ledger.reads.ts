/** Compares what is kept of auditors' reads with the digests that the log holds of their days. */
import type { Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { DIGESTED_KIND, digestOf, type ReadLine } from "../access/access.auditor-digest.ts";
import { altered, extra, EXTRA_ROWS_NAMED, type ProjectionCheck } from "./ledger.findings.ts";

interface Row extends ReadLine {
  readonly membership_id: Uuid;
  readonly ledger_index: number;
}

export function auditorReadsCheck(): ProjectionCheck {
  return {
    async check(db, orgId, entries) {
      const digests = entries.filter(({ entry }) => entry.kind === DIGESTED_KIND);
      const findings = [];
      for (const { index, entry, body } of digests) {
        const lines = await linesOf(db, orgId, index);
        const theirs = lines.every(({ membership_id: id }) => id === entry.subject.id);
        const same = body === undefined || (body["linesDigest"] === digestOf(lines) && body["reads"] === lines.length);
        const wrong = theirs && same ? [] : ["what was read"];
        findings.push(...altered("The list of an auditor's reads", index, wrong));
      }
      return findings;
    },
    async finish(db, orgId) {
      const { rows } = await sql<Row>`
        SELECT r.id, r.ledger_index FROM auditor_read r
        WHERE r.org_id = ${orgId} AND r.ledger_index IS NOT NULL AND NOT EXISTS (
          SELECT FROM ledger_entry e WHERE e.org_id = r.org_id AND e.index = r.ledger_index AND e.kind = ${DIGESTED_KIND}
        ) ORDER BY r.ledger_index LIMIT ${EXTRA_ROWS_NAMED}`.execute(db);
      return rows.map((row) => extra("The read of an auditor", row.id, row.ledger_index));
    },
  };
}

async function linesOf(db: Kysely<Tables>, orgId: Uuid, index: number): Promise<Row[]> {
  const { rows } = await sql<Row>`
    SELECT id, membership_id, operation_id, path, read_at, ledger_index FROM auditor_read
    WHERE org_id = ${orgId} AND ledger_index = ${index} ORDER BY id`.execute(db);
  return rows;
}
