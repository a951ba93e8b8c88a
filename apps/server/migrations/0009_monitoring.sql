-- Monitoring: registers (made from their declarations), then the streams of runs and feedback.

-- Monitors
CREATE TABLE monitor (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  system_id uuid NOT NULL,
  monitor_kind text NOT NULL,
  measure text NOT NULL,
  threshold double precision NOT NULL,
  alarm_when text NOT NULL,
  outcomes text[] NOT NULL,
  attribute text,
  window_days bigint NOT NULL,
  reference_from date,
  reference_to date,
  heartbeat_hours bigint NOT NULL,
  severity text NOT NULL,
  acknowledge_hours bigint NOT NULL,
  action_days bigint NOT NULL,
  owner_id uuid,
  state text NOT NULL,
  PRIMARY KEY (org_id, id),
  CONSTRAINT monitor_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id),
  CONSTRAINT monitor_owner_id_fk FOREIGN KEY (org_id, owner_id) REFERENCES person (org_id, id)
);
CREATE INDEX monitor_search ON monitor USING gin (search);
CREATE INDEX monitor_recorded ON monitor (org_id, recorded_at, id);
CREATE INDEX monitor_title ON monitor (org_id, lower(title), id);
CREATE UNIQUE INDEX monitor_system_id_name_unique ON monitor (org_id, system_id, name) WHERE NOT withdrawn;
CREATE INDEX monitor_system_id ON monitor (org_id, system_id);
CREATE INDEX monitor_owner_id ON monitor (org_id, owner_id);

-- Alerts
CREATE TABLE alert (
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
  monitor_id uuid NOT NULL,
  monitor_kind text NOT NULL,
  severity text NOT NULL,
  opened_at timestamptz NOT NULL,
  value double precision NOT NULL,
  threshold double precision NOT NULL,
  message text NOT NULL,
  acknowledge_by timestamptz NOT NULL,
  act_by timestamptz NOT NULL,
  state text NOT NULL,
  action text,
  action_note text,
  cause text,
  fix text,
  close_reason text,
  PRIMARY KEY (org_id, id),
  CONSTRAINT alert_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id),
  CONSTRAINT alert_monitor_id_fk FOREIGN KEY (org_id, monitor_id) REFERENCES monitor (org_id, id)
);
CREATE INDEX alert_search ON alert USING gin (search);
CREATE INDEX alert_recorded ON alert (org_id, recorded_at, id);
CREATE INDEX alert_title ON alert (org_id, lower(title), id);
CREATE INDEX alert_system_id ON alert (org_id, system_id);
CREATE INDEX alert_monitor_id ON alert (org_id, monitor_id);

-- Intended uses
CREATE TABLE use_envelope (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  system_id uuid NOT NULL,
  tasks text[] NOT NULL,
  user_groups text[] NOT NULL,
  regions text[] NOT NULL,
  data_classes text[] NOT NULL,
  limit_percent double precision NOT NULL,
  owner_id uuid,
  PRIMARY KEY (org_id, id),
  CONSTRAINT use_envelope_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id),
  CONSTRAINT use_envelope_owner_id_fk FOREIGN KEY (org_id, owner_id) REFERENCES person (org_id, id)
);
CREATE INDEX use_envelope_search ON use_envelope USING gin (search);
CREATE INDEX use_envelope_recorded ON use_envelope (org_id, recorded_at, id);
CREATE INDEX use_envelope_title ON use_envelope (org_id, lower(title), id);
CREATE UNIQUE INDEX use_envelope_system_id_unique ON use_envelope (org_id, system_id) WHERE NOT withdrawn;
CREATE INDEX use_envelope_system_id ON use_envelope (org_id, system_id);
CREATE INDEX use_envelope_owner_id ON use_envelope (org_id, owner_id);

