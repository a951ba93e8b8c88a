-- Evidence files: a register of what is known of each (made from its declaration), and what their store holds.
CREATE TABLE attachment (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  subject_kind text NOT NULL,
  subject_id text NOT NULL,
  digest text NOT NULL,
  size_bytes bigint NOT NULL,
  media_type text NOT NULL,
  virus_scan text NOT NULL,
  source text,
  description text,
  effective_on date,
  expires_on date,
  keep_until date,
  legal_hold boolean NOT NULL,
  hold_reason text,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX attachment_search ON attachment USING gin (search);
CREATE INDEX attachment_recorded ON attachment (org_id, recorded_at, id);
CREATE INDEX attachment_title ON attachment (org_id, lower(title), id);
CREATE INDEX attachment_subject ON attachment (org_id, subject_id) WHERE NOT withdrawn;
CREATE INDEX attachment_digest ON attachment (org_id, digest) WHERE NOT withdrawn;
CREATE INDEX attachment_keep ON attachment (org_id, keep_until) WHERE NOT withdrawn AND keep_until IS NOT NULL;

-- What the store holds for an organisation, by digest; removed_at: no attachment needs it any more.
CREATE TABLE evidence_content (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  digest text NOT NULL,
  size_bytes bigint NOT NULL,
  stored_at timestamptz NOT NULL,
  removed_at timestamptz,
  PRIMARY KEY (org_id, digest)
);
CREATE INDEX evidence_content_digest ON evidence_content (digest) WHERE removed_at IS NULL;

-- Files that may stand in the store without being needed: written before a file goes in, taken away with the record that
-- needs it, and written again when the last one goes. What is named here for long and needed by nobody is removed.
CREATE TABLE content_intent (
  digest text PRIMARY KEY,
  since timestamptz NOT NULL
);
