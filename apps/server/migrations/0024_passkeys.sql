-- Passkeys (WebAuthn): the public half of a key that an authenticator of the person keeps.
CREATE TABLE passkey (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES account (id),
  credential_id text NOT NULL UNIQUE,
  public_key bytea NOT NULL,
  -- Authenticators that count their uses count upwards; one that does not was copied.
  counter bigint NOT NULL,
  transports text[] NOT NULL,
  name text NOT NULL,
  backed_up boolean NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz
);
CREATE INDEX passkey_account ON passkey (account_id);

-- A challenge is signed once. Without an account it is a sign-in's.
CREATE TABLE passkey_challenge (
  challenge text PRIMARY KEY,
  account_id uuid REFERENCES account (id),
  expires_at timestamptz NOT NULL
);
CREATE INDEX passkey_challenge_expiry ON passkey_challenge (expires_at);
