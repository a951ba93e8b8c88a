-- The entry of the ledger that holds the digest of a day's reads; null until the day is over.
ALTER TABLE auditor_read ADD COLUMN ledger_index bigint;
CREATE INDEX auditor_read_undigested ON auditor_read (org_id, membership_id, id) WHERE ledger_index IS NULL;
CREATE INDEX auditor_read_by_entry ON auditor_read (org_id, ledger_index, id) WHERE ledger_index IS NOT NULL;
