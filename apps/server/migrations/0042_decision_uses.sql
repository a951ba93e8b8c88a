-- Suppliers and models that decisions name, as they come in, until they are counted as observations of the inventory.
-- Only what decisions tell: none of it is personal.
CREATE TABLE decision_use (
  org_id uuid NOT NULL,
  system_id uuid,
  system_name text NOT NULL,
  provider text NOT NULL,
  model text,
  n bigint NOT NULL,
  recorded_at timestamptz NOT NULL
);
CREATE INDEX decision_use_org ON decision_use (org_id);

-- What answered before is known of registered systems, once for each model.
INSERT INTO decision_use (org_id, system_id, system_name, provider, model, n, recorded_at)
SELECT a.org_id, a.system_id, s.name, a.provider, coalesce(nullif(a.request_model, ''), a.response_model), 1, a.first_at
FROM answering_model a JOIN system s ON s.org_id = a.org_id AND s.id = a.system_id
WHERE a.provider IS NOT NULL;
