// Written by tools/emit-routes.ts from the contract. Do not edit.

/** Method and path of each operation, below /api/v1. */
export const ROUTES = {
  "getSetup": ["GET", "/setup"],
  "setUp": ["POST", "/setup"],
  "getSignInOptions": ["GET", "/session/options"],
  "requestRecovery": ["POST", "/session/recovery"],
  "signIn": ["POST", "/session"],
  "getSession": ["GET", "/session"],
  "signOut": ["DELETE", "/session"],
  "switchOrganisation": ["PUT", "/session/organisation"],
  "changePassword": ["PUT", "/session/password"],
  "createOrganisation": ["POST", "/session/organisations"],
  "readLink": ["POST", "/links/read"],
  "joinByLink": ["POST", "/links/join"],
  "useLink": ["POST", "/links/use"],
  "listMembers": ["GET", "/members"],
  "addMember": ["POST", "/members"],
  "changeMember": ["PATCH", "/members/:id"],
  "makeMemberLink": ["POST", "/members/:id/link"],
  "mailMemberLink": ["POST", "/members/:id/mailed-link"],
  "revokeMemberLink": ["DELETE", "/members/:id/link"],
  "listApiKeys": ["GET", "/api-keys"],
  "createApiKey": ["POST", "/api-keys"],
  "revokeApiKey": ["POST", "/api-keys/:id/revocation"],
  "completeSignIn": ["POST", "/session/second-factor"],
  "getSecondFactor": ["GET", "/account/second-factor"],
  "startSecondFactor": ["POST", "/account/second-factor"],
  "confirmSecondFactor": ["POST", "/account/second-factor/confirmation"],
  "renewRecoveryCodes": ["POST", "/account/second-factor/recovery-codes"],
  "removeSecondFactor": ["POST", "/account/second-factor/removal"],
  "resetMemberSecondFactor": ["POST", "/members/:id/second-factor-reset"],
  "listSessions": ["GET", "/account/sessions"],
  "endSession": ["DELETE", "/account/sessions/:id"],
  "listPasskeys": ["GET", "/account/passkeys"],
  "startPasskey": ["POST", "/account/passkeys/options"],
  "addPasskey": ["POST", "/account/passkeys"],
  "removePasskey": ["POST", "/account/passkeys/:id/removal"],
  "startPasskeySignIn": ["POST", "/session/passkey/options"],
  "signInByPasskey": ["POST", "/session/passkey"],
  "listBreakGlass": ["GET", "/break-glass"],
  "openBreakGlass": ["POST", "/break-glass"],
  "closeBreakGlass": ["POST", "/break-glass/:id/closing"],
  "listAuditorReads": ["GET", "/auditor-reads"],
  "startSingleSignOn": ["POST", "/session/single-sign-on"],
  "completeSingleSignOn": ["POST", "/session/single-sign-on/completion"],
  "listIdentityProviders": ["GET", "/identity-providers"],
  "createIdentityProvider": ["POST", "/identity-providers"],
  "changeIdentityProvider": ["PATCH", "/identity-providers/:id"],
  "removeIdentityProvider": ["DELETE", "/identity-providers/:id"],
  "listScimTokens": ["GET", "/identity-providers/:id/scim-tokens"],
  "createScimToken": ["POST", "/identity-providers/:id/scim-tokens"],
  "revokeScimToken": ["POST", "/scim-tokens/:id/revocation"],
  "describeRegisters": ["GET", "/registers"],
  "getCalendar": ["GET", "/calendar"],
  "recordDecisions": ["POST", "/decisions"],
  "streamDecisions": ["POST", "/decisions/stream"],
  "listDecisions": ["GET", "/decisions"],
  "getDecision": ["GET", "/decisions/:id"],
  "reportServed": ["POST", "/served"],
  "getLogCompleteness": ["GET", "/systems/:id/log-completeness"],
  "runDrill": ["POST", "/systems/:id/reconstruction-drills"],
  "listDrills": ["GET", "/systems/:id/reconstruction-drills"],
  "recordOutcome": ["POST", "/decisions/:id/outcome"],
  "recordOutcomes": ["POST", "/outcomes"],
  "getRunningAt": ["GET", "/systems/:id/running"],
  "countAffected": ["GET", "/decisions/affected"],
  "commitEvaluationPolicy": ["POST", "/evaluation-policies"],
  "listEvaluationPolicies": ["GET", "/evaluation-policies"],
  "getEvaluationPolicy": ["GET", "/evaluation-policies/:id"],
  "publishEvaluation": ["POST", "/evaluations"],
  "listEvaluations": ["GET", "/evaluations"],
  "getEvaluation": ["GET", "/evaluations/:id"],
  "getEvaluationDocument": ["GET", "/evaluations/:id/document"],
  "getEvaluationPdf": ["GET", "/evaluations/:id/report.pdf"],
  "listEvaluationSeries": ["GET", "/evaluation-series"],
  "publishScan": ["POST", "/scans"],
  "listScans": ["GET", "/scans"],
  "getScan": ["GET", "/scans/:id"],
  "listUnregistered": ["GET", "/scans/:id/unregistered"],
  "publishObservations": ["POST", "/observations"],
  "listObservations": ["GET", "/observations"],
  "getMonitoring": ["GET", "/monitoring"],
  "runMonitor": ["POST", "/monitors/:id/runs"],
  "listMonitorRuns": ["GET", "/monitors/:id/runs"],
  "reportReading": ["POST", "/monitors/:id/readings"],
  "recordFeedback": ["POST", "/feedback"],
  "listFeedback": ["GET", "/feedback"],
  "listDrift": ["GET", "/drift"],
  "getDrift": ["GET", "/drift/:id"],
  "getInventoryMap": ["GET", "/inventory-map"],
  "getDriftProposal": ["GET", "/drift/:id/proposal"],
  "registerFromDrift": ["POST", "/drift/:id/registration"],
  "declareDrift": ["POST", "/drift/declarations"],
  "disposeDrift": ["POST", "/drift/:id/dispositions"],
  "decideDisposition": ["POST", "/drift-dispositions/:id/decision"],
  "publishReleaseBom": ["POST", "/releases/:id/ai-bom"],
  "getReleaseBom": ["GET", "/releases/:id/ai-bom"],
  "diffReleaseBoms": ["GET", "/releases/:id/ai-bom/changes"],
  "listVulnerabilities": ["GET", "/vulnerabilities"],
  "importVulnerabilities": ["POST", "/vulnerability-feeds"],
  "uploadAttachment": ["POST", "/attachments"],
  "removeAttachment": ["POST", "/attachments/:id/removal"],
  "getAttachmentPreview": ["GET", "/attachments/:id/preview"],
  "getAttachmentContent": ["GET", "/attachments/:id/content"],
  "getLedger": ["GET", "/ledger"],
  "listEntries": ["GET", "/ledger/entries"],
  "getEntry": ["GET", "/ledger/entries/:index"],
  "getConsistency": ["GET", "/ledger/consistency"],
  "addCosignature": ["POST", "/ledger/cosignatures"],
  "listChecks": ["GET", "/ledger/checks"],
  "runCheck": ["POST", "/ledger/checks"],
  "getPackFile": ["GET", "/ledger/pack/*"],
  "getStatus": ["GET", "/status"],
  "getOverview": ["GET", "/overview"],
  "getRequirement": ["GET", "/status/requirements/:id"],
  "getRequirementHistory": ["GET", "/status/requirements/:id/history"],
  "listTests": ["GET", "/status/tests"],
  "listSystemTests": ["GET", "/systems/:id/tests"],
  "listStatusChanges": ["GET", "/status/changes"],
  "findSubject": ["POST", "/subjects/find"],
  "exportSubject": ["POST", "/subjects/export"],
  "listLegalHolds": ["GET", "/legal-holds"],
  "placeLegalHold": ["POST", "/legal-holds"],
  "liftLegalHold": ["POST", "/legal-holds/:id/lift"],
  "listErasureRequests": ["GET", "/erasure-requests"],
  "requestErasure": ["POST", "/erasure-requests"],
  "approveErasure": ["POST", "/erasure-requests/:id/approve"],
  "rejectErasure": ["POST", "/erasure-requests/:id/reject"],
  "listTasks": ["GET", "/tasks"],
  "countTasks": ["GET", "/task-counts"],
  "getTask": ["GET", "/tasks/:id"],
  "assignTask": ["POST", "/tasks/:id/assignment"],
  "commentTask": ["POST", "/tasks/:id/comments"],
  "listActivity": ["GET", "/activity"],
  "listNotifications": ["GET", "/notifications"],
  "readNotifications": ["POST", "/notifications/read"],
  "getNotificationPreferences": ["GET", "/notification-preferences"],
  "changeNotificationPreferences": ["PUT", "/notification-preferences"],
  "listWebhooks": ["GET", "/webhooks"],
  "createWebhook": ["POST", "/webhooks"],
  "changeWebhook": ["PATCH", "/webhooks/:id"],
  "rotateWebhookSecret": ["POST", "/webhooks/:id/secret"],
  "testWebhook": ["POST", "/webhooks/:id/test"],
  "listWebhookDeliveries": ["GET", "/webhooks/:id/deliveries"],
  "replayWebhookDelivery": ["POST", "/webhook-deliveries/:id/replay"]
} as const;

