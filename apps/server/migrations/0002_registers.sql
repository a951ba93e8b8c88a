-- Current state of each register, made from its declaration (tools/emit-register-sql.ts).

-- Organisation
CREATE TABLE organisation (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  time_zone text NOT NULL,
  activity text,
  country text,
  demonstration boolean NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX organisation_search ON organisation USING gin (search);
CREATE INDEX organisation_recorded ON organisation (org_id, recorded_at, id);
CREATE INDEX organisation_title ON organisation (org_id, lower(title), id);

-- People
CREATE TABLE person (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  email text,
  job_title text,
  employment text NOT NULL,
  active_from date NOT NULL,
  active_to date,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX person_search ON person USING gin (search);
CREATE INDEX person_recorded ON person (org_id, recorded_at, id);
CREATE INDEX person_title ON person (org_id, lower(title), id);
CREATE UNIQUE INDEX person_email_unique ON person (org_id, email) WHERE NOT withdrawn;

-- AI systems
CREATE TABLE system (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  purpose text NOT NULL,
  inputs text[] NOT NULL,
  outputs text[] NOT NULL,
  training_data_sources text[] NOT NULL,
  agentic text NOT NULL,
  interacts_with_people text NOT NULL,
  supplier text,
  lifecycle text NOT NULL,
  owner_id uuid,
  ai_roles text[] NOT NULL,
  ai_roles_decided_by_id uuid,
  ai_roles_decided_on date,
  in_scope text NOT NULL,
  scope_reason text,
  scope_approver_id uuid,
  scope_decided_on date,
  risk_tier text NOT NULL,
  ai_act_tier text NOT NULL,
  affected_groups text[] NOT NULL,
  regions text[] NOT NULL,
  retention_days bigint,
  retention_rule_days bigint,
  PRIMARY KEY (org_id, id),
  CONSTRAINT system_owner_id_fk FOREIGN KEY (org_id, owner_id) REFERENCES person (org_id, id),
  CONSTRAINT system_ai_roles_decided_by_id_fk FOREIGN KEY (org_id, ai_roles_decided_by_id) REFERENCES person (org_id, id),
  CONSTRAINT system_scope_approver_id_fk FOREIGN KEY (org_id, scope_approver_id) REFERENCES person (org_id, id)
);
CREATE INDEX system_search ON system USING gin (search);
CREATE INDEX system_recorded ON system (org_id, recorded_at, id);
CREATE INDEX system_title ON system (org_id, lower(title), id);
CREATE UNIQUE INDEX system_name_unique ON system (org_id, name) WHERE NOT withdrawn;
CREATE INDEX system_owner_id ON system (org_id, owner_id);
CREATE INDEX system_ai_roles_decided_by_id ON system (org_id, ai_roles_decided_by_id);
CREATE INDEX system_scope_approver_id ON system (org_id, scope_approver_id);

-- Role assignments
CREATE TABLE role_assignment (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  role text NOT NULL,
  person_id uuid NOT NULL,
  system_id uuid,
  valid_from date NOT NULL,
  valid_to date,
  appointment text,
  PRIMARY KEY (org_id, id),
  CONSTRAINT role_assignment_person_id_fk FOREIGN KEY (org_id, person_id) REFERENCES person (org_id, id),
  CONSTRAINT role_assignment_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id)
);
CREATE INDEX role_assignment_search ON role_assignment USING gin (search);
CREATE INDEX role_assignment_recorded ON role_assignment (org_id, recorded_at, id);
CREATE INDEX role_assignment_title ON role_assignment (org_id, lower(title), id);
CREATE INDEX role_assignment_person_id ON role_assignment (org_id, person_id);
CREATE INDEX role_assignment_system_id ON role_assignment (org_id, system_id);

-- Components
CREATE TABLE component (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  component_kind text NOT NULL,
  system_id uuid NOT NULL,
  version text,
  digest text,
  supplier text,
  licence text,
  notes text,
  PRIMARY KEY (org_id, id),
  CONSTRAINT component_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id)
);
CREATE INDEX component_search ON component USING gin (search);
CREATE INDEX component_recorded ON component (org_id, recorded_at, id);
CREATE INDEX component_title ON component (org_id, lower(title), id);
CREATE INDEX component_system_id ON component (org_id, system_id);

