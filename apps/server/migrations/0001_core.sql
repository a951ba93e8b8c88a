-- Organisations, access, ledger, history. org_id leads every primary key (see ARCHITECTURE.md, Storage), so that an
-- organisation can be moved or sharded whole. The installation's own log and acts use the organisation id
-- 00000000-0000-8000-8000-000000000000.

-- Evidence ledger ------------------------------------------------------------------------------------------------

-- The head of each log. Every appending transaction locks its row as its last step.
CREATE TABLE ledger_log (
  org_id uuid PRIMARY KEY,
  origin text NOT NULL UNIQUE,
  verification_key text NOT NULL,
  size bigint NOT NULL DEFAULT 0,
  root bytea NOT NULL,
  -- Time of the newest entry: entries of a log never go back in time, whatever the clocks of several nodes say.
  last_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL
);

-- The exact bytes of each leaf. The other columns are projections for queries and never feed verification.
CREATE TABLE ledger_entry (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  index bigint NOT NULL,
  leaf bytea NOT NULL,
  entry_id uuid NOT NULL,
  kind text NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  subject_kind text NOT NULL,
  subject_id text NOT NULL,
  subject_version bigint,
  PRIMARY KEY (org_id, index)
);
CREATE INDEX ledger_entry_subject ON ledger_entry (org_id, subject_id, index);
CREATE INDEX ledger_entry_kind ON ledger_entry (org_id, kind, index);

-- What an entry commits to: the canonical body and the seed of its salts. Erasure removes the row; the leaf stays.
CREATE TABLE ledger_body (
  org_id uuid NOT NULL,
  index bigint NOT NULL,
  seed bytea NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (org_id, index),
  FOREIGN KEY (org_id, index) REFERENCES ledger_entry (org_id, index)
);

CREATE TABLE ledger_tile (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  level smallint NOT NULL,
  index bigint NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (org_id, level, index)
);

CREATE TABLE ledger_checkpoint (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  size bigint NOT NULL,
  root bytea NOT NULL,
  note text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, size)
);

CREATE TABLE ledger_cosignature (
  org_id uuid NOT NULL,
  size bigint NOT NULL,
  verification_key text NOT NULL,
  signature_line text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, size, verification_key),
  FOREIGN KEY (org_id, size) REFERENCES ledger_checkpoint (org_id, size)
);

CREATE TABLE ledger_check (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  ran_at timestamptz NOT NULL,
  size bigint NOT NULL,
  ok boolean NOT NULL,
  findings jsonb NOT NULL,
  duration_ms double precision NOT NULL,
  ledger_index bigint,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX ledger_check_time ON ledger_check (org_id, ran_at);

-- History of all registers ---------------------------------------------------------------------------------------

-- Append-only. The exact bytes stand in ledger_body at ledger_index; the jsonb is their projection.
CREATE TABLE record_version (
  org_id uuid NOT NULL,
  kind text NOT NULL,
  id uuid NOT NULL,
  version integer NOT NULL,
  schema_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  change_reason text,
  withdrawn boolean NOT NULL,
  body jsonb NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, kind, id, version)
);
CREATE INDEX record_version_time ON record_version (org_id, kind, recorded_at);

-- Access ---------------------------------------------------------------------------------------------------------

CREATE TABLE account (
  id uuid PRIMARY KEY,
  email text NOT NULL,
  name text NOT NULL,
  password_hash text,
  created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX account_email ON account (lower(email));

CREATE TABLE membership (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  account_id uuid NOT NULL REFERENCES account (id),
  person_id uuid,
  roles text[] NOT NULL,
  disabled_at timestamptz,
  created_at timestamptz NOT NULL,
  last_sign_in_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, account_id)
);
CREATE INDEX membership_account ON membership (account_id);

CREATE TABLE session (
  token_hash bytea PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account (id),
  org_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id);

-- One-time links: first set-up (no account), joining, and lost passwords.
CREATE TABLE access_link (
  token_hash bytea PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('setup', 'password')),
  account_id uuid REFERENCES account (id),
  org_id uuid,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);

CREATE TABLE api_key (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL UNIQUE,
  secret_hash bytea NOT NULL,
  scopes text[] NOT NULL,
  system_id uuid,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  last_used_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, id)
);

-- Failed sign-ins by account and by address, for throttling across all nodes.
CREATE TABLE sign_in_failure (
  bucket bytea NOT NULL,
  failed_at timestamptz NOT NULL,
  id uuid NOT NULL,
  PRIMARY KEY (bucket, failed_at, id)
);
