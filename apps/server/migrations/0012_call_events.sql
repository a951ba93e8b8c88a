-- What events tell of a call apart from its span: they come in requests of their own, before it or after it, and are
-- joined to the decision with the same run_id when it is read. Content is gone: only digests, tools and results are here.
-- digest is of the events: what is sent twice is kept once.
CREATE TABLE call_event (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  system_id uuid NOT NULL,
  run_id text NOT NULL,
  digest text NOT NULL,
  events jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, system_id, run_id, digest)
);
CREATE INDEX call_event_system ON call_event (org_id, system_id, id);