/** Method, and path below the register's own, of what can be done with a register. */
export const REGISTER_ROUTES = {
  "list": ["GET", ""],
  "get": ["GET", "/:id"],
  "change": ["PATCH", "/:id"],
  "history": ["GET", "/:id/history"],
  "export": ["GET", "/export"],
  "create": ["POST", ""],
  "withdraw": ["POST", "/:id/withdrawal"],
  "import": ["POST", "/import"],
  "decide": ["POST", "/:id/decision"]
} as const;

/** Path of each register by its kind. */
export const REGISTER_PATHS = {
  "organisation": "organisations",
  "holiday": "holidays",
  "person": "people",
  "system": "systems",
  "role_assignment": "role-assignments",
  "component": "components",
  "release": "releases",
  "deployment": "deployments",
  "use_approval": "use-approvals",
  "supplier_alias": "supplier-aliases",
  "parameter": "parameters",
  "exception": "exceptions",
  "evaluation_exception": "evaluation-exceptions",
  "soa_line": "soa-lines",
  "monitor": "monitors",
  "alert": "alerts",
  "use_envelope": "use-envelopes",
  "use_deviation": "use-deviations",
  "context_source": "context-sources",
  "model_change": "model-changes",
  "attachment": "attachments"
} as const;

/** What each flag of a decision means. */
export const DECISION_FLAGS = {
  "unknown_system": "No registered system has this id or name.",
  "unknown_release": "No release of the system has this id, version or digest.",
  "not_deployed": "The release was not deployed to production at that time.",
  "out_of_scope": "The system is out of scope.",
  "retired_system": "The system is registered as retired.",
  "clock_ahead": "The sender's clock is ahead of the server's.",
  "late": "It arrived more than a day after it happened.",
  "no_explanation": "It carries no explanation.",
  "model_changed": "Another model answered than the release declares, or than answered under it before."
} as const;

