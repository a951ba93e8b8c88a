-- The calendar by which deadlines in working days are counted.
ALTER TABLE organisation ADD COLUMN working_days text[] NOT NULL DEFAULT '{monday,tuesday,wednesday,thursday,friday}';
ALTER TABLE organisation ALTER COLUMN working_days DROP DEFAULT;

CREATE TABLE holiday (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  first_day date NOT NULL,
  last_day date NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX holiday_search ON holiday USING gin (search);
CREATE INDEX holiday_recorded ON holiday (org_id, recorded_at, id);
CREATE INDEX holiday_title ON holiday (org_id, lower(title), id);
CREATE UNIQUE INDEX holiday_first_day_name_unique ON holiday (org_id, first_day, name) WHERE NOT withdrawn;
