-- What people are told of in the application. Not evidence: what it tells of is.
CREATE TABLE notification (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  person_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('assigned', 'asked', 'escalated', 'mentioned', 'commented')),
  task_id uuid NOT NULL,
  comment_id uuid,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  at timestamptz NOT NULL,
  read_at timestamptz,
  -- When a digest spoke of it.
  mailed_at timestamptz,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, task_id) REFERENCES task (org_id, id)
);
CREATE INDEX notification_person ON notification (org_id, person_id, at, id);
CREATE INDEX notification_unread ON notification (org_id, person_id) WHERE read_at IS NULL;

-- What a person wants to be told of, and when by mail; without a row the defaults hold.
CREATE TABLE notification_preference (
  org_id uuid NOT NULL,
  person_id uuid NOT NULL,
  kinds text[] NOT NULL,
  digest text NOT NULL CHECK (digest IN ('never', 'daily', 'weekly')),
  hour integer NOT NULL CHECK (hour BETWEEN 0 AND 23),
  weekday text NOT NULL,
  -- Null: the organisation's.
  time_zone text,
  PRIMARY KEY (org_id, person_id)
);

-- The last day, where the person is, whose digest was made or had nothing to say.
CREATE TABLE notification_digest (
  org_id uuid NOT NULL,
  person_id uuid NOT NULL,
  last_day date NOT NULL,
  PRIMARY KEY (org_id, person_id)
);
