-- Where events are sent. The secret is derived from a key outside the database. Events are found in the ledger: position
-- is the index of the entry after the last one that was looked at.
CREATE TABLE webhook (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  id uuid NOT NULL,
  name text NOT NULL,
  url text NOT NULL,
  events text[] NOT NULL,
  enabled boolean NOT NULL,
  disabled_reason text,
  secret_version integer NOT NULL,
  position bigint NOT NULL,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, id)
);

CREATE TABLE webhook_delivery (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  webhook_id uuid NOT NULL,
  event text NOT NULL,
  ledger_index bigint,
  payload text NOT NULL,
  created_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  -- Attempts since it was made or replayed; how long the next one waits follows from it.
  tries integer NOT NULL,
  next_attempt_at timestamptz,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, webhook_id) REFERENCES webhook (org_id, id)
);
CREATE INDEX webhook_delivery_webhook ON webhook_delivery (org_id, webhook_id, id);
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_attempt_at) WHERE state = 'pending';
CREATE UNIQUE INDEX webhook_delivery_entry ON webhook_delivery (org_id, webhook_id, ledger_index);

CREATE TABLE webhook_attempt (
  org_id uuid NOT NULL,
  delivery_id uuid NOT NULL,
  id uuid NOT NULL,
  attempted_at timestamptz NOT NULL,
  status integer,
  error text,
  duration_ms double precision NOT NULL,
  PRIMARY KEY (org_id, delivery_id, id),
  FOREIGN KEY (org_id, delivery_id) REFERENCES webhook_delivery (org_id, id)
);
