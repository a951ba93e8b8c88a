-- Decisions are a stream: append-only, partitioned by range of their time-ordered UUIDv7 id.

CREATE TABLE decision (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  external_id text NOT NULL,
  system_id uuid,
  system_name text NOT NULL,
  release_id uuid,
  release_name text NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  outcome text NOT NULL,
  score double precision,
  attributes jsonb NOT NULL,
  subject_hash bytea,
  oversight text NOT NULL,
  sandbox boolean NOT NULL,
  flags text[] NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX decision_system ON decision (org_id, system_id, id);
CREATE INDEX decision_release ON decision (org_id, release_id, id);
-- Few decisions are flagged, and those are looked for.
CREATE INDEX decision_flagged ON decision (org_id, id) WHERE flags <> '{}';
-- Holds what no monthly partition covers; partition upkeep keeps it empty.
CREATE TABLE decision_default PARTITION OF decision DEFAULT;

-- Idempotency: the sender's id, once per system. system_key is the system's id, or its name as sent where it is unknown;
-- digest is keyed, because an unkeyed one of a small record could be guessed.
CREATE TABLE decision_receipt (
  org_id uuid NOT NULL,
  external_id text NOT NULL,
  system_key text NOT NULL,
  digest bytea NOT NULL,
  decision_id uuid NOT NULL,
  ledger_index bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, external_id, system_key)
);

-- Counts by system, release and hour, as append-only deltas with the time at which they became known, so that a past
-- answer stays true when late decisions arrive. Test calls (sandbox) are not counted. max_ahead_ms is the largest lead of
-- the sender's clock over ours (negative where it never led); first_at and last_at are moments of decisions.
CREATE TABLE decision_count (
  org_id uuid NOT NULL,
  system_id uuid NOT NULL,
  hour timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  id uuid NOT NULL,
  release_id uuid,
  n bigint NOT NULL,
  flagged bigint NOT NULL,
  max_ahead_ms bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  last_index bigint NOT NULL,
  PRIMARY KEY (org_id, system_id, hour, id)
);
CREATE INDEX decision_count_recorded ON decision_count (org_id, recorded_at);

-- What senders say they served, apart from logging. The newest report of a source for an hour holds.
CREATE TABLE served_report (
  org_id uuid NOT NULL,
  system_id uuid NOT NULL,
  source text NOT NULL,
  hour timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  id uuid NOT NULL,
  served bigint NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX served_report_hour ON served_report (org_id, system_id, hour, source, id);

CREATE TABLE reconstruction_drill (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  system_id uuid NOT NULL,
  ran_at timestamptz NOT NULL,
  seed text NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  population bigint NOT NULL,
  sampled integer NOT NULL,
  reconstructed integer NOT NULL,
  missing jsonb NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX reconstruction_drill_system ON reconstruction_drill (org_id, system_id, ran_at);

-- Bodies that were erased: entries first_index to last_index, as entry erased_by of the log says and justifies.
CREATE TABLE ledger_erasure (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  first_index bigint NOT NULL,
  last_index bigint NOT NULL,
  erased_by bigint NOT NULL,
  PRIMARY KEY (org_id, first_index)
);
