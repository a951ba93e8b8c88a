-- Decisions about one person are found by the keyed hash of their pseudonym.
CREATE INDEX decision_subject ON decision (org_id, subject_hash) WHERE subject_hash IS NOT NULL;

-- Index of the erasure entry by which the personal content of a decision went; what is counted stays.
ALTER TABLE decision ADD COLUMN erased_by bigint;

-- Requests to erase the personal content of a person's decisions. The keyed hash stays with the request, so that what was
-- done for a person can be shown to them; it links to nothing any more.
CREATE TABLE erasure_request (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  subject_hash bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('requested', 'rejected', 'erased')),
  reason text NOT NULL,
  requested_at timestamptz NOT NULL,
  requested_by text NOT NULL,
  decisions bigint NOT NULL,
  decided_at timestamptz,
  decided_by text,
  decision_reason text,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
-- One open request a person.
CREATE UNIQUE INDEX erasure_request_open ON erasure_request (org_id, subject_hash) WHERE state = 'requested';
