-- Computed status. Rows are only ever added; the current ones are those with the newest evaluated_at.

CREATE TABLE test_result (
  org_id uuid NOT NULL,
  test_id text NOT NULL,
  evaluated_at timestamptz NOT NULL,
  verdict text NOT NULL,
  valid_until timestamptz,
  result jsonb NOT NULL,
  catalogue_digest text NOT NULL,
  code_version text NOT NULL,
  PRIMARY KEY (org_id, test_id, evaluated_at)
);

CREATE TABLE requirement_status (
  org_id uuid NOT NULL,
  requirement_id text NOT NULL,
  evaluated_at timestamptz NOT NULL,
  status text NOT NULL,
  previous_status text,
  because text NOT NULL,
  valid_until timestamptz,
  result jsonb NOT NULL,
  catalogue_digest text NOT NULL,
  code_version text NOT NULL,
  ledger_index bigint,
  PRIMARY KEY (org_id, requirement_id, evaluated_at)
);
CREATE INDEX requirement_status_time ON requirement_status (org_id, evaluated_at);

-- The newest evaluation as a whole, for screens.
CREATE TABLE status_current (
  org_id uuid PRIMARY KEY,
  evaluated_at timestamptz NOT NULL,
  ledger_size bigint NOT NULL,
  valid_until timestamptz,
  summary jsonb NOT NULL,
  tests jsonb NOT NULL,
  catalogue_digest text NOT NULL,
  code_version text NOT NULL
);
