/** The tables of access: accounts, how they sign in, and keys. */
import type { Micros, Uuid } from "@steward/kernel";
import type { ColumnType, Generated } from "kysely";

import type { Bytes, Jsonb, MaybeMoment, Moment } from "./columns.ts";

export interface AccountTable {
  id: Uuid;
  email: string;
  name: string;
  password_hash: string | null;
  created_at: Moment;
}

export interface MembershipTable {
  org_id: Uuid;
  id: Uuid;
  account_id: Uuid;
  person_id: Uuid | null;
  roles: string[];
  disabled_at: MaybeMoment;
  created_at: Moment;
  last_sign_in_at: ColumnType<Micros | null, string | null | undefined, string | null>;
  /** When the person agreed to belong here; null: not yet. */
  confirmed_at: ColumnType<Micros | null, string | null | undefined, string | null>;
  provider_id: ColumnType<Uuid | null, Uuid | null | undefined, Uuid | null>;
  expires_at: ColumnType<Micros | null, string | null | undefined, string | null>;
  system_ids: ColumnType<Uuid[] | null, Uuid[] | null | undefined, Uuid[] | null>;
  version: Generated<number>;
}

export interface SecondFactorTable {
  account_id: Uuid;
  sealed_secret: Bytes;
  created_at: Moment;
  confirmed_at: MaybeMoment;
  last_step: Generated<number>;
}

export interface RecoveryCodeTable {
  account_id: Uuid;
  code_hash: Bytes;
  used_at: MaybeMoment;
}

export interface SignInStepTable {
  token_hash: Bytes;
  account_id: Uuid;
  org_id: Uuid;
  expires_at: Moment;
  provider_id: Uuid | null;
}

export interface SessionTable {
  id: Generated<Uuid>;
  user_agent: string | null;
  address: string | null;
  provider_id: Uuid | null;
  strong: Generated<boolean>;
  token_hash: Bytes;
  account_id: Uuid;
  org_id: Uuid;
  created_at: Moment;
  last_seen_at: Moment;
  expires_at: Moment;
}

export interface AccessLinkTable {
  token_hash: Bytes;
  purpose: "setup" | "password" | "recovery" | "join";
  account_id: Uuid | null;
  org_id: Uuid | null;
  created_at: Moment;
  expires_at: Moment;
  used_at: MaybeMoment;
}

export interface ApiKeyTable {
  org_id: Uuid;
  id: Uuid;
  name: string;
  prefix: string;
  secret_hash: Bytes;
  scopes: string[];
  system_id: Uuid | null;
  created_at: Moment;
  created_by: string;
  expires_at: Moment;
  revoked_at: MaybeMoment;
  last_used_at: MaybeMoment;
  version: Generated<number>;
}

export interface SignInFailureTable {
  bucket: Bytes;
  failed_at: Moment;
  id: Uuid;
}

export interface MailOutboxTable {
  id: Uuid;
  org_id: Uuid;
  kind: string;
  subject_id: Uuid | null;
  once_key: string | null;
  sealed: ColumnType<Buffer | null, Uint8Array | null, Uint8Array | null>;
  created_at: Moment;
  state: "pending" | "sent" | "failed";
  tries: Generated<number>;
  next_attempt_at: MaybeMoment;
  error: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface IdentityProviderTable {
  org_id: Uuid;
  id: Uuid;
  name: string;
  issuer: string;
  client_id: string;
  sealed_secret: Bytes;
  scopes: string;
  enabled: boolean;
  listed: boolean;
  joins: boolean;
  domains: string[];
  second_factor: boolean;
  default_roles: string[];
  groups_claim: string;
  group_roles: Jsonb<{ group: string; roles: string[] }[]>;
  version: number;
  created_at: Moment;
}

export interface ExternalIdentityTable {
  org_id: Uuid;
  provider_id: Uuid;
  subject: string;
  account_id: Uuid;
  created_at: Moment;
}

export interface SsoAttemptTable {
  token_hash: Bytes;
  org_id: Uuid;
  provider_id: Uuid;
  state: string;
  nonce: string;
  sealed_verifier: Bytes;
  expires_at: Moment;
}

export interface PasskeyTable {
  id: Uuid;
  account_id: Uuid;
  credential_id: string;
  public_key: Bytes;
  counter: number;
  transports: string[];
  name: string;
  backed_up: boolean;
  created_at: Moment;
  last_used_at: ColumnType<Micros | null, string | null | undefined, string | null>;
}

export interface PasskeyChallengeTable {
  challenge: string;
  account_id: Uuid | null;
  expires_at: Moment;
}

export interface AuditorReadTable {
  org_id: Uuid;
  id: Uuid;
  membership_id: Uuid;
  operation_id: string;
  path: string;
  read_at: Moment;
  /** The entry that holds the digest of their day; null until the day is over. */
  ledger_index: number | null;
}

export interface BreakGlassTable {
  org_id: Uuid;
  id: Uuid;
  membership_id: Uuid;
  roles: string[];
  reason: string;
  opened_at: Moment;
  expires_at: Moment;
  closed_at: ColumnType<Micros | null, string | null | undefined, string | null>;
}

export interface RecoveryRequestTable {
  id: Uuid;
  sealed_email: Bytes;
  created_at: Moment;
}

export interface ScimTokenTable {
  org_id: Uuid;
  id: Uuid;
  provider_id: Uuid;
  name: string;
  prefix: string;
  secret_hash: Bytes;
  created_at: Moment;
  created_by: string;
  expires_at: Moment;
  revoked_at: ColumnType<Micros | null, string | null | undefined, string | null>;
  last_used_at: ColumnType<Micros | null, string | null | undefined, string | null>;
  version: Generated<number>;
}

export interface ScimUserTable {
  org_id: Uuid;
  membership_id: Uuid;
  provider_id: Uuid;
  user_name: string;
  external_id: string | null;
  given_name: string | null;
  family_name: string | null;
  display_name: string | null;
  created_at: Moment;
  changed_at: Moment;
  version: Generated<number>;
}

export interface ScimGroupTable {
  org_id: Uuid;
  id: Uuid;
  provider_id: Uuid;
  display_name: string;
  external_id: string | null;
  created_at: Moment;
  changed_at: Moment;
  version: Generated<number>;
}

export interface ScimGroupMemberTable {
  org_id: Uuid;
  group_id: Uuid;
  membership_id: Uuid;
}

export interface AccessTables {
  scim_token: ScimTokenTable;
  scim_user: ScimUserTable;
  scim_group: ScimGroupTable;
  scim_group_member: ScimGroupMemberTable;
  recovery_request: RecoveryRequestTable;
  auditor_read: AuditorReadTable;
  break_glass: BreakGlassTable;
  passkey: PasskeyTable;
  passkey_challenge: PasskeyChallengeTable;
  identity_provider: IdentityProviderTable;
  external_identity: ExternalIdentityTable;
  sso_attempt: SsoAttemptTable;
  mail_outbox: MailOutboxTable;
  account: AccountTable;
  membership: MembershipTable;
  session: SessionTable;
  second_factor: SecondFactorTable;
  recovery_code: RecoveryCodeTable;
  sign_in_step: SignInStepTable;
  access_link: AccessLinkTable;
  api_key: ApiKeyTable;
  sign_in_failure: SignInFailureTable;
}
