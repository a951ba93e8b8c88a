-- Where agents took their context from, day by day: a row for each source and trust label that the manifests of a day
-- name. '' is a source, or a label, that an item does not name.
CREATE TABLE context_source_day (
  org_id uuid NOT NULL REFERENCES ledger_log (org_id),
  system_id uuid NOT NULL,
  source_key text NOT NULL,
  trust_label text NOT NULL,
  day date NOT NULL,
  first_at timestamptz NOT NULL,
  first_index bigint NOT NULL,
  PRIMARY KEY (org_id, system_id, day, source_key, trust_label)
);

-- The runs of the last weeks, as if they had been counted when they came.
INSERT INTO context_source_day (org_id, system_id, source_key, trust_label, day, first_at, first_index)
SELECT d.org_id, d.system_id, coalesce(item->>'sourceId', ''), coalesce(item->>'trustLabel', ''),
  (d.recorded_at AT TIME ZONE 'UTC')::date, min(d.recorded_at), min(d.ledger_index)
FROM decision d
JOIN ledger_body b ON b.org_id = d.org_id AND b.index = d.ledger_index
CROSS JOIN LATERAL jsonb_array_elements(convert_from(b.body, 'UTF8')::jsonb->'manifest'->'items') AS item
WHERE d.manifest IS NOT NULL AND d.system_id IS NOT NULL AND NOT d.sandbox AND d.recorded_at > now() - interval '60 days'
GROUP BY 1, 2, 3, 4, 5;
