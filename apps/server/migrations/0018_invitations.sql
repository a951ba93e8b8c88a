-- Whoever asks for a new password by mail is answered at once and alike, known or not; a job looks the account up.
CREATE TABLE recovery_request (
  id uuid PRIMARY KEY,
  sealed_email bytea NOT NULL,
  created_at timestamptz NOT NULL
);

ALTER TABLE access_link DROP CONSTRAINT access_link_purpose_check;
ALTER TABLE access_link ADD CHECK (purpose IN ('setup', 'password', 'recovery'));
CREATE INDEX access_link_account ON access_link (account_id);
