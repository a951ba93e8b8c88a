-- What was found in code and seen at run time. Scans and sightings are only ever added.

-- One scan of one source. digest is of the document's canonical JSON; components are what reconciliation reads, each with
-- the moment since when it has been found in every scan of this source.
CREATE TABLE scan (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  source text NOT NULL,
  system_id uuid,
  revision text,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  files_scanned bigint NOT NULL,
  files_skipped bigint NOT NULL,
  components jsonb NOT NULL,
  digest text NOT NULL,
  document jsonb NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX scan_source ON scan (org_id, source, id);

-- One row for each thing that was seen: who used what, from which source. The columns that count move with every sighting;
-- what they were at a past moment is in observation_sighting.
CREATE TABLE observation (
  org_id uuid NOT NULL,
  key text NOT NULL,
  id uuid NOT NULL,
  source text NOT NULL,
  provider text NOT NULL,
  model text,
  version text,
  digest text,
  service text NOT NULL,
  system_id uuid,
  n bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  -- Sightings since the last entry of the ledger about it, and when and where that was.
  pending bigint NOT NULL,
  entered_at timestamptz,
  ledger_index bigint,
  PRIMARY KEY (org_id, key),
  UNIQUE (org_id, id)
);
CREATE INDEX observation_last ON observation (org_id, last_at, id);

-- Somebody looked and published what was there, be it nothing: one entry of the ledger for everything that it says. The
-- proof that a watch is alive.
CREATE TABLE observation_batch (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  source text NOT NULL,
  recorded_at timestamptz NOT NULL,
  -- Things that the entry speaks of.
  n bigint NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX observation_batch_source ON observation_batch (org_id, source, recorded_at);

-- What the ledger says of each thing: its first sighting, then at most one an hour, with the number since the one before.
CREATE TABLE observation_sighting (
  org_id uuid NOT NULL,
  observation_id uuid NOT NULL,
  batch_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  n bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, observation_id, batch_id)
);
