-- Tokens by which an identity provider provisions people and groups (SCIM 2.0).
CREATE TABLE scim_token (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_id uuid NOT NULL,
  name text NOT NULL,
  prefix text NOT NULL UNIQUE,
  secret_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  last_used_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, provider_id) REFERENCES identity_provider (org_id, id)
);
CREATE INDEX scim_token_provider ON scim_token (org_id, provider_id);

-- What a provider says of a member whom it provisions.
CREATE TABLE scim_user (
  org_id uuid NOT NULL,
  membership_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  user_name text NOT NULL,
  external_id text,
  given_name text,
  family_name text,
  display_name text,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, membership_id),
  FOREIGN KEY (org_id, membership_id) REFERENCES membership (org_id, id),
  FOREIGN KEY (org_id, provider_id) REFERENCES identity_provider (org_id, id)
);
CREATE UNIQUE INDEX scim_user_name ON scim_user (org_id, provider_id, lower(user_name));
CREATE INDEX scim_user_external ON scim_user (org_id, provider_id, external_id);

-- Groups that a provider pushes; roles follow them as they follow the groups of a sign-in.
CREATE TABLE scim_group (
  org_id uuid NOT NULL,
  id uuid NOT NULL,
  provider_id uuid NOT NULL,
  display_name text NOT NULL,
  external_id text,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, id),
  FOREIGN KEY (org_id, provider_id) REFERENCES identity_provider (org_id, id)
);
CREATE UNIQUE INDEX scim_group_name ON scim_group (org_id, provider_id, lower(display_name));

CREATE TABLE scim_group_member (
  org_id uuid NOT NULL,
  group_id uuid NOT NULL,
  membership_id uuid NOT NULL,
  PRIMARY KEY (org_id, group_id, membership_id),
  FOREIGN KEY (org_id, group_id) REFERENCES scim_group (org_id, id) ON DELETE CASCADE,
  FOREIGN KEY (org_id, membership_id) REFERENCES membership (org_id, id)
);
CREATE INDEX scim_group_member_membership ON scim_group_member (org_id, membership_id);
