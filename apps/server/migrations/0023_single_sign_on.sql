-- Identity providers (OpenID Connect) of an organisation. The client secret is sealed under a key outside the database.
CREATE TABLE identity_provider (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL UNIQUE,
  name text NOT NULL,
  issuer text NOT NULL,
  client_id text NOT NULL,
  sealed_secret bytea NOT NULL,
  scopes text NOT NULL,
  enabled boolean NOT NULL,
  -- Whether strangers see it on the sign-in page.
  listed boolean NOT NULL,
  -- Whether people without a membership get one at their first sign-in.
  joins boolean NOT NULL,
  -- E-mail domains of its people; empty: any.
  domains text[] NOT NULL,
  -- Whether the provider asks for a second factor itself.
  second_factor boolean NOT NULL,
  default_roles text[] NOT NULL,
  groups_claim text NOT NULL,
  group_roles jsonb NOT NULL,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, id)
);

-- Whom a provider calls what: found by issuer-scoped subject, never again by e-mail address.
CREATE TABLE external_identity (
  org_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  subject text NOT NULL,
  account_id uuid NOT NULL REFERENCES account (id),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, provider_id, subject),
  FOREIGN KEY (org_id, provider_id) REFERENCES identity_provider (org_id, id)
);
CREATE INDEX external_identity_account ON external_identity (account_id);

-- A sign-in that is under way at a provider: bound to the browser by a cookie whose hash is the key.
CREATE TABLE sso_attempt (
  token_hash bytea PRIMARY KEY,
  org_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  state text NOT NULL,
  nonce text NOT NULL,
  sealed_verifier bytea NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX sso_attempt_expiry ON sso_attempt (expires_at);

-- The provider that vouched for the session; such a session stays in the provider's organisation.
ALTER TABLE session ADD COLUMN provider_id uuid;
ALTER TABLE session ADD COLUMN strong boolean NOT NULL DEFAULT false;

-- Whose roles follow the groups of a provider.
ALTER TABLE membership ADD COLUMN provider_id uuid;

ALTER TABLE sign_in_step ADD COLUMN provider_id uuid;
