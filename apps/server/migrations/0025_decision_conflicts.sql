-- What was sent under the id of a decision that says something else: refused, and kept beside it as evidence. What it
-- said stands in its ledger body alone. digest is keyed, as that of a receipt: what is sent twice is kept once.
CREATE TABLE decision_conflict (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  decision_id uuid NOT NULL,
  digest bytea NOT NULL,
  -- Of the person whom the refused content concerned, who may be another than that of the decision.
  subject_hash bytea,
  recorded_at timestamptz NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, decision_id, digest)
);
CREATE INDEX decision_conflict_subject ON decision_conflict (org_id, subject_hash) WHERE subject_hash IS NOT NULL;