-- Releases
CREATE TABLE release (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  system_id uuid NOT NULL,
  version text NOT NULL,
  digest text NOT NULL,
  change_class text NOT NULL,
  model_kind text NOT NULL,
  released_at timestamptz NOT NULL,
  author_id uuid,
  source_revision text,
  notes text,
  PRIMARY KEY (org_id, id),
  CONSTRAINT release_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id),
  CONSTRAINT release_author_id_fk FOREIGN KEY (org_id, author_id) REFERENCES person (org_id, id)
);
CREATE INDEX release_search ON release USING gin (search);
CREATE INDEX release_recorded ON release (org_id, recorded_at, id);
CREATE INDEX release_title ON release (org_id, lower(title), id);
CREATE UNIQUE INDEX release_system_id_version_unique ON release (org_id, system_id, version) WHERE NOT withdrawn;
CREATE INDEX release_system_id ON release (org_id, system_id);
CREATE INDEX release_author_id ON release (org_id, author_id);
CREATE TABLE release__component_ids (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  target_id uuid NOT NULL,
  PRIMARY KEY (org_id, id, target_id),
  FOREIGN KEY (org_id, id) REFERENCES release (org_id, id),
  CONSTRAINT release_component_ids_fk FOREIGN KEY (org_id, target_id) REFERENCES component (org_id, id)
);
CREATE INDEX release__component_ids_target ON release__component_ids (org_id, target_id);
CREATE TABLE release__approved_by_ids (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  target_id uuid NOT NULL,
  PRIMARY KEY (org_id, id, target_id),
  FOREIGN KEY (org_id, id) REFERENCES release (org_id, id),
  CONSTRAINT release_approved_by_ids_fk FOREIGN KEY (org_id, target_id) REFERENCES person (org_id, id)
);
CREATE INDEX release__approved_by_ids_target ON release__approved_by_ids (org_id, target_id);

-- Deployments
CREATE TABLE deployment (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  system_id uuid NOT NULL,
  release_id uuid NOT NULL,
  environment text NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  deployed_by_id uuid,
  justification text,
  PRIMARY KEY (org_id, id),
  CONSTRAINT deployment_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id),
  CONSTRAINT deployment_release_id_fk FOREIGN KEY (org_id, release_id) REFERENCES release (org_id, id),
  CONSTRAINT deployment_deployed_by_id_fk FOREIGN KEY (org_id, deployed_by_id) REFERENCES person (org_id, id)
);
CREATE INDEX deployment_search ON deployment USING gin (search);
CREATE INDEX deployment_recorded ON deployment (org_id, recorded_at, id);
CREATE INDEX deployment_title ON deployment (org_id, lower(title), id);
CREATE INDEX deployment_system_id ON deployment (org_id, system_id);
CREATE INDEX deployment_release_id ON deployment (org_id, release_id);
CREATE INDEX deployment_deployed_by_id ON deployment (org_id, deployed_by_id);

-- Parameters
CREATE TABLE parameter (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  name text NOT NULL,
  value double precision NOT NULL,
  high_tier_value double precision,
  unit text NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX parameter_search ON parameter USING gin (search);
CREATE INDEX parameter_recorded ON parameter (org_id, recorded_at, id);
CREATE INDEX parameter_title ON parameter (org_id, lower(title), id);
CREATE UNIQUE INDEX parameter_name_unique ON parameter (org_id, name) WHERE NOT withdrawn;

-- Exceptions
CREATE TABLE exception (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  control_id text NOT NULL,
  justification text NOT NULL,
  compensation text NOT NULL,
  requested_by_id uuid NOT NULL,
  approved_by_id uuid,
  state text NOT NULL,
  valid_from date NOT NULL,
  valid_to date NOT NULL,
  PRIMARY KEY (org_id, id),
  CONSTRAINT exception_requested_by_id_fk FOREIGN KEY (org_id, requested_by_id) REFERENCES person (org_id, id),
  CONSTRAINT exception_approved_by_id_fk FOREIGN KEY (org_id, approved_by_id) REFERENCES person (org_id, id)
);
CREATE INDEX exception_search ON exception USING gin (search);
CREATE INDEX exception_recorded ON exception (org_id, recorded_at, id);
CREATE INDEX exception_title ON exception (org_id, lower(title), id);
CREATE INDEX exception_requested_by_id ON exception (org_id, requested_by_id);
CREATE INDEX exception_approved_by_id ON exception (org_id, approved_by_id);

-- Statement of applicability
CREATE TABLE soa_line (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  control_id text NOT NULL,
  applicable text NOT NULL,
  justification text,
  implementation_state text,
  implementation text,
  own_title text,
  licensed_copy text,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX soa_line_search ON soa_line USING gin (search);
CREATE INDEX soa_line_recorded ON soa_line (org_id, recorded_at, id);
CREATE INDEX soa_line_title ON soa_line (org_id, lower(title), id);
CREATE UNIQUE INDEX soa_line_control_id_unique ON soa_line (org_id, control_id) WHERE NOT withdrawn;
