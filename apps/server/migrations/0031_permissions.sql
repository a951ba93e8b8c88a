-- Access that ends by itself, and access to some AI systems only (null: to all).
ALTER TABLE membership ADD COLUMN expires_at timestamptz, ADD COLUMN system_ids uuid[];

-- What auditors read, so that the organisation knows what was shown to them.
CREATE TABLE auditor_read (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  membership_id uuid NOT NULL,
  operation_id text NOT NULL,
  path text NOT NULL,
  read_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, membership_id) REFERENCES membership (org_id, id)
);

-- Roles taken on in an emergency, for hours, with a reason.
CREATE TABLE break_glass (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  membership_id uuid NOT NULL,
  roles text[] NOT NULL,
  reason text NOT NULL,
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, membership_id) REFERENCES membership (org_id, id)
);
CREATE INDEX break_glass_membership ON break_glass (org_id, membership_id, expires_at);
