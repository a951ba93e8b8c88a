-- The newest result of each test in a row of its own: an evaluation changes few of them, and a page reads few.
CREATE TABLE test_current (
  org_id uuid NOT NULL,
  test_id text NOT NULL,
  verdict text NOT NULL,
  -- SHA-256 of the whole result, and of what it says to a person (without counts that grow by themselves).
  result_digest text NOT NULL,
  statement_digest text NOT NULL,
  result jsonb NOT NULL,
  PRIMARY KEY (org_id, test_id)
);

INSERT INTO test_current (org_id, test_id, verdict, result_digest, statement_digest, result)
SELECT org_id, test->>'testId', test->>'verdict', '', '', test
FROM status_current, jsonb_array_elements(tests) AS test;

ALTER TABLE status_current DROP COLUMN tests;
