-- Decisions as a bias policy sees them, counted by distinct person: the first decision about each person by a release
-- since the policy was committed. decision_id and outcome_id are the last that were counted; revision grows with every
-- change of the cells, and looked_revision is the one that the last look saw.
CREATE TABLE bias_watch (
  org_id uuid NOT NULL,
  policy_id uuid NOT NULL,
  release_id uuid NOT NULL,
  decision_id uuid NOT NULL,
  outcome_id uuid NOT NULL,
  revision bigint NOT NULL DEFAULT 0,
  looked_revision bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, policy_id, release_id),
  FOREIGN KEY (org_id, policy_id) REFERENCES evaluation_policy (org_id, id),
  FOREIGN KEY (org_id, release_id) REFERENCES release (org_id, id)
);

-- groups are the policy's attributes in its order, null where a decision does not say; truth is null until it is known.
CREATE TABLE bias_watch_cell (
  org_id uuid NOT NULL,
  policy_id uuid NOT NULL,
  release_id uuid NOT NULL,
  groups text[] NOT NULL,
  selected boolean NOT NULL,
  truth boolean,
  n bigint NOT NULL,
  UNIQUE NULLS NOT DISTINCT (org_id, policy_id, release_id, groups, selected, truth),
  FOREIGN KEY (org_id, policy_id, release_id) REFERENCES bias_watch (org_id, policy_id, release_id)
);
