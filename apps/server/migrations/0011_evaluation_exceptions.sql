-- Failed evaluations that are accepted for a while.
CREATE TABLE evaluation_exception (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  summary text NOT NULL,
  system_id uuid NOT NULL,
  evaluation_id text NOT NULL,
  justification text NOT NULL,
  mitigation text NOT NULL,
  requested_by_id uuid NOT NULL,
  approved_by_id uuid,
  state text NOT NULL,
  valid_from date NOT NULL,
  valid_to date NOT NULL,
  PRIMARY KEY (org_id, id),
  CONSTRAINT evaluation_exception_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id),
  CONSTRAINT evaluation_exception_requested_by_id_fk FOREIGN KEY (org_id, requested_by_id) REFERENCES person (org_id, id),
  CONSTRAINT evaluation_exception_approved_by_id_fk FOREIGN KEY (org_id, approved_by_id) REFERENCES person (org_id, id)
);
CREATE INDEX evaluation_exception_search ON evaluation_exception USING gin (search);
CREATE INDEX evaluation_exception_recorded ON evaluation_exception (org_id, recorded_at, id);
CREATE INDEX evaluation_exception_title ON evaluation_exception (org_id, lower(title), id);
CREATE INDEX evaluation_exception_system_id ON evaluation_exception (org_id, system_id);
CREATE INDEX evaluation_exception_requested_by_id ON evaluation_exception (org_id, requested_by_id);
CREATE INDEX evaluation_exception_approved_by_id ON evaluation_exception (org_id, approved_by_id);

