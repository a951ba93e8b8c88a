/** Many decisions straight into the tables, evenly over a time, with the entry, body and receipt that each of them has. */
import type pg from "pg";

export interface Filling {
  readonly orgId: string;
  readonly systemIds: readonly string[];
  readonly rows: number;
  /** Unix milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Makes the partitions of the months in which rows stand. */
  readonly keepPartitions: () => Promise<unknown>;
}

const CHUNK_ROWS = 250_000;
/** Beyond what the log itself counts: these entries have no leaves that anybody verifies. */
const FIRST_INDEX = 1_000_000_000;
/** People whom a system decides about again and again. */
const PEOPLE = 50_000;
const IDS_KEPT = 500;

/** One statement for a chunk. The id sorts as rows do and carries their time (UUIDv7). */
const FILL = `
  WITH made AS MATERIALIZED (
    SELECT n, ($3::bigint + (n * ($4::bigint - $3::bigint)::float8 / $5::bigint)::bigint) AS ms, ($6::uuid[])[1 + n % cardinality($6::uuid[])] AS system_id,
      (ARRAY['approve', 'decline', 'review'])[1 + n % 3] AS outcome, (n % 97) / 97.0 AS score,
      sha256(convert_to('person-' || n % ${PEOPLE}, 'UTF8')) AS subject
    FROM generate_series($1::bigint, $2::bigint) n
  ), named AS MATERIALIZED (
    SELECT *, (lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid AS id,
      to_timestamp(ms / 1000.0) AS at, $8::bigint + n AS index FROM made
  ), entries AS (
    INSERT INTO ledger_entry (org_id, index, leaf, entry_id, kind, recorded_at, actor_kind, actor_id, subject_kind, subject_id)
    SELECT $7::uuid, index, subject, id, 'decision.recorded', at, 'key', $7::uuid::text, 'decision', id::text FROM named
  ), bodies AS (
    INSERT INTO ledger_body (org_id, index, seed, body)
    SELECT $7::uuid, index, subject, convert_to(json_build_object('decision', json_build_object('id', 'f-' || n, 'outcome', outcome),
      'input', json_build_object('digest', 'sha256:' || encode(subject, 'hex'), 'reference', 's3://applications/' || n),
      'explanation', json_build_object('method', repeat('x', 400)))::text, 'UTF8') FROM named
  ), receipts AS (
    INSERT INTO decision_receipt (org_id, external_id, system_key, digest, decision_id, ledger_index, recorded_at)
    SELECT $7::uuid, 'f-' || n, system_id::text, subject, id, index, at FROM named
  )
  INSERT INTO decision (org_id, id, external_id, system_id, system_name, release_id, release_name, occurred_at, recorded_at,
    outcome, score, attributes, subject_hash, oversight, sandbox, flags, ledger_index, step)
  SELECT $7::uuid, id, 'f-' || n, system_id, 'System', replace(system_id::text, '-8001-', '-8002-')::uuid, '1.0.0', at, at, outcome,
    score, jsonb_build_object('region', CASE WHEN n % 2 = 0 THEN 'EU' ELSE 'US' END, 'age', (n % 6) * 10 + 20), subject,
    'none', false, CASE WHEN n % 50 = 0 THEN '{late}' ELSE '{}' END::text[], index, false FROM named`;

/** Answers some of the ids, spread over all. */
export async function fillDecisions(pool: pg.Pool, filling: Filling): Promise<string[]> {
  const { orgId, systemIds, rows, from, to } = filling;
  const fill = (first: number, last: number) =>
    pool.query(FILL, [first, last, from, to, rows, systemIds, orgId, FIRST_INDEX]);
  // A few rows in each month, so that its partition is made before the others come.
  const seeds = Array.from({ length: 10 }, (_, i) => Math.floor((i * (rows - 1)) / 9));
  for (const n of seeds) await fill(n, n);
  await filling.keepPartitions();
  const bounds = [...seeds, rows];
  for (const [i, seed] of seeds.entries()) {
    for (let n = seed + 1; n < (bounds[i + 1] as number); n += CHUNK_ROWS) {
      await fill(n, Math.min(n + CHUNK_ROWS, bounds[i + 1] as number) - 1);
    }
  }
  const step = Math.max(1, Math.floor(rows / IDS_KEPT));
  const { rows: kept } = await pool.query<{ id: string }>(
    "SELECT decision_id AS id FROM decision_receipt WHERE external_id = ANY($1)",
    [Array.from({ length: Math.min(IDS_KEPT, rows) }, (_, i) => `f-${i * step}`)],
  );
  return kept.map(({ id }) => id);
}
