-- An account that exists belongs to its person: another organisation's membership counts once they confirm it.
ALTER TABLE membership ADD COLUMN confirmed_at timestamptz;
UPDATE membership SET confirmed_at = created_at;

ALTER TABLE access_link DROP CONSTRAINT access_link_purpose_check;
ALTER TABLE access_link ADD CHECK (purpose IN ('setup', 'password', 'recovery', 'join'));
