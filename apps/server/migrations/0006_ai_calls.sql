-- Calls of models, tools and agents among the decisions.

-- run_id and parent_run_id are the sender's: a run's parts are found by them. A step (a tool call, a retrieval) is kept
-- but not counted as a decision. manifest says of a run of an agent whether its context manifest is complete.
ALTER TABLE decision
  ADD COLUMN run_id text,
  ADD COLUMN parent_run_id text,
  ADD COLUMN step boolean NOT NULL DEFAULT false,
  ADD COLUMN manifest text;
CREATE INDEX decision_run ON decision (org_id, run_id) WHERE run_id IS NOT NULL;
CREATE INDEX decision_parent_run ON decision (org_id, parent_run_id, id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX decision_manifest ON decision (org_id, system_id, id) WHERE manifest IS NOT NULL;

-- Which model answered when which was asked for, under which release: the first one seen is what later ones are held
-- against. release_key is the release's id, or empty where no release is known; request_model is empty where none was
-- named.
CREATE TABLE answering_model (
  org_id uuid NOT NULL,
  system_id uuid NOT NULL,
  release_key text NOT NULL,
  request_model text NOT NULL,
  response_model text NOT NULL,
  provider text,
  first_at timestamptz NOT NULL,
  first_index bigint NOT NULL,
  PRIMARY KEY (org_id, system_id, release_key, request_model, response_model)
);
