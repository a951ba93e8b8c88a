/** Tasks of those who decide: what was asked for, and what was approved and ends soon. */
import type { Permission } from "@steward/contract";
import { addDays, addWorkingDays, endOfDay, type Micros, type Uuid } from "@steward/kernel";
import { sql } from "kysely";

import { DECIDE_WITHIN_WORKING_DAYS, type Duty, EXPIRY_NOTICE_DAYS, type Ground } from "./duty.ts";

interface Asked {
  readonly kind: string;
  readonly id: string;
  readonly title: string;
  readonly permission: Permission;
  readonly asked_by: string | null;
  readonly system_id: Uuid | null;
  readonly since: Micros;
}

/** Each request is the task of anybody who may decide it, but for whoever asked. */
export async function readApprovals({ db, orgId, calendar }: Ground): Promise<Duty[]> {
  const { rows } = await sql<Asked>`
    SELECT 'exception' AS kind, id::text, 'Exception to ' || control_id || ' is asked for.' AS title,
      'exceptions.approve' AS permission, requested_by_id::text AS asked_by, NULL::uuid AS system_id, recorded_at AS since
    FROM exception WHERE org_id = ${orgId} AND NOT withdrawn AND state = 'requested'
    UNION ALL
    SELECT 'evaluation_exception', id::text, 'Accept a failed evaluation: ' || summary, 'exceptions.approve',
      requested_by_id::text, system_id, recorded_at
    FROM evaluation_exception WHERE org_id = ${orgId} AND NOT withdrawn AND state = 'requested'
    UNION ALL
    SELECT 'use_approval', id::text, 'Use of AI services is asked for: ' || use, 'uses.approve',
      requested_by_id::text, system_id, recorded_at
    FROM use_approval WHERE org_id = ${orgId} AND NOT withdrawn AND state = 'requested'
    UNION ALL
    SELECT 'drift_item', i.id::text, 'Leave drift as it is: ' || i.message, 'drift.approve',
      d.requested_by::text, i.system_id, d.requested_at
    FROM drift_disposition d JOIN drift_item i ON i.org_id = d.org_id AND i.id = d.item_id AND i.state = 'open'
    WHERE d.org_id = ${orgId} AND d.state = 'requested'
    UNION ALL
    SELECT 'erasure_request', id::text, 'Erasure of a person''s decisions is asked for.', 'erasures.approve',
      requested_by, NULL, requested_at
    FROM erasure_request WHERE org_id = ${orgId} AND state = 'requested'`.execute(db);
  return rows.map((row) => ({
    key: `approval:${row.kind}:${row.id}`,
    kind: "approval",
    title: row.title,
    todo: "Approve or reject it; whoever asked cannot.",
    source: { kind: row.kind, id: row.id },
    systemId: row.system_id,
    since: row.since,
    dueAt: addWorkingDays(row.since, DECIDE_WITHIN_WORKING_DAYS, calendar),
    ownerId: null,
    permission: row.permission,
    notFor: row.asked_by as Uuid | null,
  }));
}

const TODO: Readonly<Record<string, string>> = {
  attachment: "Attach a newer one, or give it a later last day.",
};

/** Approvals that are in force, and evidence files, that end within the notice. */
export async function readExpiring({ db, orgId, now, calendar }: Ground): Promise<Duty[]> {
  const { timeZone } = calendar;
  const { rows } = await sql<{
    kind: string;
    id: Uuid;
    title: string;
    owner_id: Uuid | null;
    system_id: Uuid | null;
    valid_to: string;
  }>`
    SELECT 'exception' AS kind, id, 'Exception to ' || control_id AS title, requested_by_id AS owner_id,
      NULL::uuid AS system_id, valid_to::text
    FROM exception WHERE org_id = ${orgId} AND NOT withdrawn AND state = 'approved'
    UNION ALL
    SELECT 'evaluation_exception', id, 'Accepted evaluation: ' || summary, requested_by_id, system_id, valid_to::text
    FROM evaluation_exception WHERE org_id = ${orgId} AND NOT withdrawn AND state = 'approved'
    UNION ALL
    SELECT 'use_approval', id, 'Use of AI services: ' || use, requested_by_id, system_id, valid_to::text
    FROM use_approval WHERE org_id = ${orgId} AND NOT withdrawn AND state = 'approved' AND valid_to IS NOT NULL
    UNION ALL
    SELECT 'attachment', a.id, 'Evidence file ' || a.name, CASE WHEN v.actor_kind = 'person' THEN v.actor_id::uuid END,
      CASE WHEN a.subject_kind = 'system' THEN s.id END, a.expires_on::text
    FROM attachment a
    JOIN record_version v ON v.org_id = a.org_id AND v.kind = 'attachment' AND v.id = a.id AND v.version = 1
    LEFT JOIN system s ON s.org_id = a.org_id AND s.id::text = a.subject_id
    WHERE a.org_id = ${orgId} AND NOT a.withdrawn AND a.expires_on IS NOT NULL
    ORDER BY kind, id`.execute(db);
  return rows.flatMap((row): Duty[] => {
    const dueAt = endOfDay(row.valid_to, timeZone);
    const since = addDays(dueAt, -EXPIRY_NOTICE_DAYS, timeZone);
    if (since > now || dueAt <= now) return [];
    return [
      {
        key: `expiring:${row.kind}:${row.id}:${row.valid_to}`,
        kind: "expiring",
        title: `${row.title} ends on ${row.valid_to}.`,
        todo: TODO[row.kind] ?? "Mend what it covers, or ask for another one; it ends by itself.",
        source: { kind: row.kind, id: row.id },
        systemId: row.system_id,
        since,
        dueAt,
        ownerId: row.owner_id,
        permission: null,
        notFor: null,
      },
    ];
  });
}
