-- Access roles whose holders must be vouched for by an identity provider.
ALTER TABLE organisation ADD COLUMN single_sign_on_roles text[] NOT NULL DEFAULT '{}';
ALTER TABLE organisation ALTER COLUMN single_sign_on_roles DROP DEFAULT;
