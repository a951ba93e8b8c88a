-- A log that was restored from a backup goes on as another epoch, under another name and key (ledger_log has the present
-- ones). These are the epochs before: their keys, and how many of their entries were kept.
CREATE TABLE ledger_epoch (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  number integer NOT NULL CHECK (number >= 1),
  verification_key text NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  PRIMARY KEY (org_id, number)
);
