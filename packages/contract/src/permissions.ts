/** Who may do what, as tables: deny by default, and nothing is allowed that stands in no table. */

export const PERMISSIONS = {
  "records.read": "Read registers, decisions, status and evidence",
  "organisation.write": "Change the organisation",
  "people.write": "Keep people and their roles in the management system",
  "systems.write": "Keep AI systems and their components",
  "releases.write": "Record releases",
  "deployments.write": "Record deployments",
  "parameters.write": "Change the numbers that tests use",
  "exceptions.request": "Ask for an exception to a control",
  "exceptions.approve": "Approve or reject an exception",
  "soa.write": "Decide the statement of applicability",
  "decisions.write": "Send decisions and counts of served requests",
  "subjects.read": "Find and export what is held about a person",
  "erasures.request": "Ask for the personal content of a person's decisions to be erased",
  "erasures.approve": "Approve or reject an erasure that somebody else asked for",
  "evaluations.write": "Commit evaluation policies and publish evaluations",
  "inventory.write": "Publish scans, observations, bills of materials and vulnerability feeds",
  "feedback.write": "Send feedback of users and reports of misuse",
  "monitors.write": "Keep monitors and run them",
  "readings.write": "Report what your own monitors read",
  "alerts.act": "Acknowledge, act on and close alerts",
  "tasks.act": "Take, hand over and discuss tasks",
  "webhooks.write": "Send events to other systems",
  "drift.settle": "Decide what drift of the inventory means, or ask to leave it as it is",
  "drift.approve": "Approve leaving drift as it is",
  "uses.approve": "Approve the use of AI services",
  "attachments.write": "Add evidence files to records, and remove them",
  "attachments.hold": "Put evidence files under legal hold, lift it, and shorten how long they are kept",
  "drills.run": "Run a reconstruction drill or a self-check of the ledger",
  "ledger.cosign": "Add a witness's cosignature to a checkpoint",
  "records.export": "Export registers and the audit pack",
  "access.read": "See who may sign in, and which keys exist",
  "access.write": "Let people in, change their access roles, make and revoke keys",
  "access.break_glass": "Take on other access roles for some hours, in an emergency",
  "people.provision": "Provision people and their groups (an identity provider's SCIM token alone)",
  "organisations.create": "Add another organisation to this installation",
} as const;

export type Permission = keyof typeof PERMISSIONS;

export const ACCESS_ROLES = {
  administrator: "Lets people in, makes keys, changes the organisation; no say in evidence or approvals",
  governance_lead: "Runs the management system: registers, parameters, applicability",
  engineer: "Builds and runs AI systems: systems, releases, deployments, decisions",
  overseer: "Reviews decisions of AI systems and may stop them",
  top_management: "Answers for the whole; approves exceptions",
  auditor: "Reads and exports everything, changes nothing",
  reader: "Reads",
} as const;

export type AccessRole = keyof typeof ACCESS_ROLES;

const READ: readonly Permission[] = ["records.read"];

export const ROLE_PERMISSIONS: Readonly<Record<AccessRole, readonly Permission[]>> = {
  administrator: [
    ...READ,
    "tasks.act",
    "organisation.write",
    "people.write",
    "access.read",
    "access.write",
    "access.break_glass",
    "webhooks.write",
    "records.export",
    "organisations.create",
  ],
  governance_lead: [
    ...READ,
    "tasks.act",
    "organisation.write",
    "people.write",
    "systems.write",
    "releases.write",
    "deployments.write",
    "parameters.write",
    "exceptions.request",
    "exceptions.approve",
    "subjects.read",
    "erasures.request",
    "erasures.approve",
    "attachments.write",
    "attachments.hold",
    "soa.write",
    "evaluations.write",
    "inventory.write",
    "monitors.write",
    "alerts.act",
    "webhooks.write",
    "drift.settle",
    "drift.approve",
    "uses.approve",
    "drills.run",
    "records.export",
    "access.read",
    "access.break_glass",
  ],
  engineer: [
    ...READ,
    "tasks.act",
    "systems.write",
    "releases.write",
    "deployments.write",
    "exceptions.request",
    "decisions.write",
    "attachments.write",
    "evaluations.write",
    "inventory.write",
    "feedback.write",
    "readings.write",
    "monitors.write",
    "alerts.act",
    "drift.settle",
    "drills.run",
    "records.export",
  ],
  overseer: [
    ...READ,
    "tasks.act",
    "attachments.write",
    "exceptions.request",
    "alerts.act",
    "feedback.write",
    "drills.run",
  ],
  top_management: [
    ...READ,
    "tasks.act",
    "organisation.write",
    "exceptions.request",
    "exceptions.approve",
    "drift.approve",
    "uses.approve",
    "erasures.approve",
    "attachments.write",
    "attachments.hold",
    "records.export",
  ],
  auditor: [...READ, "drills.run", "records.export", "access.read", "ledger.cosign"],
  reader: READ,
};

/** Roles that may be held for some AI systems only. Engineers and overseers still read everything; auditors do not. */
export const SYSTEM_ROLES: readonly AccessRole[] = ["engineer", "overseer", "auditor"];
const READ_EVERYWHERE: readonly AccessRole[] = ["engineer", "overseer"];

/** Of what several roles may do, that which does not end at the systems that a person was granted. */
export function permissionsEverywhere(roles: readonly AccessRole[]): Set<Permission> {
  const held = permissionsOf(roles.filter((role) => !SYSTEM_ROLES.includes(role)));
  if (roles.some((role) => READ_EVERYWHERE.includes(role))) for (const permission of READ) held.add(permission);
  return held;
}

/** Longest life of an auditor's access: audits end, and the next one begins with a new grant. */
export const AUDITOR_MAX_DAYS = 366;
export const AUDITOR_DEFAULT_DAYS = 90;

/** What a key may do. Keys never hold access, approval or applicability rights: those are acts of people. */
export const KEY_SCOPES = {
  "decisions:write": { meaning: "Send decisions and served counts", permissions: ["decisions.write"] },
  "feedback:write": { meaning: "Send users' feedback and reports of misuse", permissions: ["feedback.write"] },
  "readings:write": { meaning: "Report what your own monitors read", permissions: ["readings.write"] },
  "releases:write": {
    meaning: "Record releases and deployments from a pipeline",
    permissions: ["records.read", "releases.write", "deployments.write"],
  },
  "systems:write": { meaning: "Register systems and components", permissions: ["records.read", "systems.write"] },
  "evaluations:write": {
    meaning: "Commit evaluation policies and publish evaluations from a pipeline",
    permissions: ["evaluations.write"],
  },
  "inventory:write": {
    meaning: "Publish scans, observations and bills of materials from a pipeline",
    permissions: ["inventory.write"],
  },
  "records:read": { meaning: "Read everything", permissions: ["records.read", "records.export"] },
  "ledger:witness": {
    meaning: "Read checkpoints and add a cosignature",
    permissions: ["records.read", "ledger.cosign"],
  },
} as const satisfies Record<string, { meaning: string; permissions: readonly Permission[] }>;

export type KeyScope = keyof typeof KEY_SCOPES;

/** The union of what several roles may do. */
export function permissionsOf(roles: readonly AccessRole[]): Set<Permission> {
  return new Set(roles.flatMap((role) => ROLE_PERMISSIONS[role]));
}

/** The union of what several scopes may do. */
export function permissionsOfScopes(scopes: readonly KeyScope[]): Set<Permission> {
  return new Set(scopes.flatMap((scope): readonly Permission[] => KEY_SCOPES[scope].permissions));
}