-- Deviations from intended use
CREATE TABLE use_deviation (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  system_id uuid NOT NULL,
  dimension text NOT NULL,
  value text NOT NULL,
  decision text NOT NULL,
  reason text NOT NULL,
  decided_by_id uuid NOT NULL,
  decided_on date NOT NULL,
  PRIMARY KEY (org_id, id),
  CONSTRAINT use_deviation_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id),
  CONSTRAINT use_deviation_decided_by_id_fk FOREIGN KEY (org_id, decided_by_id) REFERENCES person (org_id, id)
);
CREATE INDEX use_deviation_search ON use_deviation USING gin (search);
CREATE INDEX use_deviation_recorded ON use_deviation (org_id, recorded_at, id);
CREATE INDEX use_deviation_title ON use_deviation (org_id, lower(title), id);
CREATE UNIQUE INDEX use_deviation_system_id_dimension_value_unique ON use_deviation (org_id, system_id, dimension, value) WHERE NOT withdrawn;
CREATE INDEX use_deviation_system_id ON use_deviation (org_id, system_id);
CREATE INDEX use_deviation_decided_by_id ON use_deviation (org_id, decided_by_id);

-- Context sources
CREATE TABLE context_source (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  system_id uuid NOT NULL,
  source_key text NOT NULL,
  source_kind text NOT NULL,
  trust_label text NOT NULL,
  rights_class text NOT NULL,
  data_class text NOT NULL,
  selection_reason text NOT NULL,
  owner_id uuid,
  PRIMARY KEY (org_id, id),
  CONSTRAINT context_source_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id),
  CONSTRAINT context_source_owner_id_fk FOREIGN KEY (org_id, owner_id) REFERENCES person (org_id, id)
);
CREATE INDEX context_source_search ON context_source USING gin (search);
CREATE INDEX context_source_recorded ON context_source (org_id, recorded_at, id);
CREATE INDEX context_source_title ON context_source (org_id, lower(title), id);
CREATE UNIQUE INDEX context_source_system_id_source_key_unique ON context_source (org_id, system_id, source_key) WHERE NOT withdrawn;
CREATE INDEX context_source_system_id ON context_source (org_id, system_id);
CREATE INDEX context_source_owner_id ON context_source (org_id, owner_id);

-- Changes of vendors' models
CREATE TABLE model_change (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  system_id uuid NOT NULL,
  seen_model text NOT NULL,
  declared_model text,
  origin text NOT NULL,
  detected_at timestamptz NOT NULL,
  state text NOT NULL,
  conclusion text,
  review_note text,
  PRIMARY KEY (org_id, id),
  CONSTRAINT model_change_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id)
);
CREATE INDEX model_change_search ON model_change USING gin (search);
CREATE INDEX model_change_recorded ON model_change (org_id, recorded_at, id);
CREATE INDEX model_change_title ON model_change (org_id, lower(title), id);
CREATE UNIQUE INDEX model_change_system_id_seen_model_unique ON model_change (org_id, system_id, seen_model) WHERE NOT withdrawn;
CREATE INDEX model_change_system_id ON model_change (org_id, system_id);

-- What monitors saw: computed here from decisions and feedback, or reported by other tools. Each is also a heartbeat.
CREATE TABLE monitor_run (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  monitor_id uuid NOT NULL,
  system_id uuid NOT NULL,
  ran_at timestamptz NOT NULL,
  origin text NOT NULL CHECK (origin IN ('steward', 'reported')),
  judgement text NOT NULL CHECK (judgement IN ('within', 'beyond', 'insufficient')),
  value double precision,
  threshold double precision NOT NULL,
  chance double precision,
  n bigint,
  needed_n bigint,
  from_at timestamptz,
  to_at timestamptz,
  message text NOT NULL,
  alert_id uuid,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX monitor_run_monitor ON monitor_run (org_id, monitor_id, id);

-- What users say, and reports of misuse. The words stand beside the ledger only, where they can be erased.
CREATE TABLE feedback (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  external_id text NOT NULL,
  system_id uuid NOT NULL,
  kind text NOT NULL,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  decision_external_id text,
  channel text,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE UNIQUE INDEX feedback_external ON feedback (org_id, system_id, external_id);
CREATE INDEX feedback_time ON feedback (org_id, system_id, occurred_at);
