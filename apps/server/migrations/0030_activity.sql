-- Acts: entries that are not part of a stream. A list of acts among millions of decisions reads no decision.
CREATE INDEX ledger_entry_act ON ledger_entry (org_id, index) WHERE kind NOT IN (
  'decision.recorded', 'decision.refused', 'call_events.recorded', 'served.reported', 'outcome.recorded',
  'feedback.recorded', 'observations.recorded', 'monitor.ran'
);
-- Which version of a record an entry made.
CREATE INDEX record_version_entry ON record_version (org_id, ledger_index);
