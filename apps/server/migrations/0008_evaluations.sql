-- Evaluations of releases, and the policies that were committed before them. Both are only ever added.

-- One version of a policy. recorded_at is the ledger's time: from then on its thresholds can be shown to hold.
CREATE TABLE evaluation_policy (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  system_id uuid NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  version text NOT NULL,
  digest text NOT NULL,
  document jsonb NOT NULL,
  repository text,
  path text,
  revision text,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, system_id, digest),
  UNIQUE (org_id, system_id, name, version)
);

-- What an evaluation rests on (counts, seed) is in the ledger's body; report is what follows from it.
CREATE TABLE evaluation (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  run_id text,
  system_id uuid NOT NULL,
  release_id uuid NOT NULL,
  release_digest text NOT NULL,
  kind text NOT NULL,
  suite text NOT NULL,
  basis text NOT NULL,
  dataset_name text NOT NULL,
  dataset_version text,
  dataset_digest text,
  cases bigint,
  tool_name text NOT NULL,
  tool_version text,
  policy_id uuid,
  verdict text NOT NULL,
  reasons jsonb NOT NULL,
  results jsonb NOT NULL,
  report jsonb,
  started_at timestamptz,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX evaluation_system ON evaluation (org_id, system_id, id);
CREATE INDEX evaluation_release ON evaluation (org_id, release_id, id);
CREATE UNIQUE INDEX evaluation_run ON evaluation (org_id, system_id, run_id) WHERE run_id IS NOT NULL;
