-- Names under which one supplier appears (made from its declaration by tools/emit-register-sql.ts).
CREATE TABLE supplier_alias (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  alias text NOT NULL,
  supplier text NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX supplier_alias_search ON supplier_alias USING gin (search);
CREATE INDEX supplier_alias_recorded ON supplier_alias (org_id, recorded_at, id);
CREATE INDEX supplier_alias_title ON supplier_alias (org_id, lower(title), id);
CREATE UNIQUE INDEX supplier_alias_alias_unique ON supplier_alias (org_id, alias) WHERE NOT withdrawn;
