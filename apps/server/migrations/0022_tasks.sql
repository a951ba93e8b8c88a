-- One register of tasks. What is to do follows from the data: a drift item, an open alert, a failed evaluation, a request
-- that waits for a decision. A duty has a key that is the same for the same thing, so a closed one can open again.
ALTER TABLE person ADD COLUMN manager_id uuid,
  ADD CONSTRAINT person_manager_id_fk FOREIGN KEY (org_id, manager_id) REFERENCES person (org_id, id);
CREATE INDEX person_manager_id ON person (org_id, manager_id);

CREATE TABLE task (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  key text NOT NULL,
  kind text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'closed')),
  title text NOT NULL,
  todo text NOT NULL,
  source_kind text NOT NULL,
  source_id text NOT NULL,
  system_id uuid,
  -- Whoever holds it can do the task, as long as nobody is named; but not who asked for it.
  permission text,
  not_for uuid,
  -- Whom the source names; where this changes, the task follows.
  owner_id uuid,
  assignee_id uuid,
  assigned_by text NOT NULL CHECK (assigned_by IN ('rule', 'person')),
  since timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  escalated_at timestamptz,
  escalated_to uuid,
  PRIMARY KEY (org_id, id),
  UNIQUE (org_id, key)
);
CREATE INDEX task_due ON task (org_id, state, due_at, id);
CREATE INDEX task_assignee ON task (org_id, assignee_id, state, due_at, id);
CREATE INDEX task_escalated ON task (org_id, escalated_to) WHERE state = 'open';

-- What happened to a task, as the ledger's entries say.
CREATE TABLE task_event (
  org_id uuid NOT NULL,
  task_id uuid NOT NULL,
  event text NOT NULL,
  recorded_at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  from_id uuid,
  to_id uuid,
  reason text,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, task_id, ledger_index),
  FOREIGN KEY (org_id, task_id) REFERENCES task (org_id, id)
);

-- People are mentioned by their id, so that no name stands in the text.
CREATE TABLE task_comment (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  task_id uuid NOT NULL,
  author_id uuid NOT NULL,
  text text NOT NULL,
  mentions uuid[] NOT NULL,
  recorded_at timestamptz NOT NULL,
  ledger_index bigint NOT NULL,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, task_id) REFERENCES task (org_id, id)
);
CREATE INDEX task_comment_task ON task_comment (org_id, task_id, id);

-- How far the tasks have followed the ledger, and when they look again without news.
CREATE TABLE task_progress (
  org_id uuid PRIMARY KEY,
  ledger_size bigint NOT NULL,
  look_again_at timestamptz NOT NULL
);
