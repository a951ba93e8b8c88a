-- Counts of decisions are a row for each append, system, release and hour: as many as decisions where they come one by
-- one. Those of an hour of recording that is over are added up (see decisions.counts.ts); up to where is kept here.
CREATE TABLE decision_count_mark (
  org_id uuid PRIMARY KEY REFERENCES ledger_log (org_id),
  added_up_to timestamptz NOT NULL
);

-- first_index: entries first_index to last_index hold what was counted, among others. Runs of agents are counted by the
-- way, so that they need not be looked for among all decisions; last_run_at is when the newest one was recorded.
ALTER TABLE decision_count
  ADD COLUMN first_index bigint,
  ADD COLUMN runs bigint NOT NULL DEFAULT 0,
  ADD COLUMN complete_runs bigint NOT NULL DEFAULT 0,
  ADD COLUMN last_run_at timestamptz,
  ADD COLUMN last_run_index bigint;
UPDATE decision_count SET first_index = greatest(0, last_index - 999);
ALTER TABLE decision_count ALTER COLUMN first_index SET NOT NULL;
UPDATE decision_count c SET first_index = d.first_index, runs = d.runs, complete_runs = d.complete_runs,
  last_run_at = CASE WHEN d.runs > 0 THEN c.recorded_at END, last_run_index = d.last_run_index
FROM (
  SELECT org_id, system_id, release_id, date_trunc('hour', occurred_at, 'UTC') AS hour, recorded_at,
    min(ledger_index) AS first_index,
    count(*) FILTER (WHERE manifest IS NOT NULL OR parent_run_id IS NULL) AS runs,
    count(*) FILTER (WHERE manifest = 'complete') AS complete_runs,
    max(ledger_index) FILTER (WHERE manifest IS NOT NULL OR parent_run_id IS NULL) AS last_run_index
  FROM decision WHERE system_id IS NOT NULL AND NOT sandbox AND NOT step
  GROUP BY 1, 2, 3, 4, 5
) d
WHERE (c.org_id, c.system_id, c.hour, c.recorded_at) = (d.org_id, d.system_id, d.hour, d.recorded_at)
  AND c.release_id IS NOT DISTINCT FROM d.release_id;
CREATE INDEX decision_count_runs ON decision_count (org_id, system_id, last_run_at) WHERE runs > 0;
