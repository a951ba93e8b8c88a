-- Drift: what reconciliation finds, what was decided about it, and what it needs to be complete.

ALTER TABLE component ADD COLUMN support_ends_on date, ADD COLUMN support_checked_on date;

CREATE TABLE use_approval (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  current_version integer NOT NULL,
  recorded_at timestamptz NOT NULL,
  effective_at timestamptz NOT NULL,
  withdrawn boolean NOT NULL,
  title text NOT NULL,
  search tsvector NOT NULL,
  use text NOT NULL,
  system_id uuid NOT NULL,
  services text[] NOT NULL,
  conditions text,
  requested_by_id uuid NOT NULL,
  approved_by_id uuid,
  state text NOT NULL,
  valid_from date NOT NULL,
  valid_to date,
  PRIMARY KEY (org_id, id),
  CONSTRAINT use_approval_system_id_fk FOREIGN KEY (org_id, system_id) REFERENCES system (org_id, id),
  CONSTRAINT use_approval_requested_by_id_fk FOREIGN KEY (org_id, requested_by_id) REFERENCES person (org_id, id),
  CONSTRAINT use_approval_approved_by_id_fk FOREIGN KEY (org_id, approved_by_id) REFERENCES person (org_id, id)
);
CREATE INDEX use_approval_search ON use_approval USING gin (search);
CREATE INDEX use_approval_recorded ON use_approval (org_id, recorded_at, id);
CREATE INDEX use_approval_title ON use_approval (org_id, lower(title), id);
CREATE INDEX use_approval_system_id ON use_approval (org_id, system_id);
CREATE INDEX use_approval_requested_by_id ON use_approval (org_id, requested_by_id);
CREATE INDEX use_approval_approved_by_id ON use_approval (org_id, approved_by_id);

-- Findings of the reconciliation as tasks, under a key that is the same for the same thing. A closed one that stands again
-- is opened again.
CREATE TABLE drift_item (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  key text NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  subject jsonb NOT NULL,
  system_id uuid,
  since timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  message text NOT NULL,
  details text[] NOT NULL,
  evidence jsonb NOT NULL,
  -- The person who most likely knows: the owner of the system, or whoever published what shows it.
  owner_id uuid,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, key)
);
CREATE INDEX drift_item_state ON drift_item (org_id, state, due_at, id);

-- When an item was opened and closed, as the ledger's entries say; one entry speaks of all items of a run.
CREATE TABLE drift_event (
  org_id uuid NOT NULL,
  item_id uuid NOT NULL,
  event text NOT NULL,
  recorded_at timestamptz NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, item_id, ledger_index)
);

-- Decisions about items. What is asked for takes effect when another person approves it; attaching does at once.
CREATE TABLE drift_disposition (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  item_id uuid NOT NULL,
  finding_key text NOT NULL,
  kind text NOT NULL,
  system_id uuid,
  reason text NOT NULL,
  until_at timestamptz,
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  request_index bigint NOT NULL,
  state text NOT NULL,
  decided_by uuid,
  decided_at timestamptz,
  decision_reason text,
  decision_index bigint,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX drift_disposition_item ON drift_disposition (org_id, item_id, id);

-- How far reconciliation has come: the ledger's size that it saw, when it looks again without news, and the newest
-- decision whose flags it has read.
CREATE TABLE drift_progress (
  org_id uuid PRIMARY KEY,
  ledger_size bigint NOT NULL,
  look_again_at timestamptz NOT NULL,
  decisions_until uuid
);

-- Documents about a release: AI-BOMs and model cards. digest is of the document's canonical JSON.
CREATE TABLE release_document (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  release_id uuid NOT NULL,
  kind text NOT NULL,
  format text NOT NULL,
  has_model_card boolean NOT NULL,
  digest text NOT NULL,
  document jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE INDEX release_document_of ON release_document (org_id, release_id, id);

-- Imports of vulnerability data, and what each says of a component. The newest statement about a vulnerability of a
-- component in a version holds.
CREATE TABLE vulnerability_feed (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  format text NOT NULL,
  source text NOT NULL,
  statements bigint NOT NULL,
  digest text NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id)
);
CREATE TABLE vulnerability (
  org_id uuid NOT NULL,
  feed_id uuid NOT NULL,
  n integer NOT NULL,
  vulnerability_id text NOT NULL,
  component text NOT NULL,
  version text,
  severity text NOT NULL,
  state text NOT NULL,
  recorded_at timestamptz NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, feed_id, n)
);
CREATE INDEX vulnerability_known ON vulnerability (org_id, vulnerability_id, component, version, recorded_at);
