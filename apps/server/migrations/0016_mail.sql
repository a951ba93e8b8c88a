-- Mail that waits for the mail server, written in the transaction that causes it. What it says and to whom is sealed
-- under a key outside the database, and removed once it was sent or given up.
CREATE TABLE mail_outbox (
  id uuid PRIMARY KEY,
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  kind text NOT NULL,
  -- What the mail is about, so that a screen can say what became of it.
  subject_id uuid,
  -- Of mails with the same key only the first is kept: a job that runs twice sends one digest.
  once_key text,
  sealed bytea,
  created_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'sent', 'failed')),
  tries integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  error text,
  CHECK ((state = 'pending') = (sealed IS NOT NULL))
);
CREATE UNIQUE INDEX mail_outbox_once ON mail_outbox (org_id, once_key);
CREATE INDEX mail_outbox_due ON mail_outbox (next_attempt_at) WHERE state = 'pending';
CREATE INDEX mail_outbox_subject ON mail_outbox (org_id, subject_id, created_at);
