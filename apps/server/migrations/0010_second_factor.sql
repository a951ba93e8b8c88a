-- A second factor of an account (RFC 6238). The secret is sealed under a key that lives outside the database.
CREATE TABLE second_factor (
  account_id uuid PRIMARY KEY REFERENCES account (id),
  sealed_secret bytea NOT NULL,
  created_at timestamptz NOT NULL,
  -- Null until the first right code: a secret that was never scanned must lock nobody out.
  confirmed_at timestamptz,
  -- The newest time step whose code was used: a code is good once.
  last_step bigint NOT NULL DEFAULT 0
);

-- Shown once, for the day on which the phone is lost.
CREATE TABLE recovery_code (
  account_id uuid NOT NULL REFERENCES account (id),
  code_hash bytea NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (account_id, code_hash)
);

-- A sign-in whose password was right and whose second factor is still wanted.
CREATE TABLE sign_in_step (
  token_hash bytea PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account (id),
  org_id uuid NOT NULL,
  expires_at timestamptz NOT NULL
);

-- By what people recognise their sessions; kept as long as the session.
ALTER TABLE session ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(), ADD COLUMN user_agent text, ADD COLUMN address text;

ALTER TABLE organisation ADD COLUMN second_factor_roles text[] NOT NULL DEFAULT '{}';
ALTER TABLE organisation ALTER COLUMN second_factor_roles DROP DEFAULT;