/** What each permission allows. */
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
  "organisations.create": "Add another organisation to this installation"
} as const;

/** What each access role is for. */
export const ACCESS_ROLES = {
  "administrator": "Lets people in, makes keys, changes the organisation; no say in evidence or approvals",
  "governance_lead": "Runs the management system: registers, parameters, applicability",
  "engineer": "Builds and runs AI systems: systems, releases, deployments, decisions",
  "overseer": "Reviews decisions of AI systems and may stop them",
  "top_management": "Answers for the whole; approves exceptions",
  "auditor": "Reads and exports everything, changes nothing",
  "reader": "Reads"
} as const;

/** What each access role may do. */
export const ROLE_PERMISSIONS = {
  "administrator": [
    "records.read",
    "tasks.act",
    "organisation.write",
    "people.write",
    "access.read",
    "access.write",
    "access.break_glass",
    "webhooks.write",
    "records.export",
    "organisations.create"
  ],
  "governance_lead": [
    "records.read",
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
    "access.break_glass"
  ],
  "engineer": [
    "records.read",
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
    "records.export"
  ],
  "overseer": [
    "records.read",
    "tasks.act",
    "attachments.write",
    "exceptions.request",
    "alerts.act",
    "feedback.write",
    "drills.run"
  ],
  "top_management": [
    "records.read",
    "tasks.act",
    "organisation.write",
    "exceptions.request",
    "exceptions.approve",
    "drift.approve",
    "uses.approve",
    "erasures.approve",
    "attachments.write",
    "attachments.hold",
    "records.export"
  ],
  "auditor": [
    "records.read",
    "drills.run",
    "records.export",
    "access.read",
    "ledger.cosign"
  ],
  "reader": [
    "records.read"
  ]
} as const;

