-- What must be kept although somebody asks for its erasure, or its retention ends: because of a claim, an inquiry, an
-- order. The person is known by the keyed hash of their pseudonym only.
CREATE TABLE legal_hold (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  subject_hash bytea NOT NULL,
  reason text NOT NULL,
  placed_at timestamptz NOT NULL,
  placed_by text NOT NULL,
  lifted_at timestamptz,
  lifted_by text,
  lift_reason text,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
-- One open hold a person.
CREATE UNIQUE INDEX legal_hold_open ON legal_hold (org_id, subject_hash) WHERE lifted_at IS NULL;
