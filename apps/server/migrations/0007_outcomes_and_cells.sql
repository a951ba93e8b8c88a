-- What turned out to be true of a decision. A correction is a new version; the version observed last holds, of those
-- observed at once the one recorded last. Partitioned as its decisions are, so that both are disposed of together.
-- The note of a version is free text and stands in its ledger body alone.
CREATE TABLE decision_outcome (
  org_id uuid NOT NULL,
  decision_id uuid NOT NULL,
  version integer NOT NULL,
  id uuid NOT NULL,
  outcome text NOT NULL,
  observed_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  source text,
  -- Keyed digest of the content: what was sent before changes nothing.
  digest bytea NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, decision_id, version)
) PARTITION BY RANGE (decision_id);
-- Ids are stamped under the lock of the log, so this is the order of recording.
CREATE INDEX decision_outcome_order ON decision_outcome (org_id, id);
CREATE TABLE decision_outcome_default PARTITION OF decision_outcome DEFAULT;

-- Cells: counts of decisions by system, release and day (UTC) of their happening, outcome, true outcome and score bin,
-- as append-only deltas with the time at which they became known. A late outcome takes one from "not known" and adds one
-- to what is known now. Deltas of hours and days that are over are added up (see cells.rollup.ts). Test calls and steps
-- of agents are not counted. outcome and truth are '' beyond the number of labels that are told apart; truth is null
-- until it is known.
CREATE TABLE decision_cell (
  org_id uuid NOT NULL,
  system_id uuid NOT NULL,
  day date NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  recorded_at timestamptz NOT NULL,
  release_id uuid,
  outcome text NOT NULL,
  truth text,
  score_bin smallint,
  n bigint NOT NULL,
  PRIMARY KEY (org_id, system_id, day, id)
);
CREATE INDEX decision_cell_recorded ON decision_cell (org_id, recorded_at);

-- The same by slice, which is a set of group attributes; null beyond the number of slices that are told apart.
CREATE TABLE decision_slice_cell (
  org_id uuid NOT NULL,
  system_id uuid NOT NULL,
  day date NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  recorded_at timestamptz NOT NULL,
  release_id uuid,
  slice_id uuid,
  outcome text NOT NULL,
  truth text,
  n bigint NOT NULL,
  scored bigint NOT NULL,
  score_sum double precision NOT NULL,
  score_sum_squares double precision NOT NULL,
  PRIMARY KEY (org_id, system_id, day, id)
);
CREATE INDEX decision_slice_cell_recorded ON decision_slice_cell (org_id, recorded_at);

-- How many people: a HyperLogLog sketch of the subjects' keyed hashes, as the registers that are not zero.
CREATE TABLE decision_subject_cell (
  org_id uuid NOT NULL,
  system_id uuid NOT NULL,
  day date NOT NULL,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  recorded_at timestamptz NOT NULL,
  release_id uuid,
  registers smallint[] NOT NULL,
  ranks smallint[] NOT NULL,
  PRIMARY KEY (org_id, system_id, day, id)
);
CREATE INDEX decision_subject_cell_recorded ON decision_subject_cell (org_id, recorded_at);

-- What the cells of a system tell apart: labels of outcomes, and slices, whose id is a digest of their attributes.
CREATE TABLE decision_cell_label (
  org_id uuid NOT NULL,
  system_id uuid NOT NULL,
  label text NOT NULL,
  PRIMARY KEY (org_id, system_id, label)
);
CREATE TABLE decision_slice (
  org_id uuid NOT NULL,
  system_id uuid NOT NULL,
  id uuid NOT NULL,
  attributes jsonb NOT NULL,
  PRIMARY KEY (org_id, system_id, id)
);

-- How far the cells have counted: the newest decision and late outcome in them, the size of the log then, and the hour
-- up to which deltas are added up.
CREATE TABLE decision_cell_mark (
  org_id uuid PRIMARY KEY REFERENCES ledger_log (org_id),
  decision_id uuid NOT NULL,
  outcome_id uuid NOT NULL,
  ledger_size bigint NOT NULL,
  added_up_to timestamptz NOT NULL
);
