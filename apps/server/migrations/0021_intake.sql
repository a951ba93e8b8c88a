-- What taking in a decision costs. The only writer of entries and bodies is the appending statement (ADR 4): it holds the
-- lock of the log's head and writes both, so that these references could not be broken, and each cost a query a row.
-- What somebody changes behind its back is found by the check of the ledger, which references would not find either.
ALTER TABLE ledger_body DROP CONSTRAINT ledger_body_org_id_index_fkey;
ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_org_id_fkey;

-- Nearly all entries are decisions, which know their entry themselves: they are found through their own row.
DROP INDEX ledger_entry_subject;
CREATE INDEX ledger_entry_subject ON ledger_entry (org_id, subject_id, index) WHERE kind <> 'decision.recorded';
DROP INDEX ledger_entry_kind;
CREATE INDEX ledger_entry_kind ON ledger_entry (org_id, kind, index) WHERE kind <> 'decision.recorded';