/** What each scope of an API key allows. */
export const KEY_SCOPES = {
  "decisions:write": "Send decisions and served counts",
  "feedback:write": "Send users' feedback and reports of misuse",
  "readings:write": "Report what your own monitors read",
  "releases:write": "Record releases and deployments from a pipeline",
  "systems:write": "Register systems and components",
  "evaluations:write": "Commit evaluation policies and publish evaluations from a pipeline",
  "inventory:write": "Publish scans, observations and bills of materials from a pipeline",
  "records:read": "Read everything",
  "ledger:witness": "Read checkpoints and add a cosignature"
} as const;

/** Who can act. */
export const ACTIVITY_ACTORS = {
  "person": "People",
  "key": "API keys",
  "system": "Steward itself"
} as const;

/** What acts are about. */
export const ACTIVITY_GROUPS = {
  "registers": "Registers",
  "tasks": "Tasks",
  "evaluations": "Evaluations and monitors",
  "inventory": "Inventory and drift",
  "access": "Access, keys and connections",
  "status": "Computed status",
  "evidence": "Evidence, drills and erasure"
} as const;

/** What people are told of. */
export const NOTIFICATION_KINDS = {
  "assigned": "A task became yours.",
  "asked": "A decision is asked for that you may take.",
  "escalated": "A task of somebody else is late, and comes to you.",
  "mentioned": "Somebody mentioned you.",
  "commented": "Somebody commented on a task of yours."
} as const;

/** How often by mail. */
export const DIGESTS = {
  "never": "Never",
  "daily": "Each working day",
  "weekly": "Once a week"
} as const;

/** What each kind of task is about. */
export const TASK_KINDS = {
  "drift": "Drift of the inventory",
  "alert": "Alert of a monitor",
  "evaluation": "Failed evaluation",
  "model_review": "Changed model of a vendor",
  "expiring": "Approval or evidence that ends",
  "approval": "Decision asked for",
  "status_gap": "Requirement that lost its evidence"
} as const;

/** Whose tasks each view shows. */
export const TASK_VIEWS = {
  "mine": "Mine",
  "escalated": "Escalated to me",
  "unassigned": "Nobody's",
  "all": "All"
} as const;

/** What each event of a webhook says. */
export const WEBHOOK_EVENTS = {
  "alert.opened": "A monitor found something beyond its limit.",
  "alert.closed": "Nothing more is to do about an alert.",
  "status.changed": "The computed status of a requirement changed.",
  "evaluation.failed": "An evaluation of a release failed.",
  "task.opened": "Something is to do.",
  "task.assigned": "A task was handed over.",
  "task.escalated": "A task is late.",
  "task.closed": "What a task was about is settled."
} as const;

/** Shortest and longest password. */
export const PASSWORD_CHARS = {
  "minimum": 12,
  "maximum": 256
} as const;

/** Most items of one page. */
export const PAGE_MAX = 200 as const;
