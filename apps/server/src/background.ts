/** What runs by itself while the server does. */
import type { AppDeps } from "./app.ts";
import { digestAuditorReads } from "./features/access/access.auditor-digest.ts";
import { answerRecoveryRequests } from "./features/access/access.recovery.ts";
import { applyFileRetention } from "./features/attachments/attachments.service.ts";
import { rollUpCells } from "./features/cells/cells.rollup.ts";
import { addUpCounts } from "./features/decisions/decisions.counts.ts";
import { keepPartitions } from "./features/decisions/decisions.partitions.ts";
import { applyRetention } from "./features/decisions/decisions.retention.ts";
import { runDueDrills } from "./features/drills/drills.service.ts";
import { runDueCallEvaluations } from "./features/evaluations/evaluations.calls.ts";
import { runDueBiasLooks } from "./features/evaluations/evaluations.jobs.ts";
import { reconcileDue } from "./features/inventory/drift.reconcile.ts";
import { runDueLedgerChecks } from "./features/ledger/ledger.check.ts";
import { openModelReviews } from "./features/monitors/model-changes.ts";
import { runDueMonitors } from "./features/monitors/monitors.service.ts";
import { evaluateDue } from "./features/status/status.service.ts";
import { sendDigests } from "./features/notifications/digest.ts";
import { keepTasksDue } from "./features/tasks/tasks.keep.ts";
import { runWebhooks } from "./features/webhooks/webhooks.jobs.ts";
import { removeLeftovers } from "./platform/files/incoming.ts";
import { exclusively, type Task } from "./platform/jobs/loop.ts";
import { journalErasures } from "./platform/ledger/erasure-journal.ts";
import { publishCheckpoints } from "./platform/ledger/log.ts";
import { deliverMail } from "./platform/mail/outbox.ts";

/** Statuses follow a change within five seconds; this leaves time to compute them. */
const STATUS_EVERY_MS = 1000;
const CHECKPOINT_EVERY_MS = 1000;
/** Cells follow the log within this time; counting more often would only make more deltas to add up. */
const CELLS_EVERY_MS = 10_000;
/** Drills, self-checks and reconciliation are due by the day; looking often makes the first one prompt. */
const UPKEEP_EVERY_MS = 5000;
/** A task stands soon after what it is about. */
const TASKS_EVERY_MS = 2000;
/** Events leave within seconds. */
const WEBHOOKS_EVERY_MS = 1000;
/** Digests are due by the hour or the day. */
const DIGESTS_EVERY_MS = 60_000;
/** People wait for a mail with their mailbox open. */
const MAIL_EVERY_MS = 1000;
/** Retention and partitions are matters of days and months. */
const HOUSEKEEPING_EVERY_MS = 600_000;

/** No upload takes as long; what is older was broken off by the end of its process. */
const UPLOADS_KEPT_MS = 3_600_000;

export function backgroundTasks(deps: AppDeps): Task[] {
  const { db, clock, keys } = deps;
  return [
    { name: "status", everyMs: STATUS_EVERY_MS, run: () => exclusively(db, "status", () => evaluateDue(deps)) },
    {
      name: "checkpoints",
      everyMs: CHECKPOINT_EVERY_MS,
      run: () => exclusively(db, "checkpoints", () => publishCheckpoints(db, clock, keys)),
    },
    // Every node remembers for its own key store.
    { name: "erasure journal", everyMs: CHECKPOINT_EVERY_MS, run: () => journalErasures(db, keys) },
    // These take their own lock.
    { name: "cells", everyMs: CELLS_EVERY_MS, run: () => rollUpCells(deps) },
    { name: "drills", everyMs: UPKEEP_EVERY_MS, run: () => runDueDrills(deps) },
    { name: "bias-looks", everyMs: UPKEEP_EVERY_MS, run: () => runDueBiasLooks(deps) },
    { name: "call-evaluations", everyMs: UPKEEP_EVERY_MS, run: () => runDueCallEvaluations(deps) },
    { name: "checks", everyMs: UPKEEP_EVERY_MS, run: () => runDueLedgerChecks(deps) },
    { name: "webhooks", everyMs: WEBHOOKS_EVERY_MS, run: () => runWebhooks(deps) },
    { name: "recovery", everyMs: MAIL_EVERY_MS, run: () => answerRecoveryRequests(deps) },
    { name: "digests", everyMs: DIGESTS_EVERY_MS, run: () => sendDigests(deps) },
    { name: "auditor reads", everyMs: DIGESTS_EVERY_MS, run: () => digestAuditorReads(deps) },
    { name: "mail", everyMs: MAIL_EVERY_MS, run: () => deliverMail(deps) },
    { name: "monitors", everyMs: UPKEEP_EVERY_MS, run: () => runDueMonitors(deps) },
    { name: "model reviews", everyMs: UPKEEP_EVERY_MS, run: () => openModelReviews(deps) },
    { name: "tasks", everyMs: TASKS_EVERY_MS, run: () => keepTasksDue(deps) },
    { name: "drift", everyMs: UPKEEP_EVERY_MS, run: () => reconcileDue(deps) },
    { name: "file retention", everyMs: HOUSEKEEPING_EVERY_MS, run: () => applyFileRetention(deps) },
    {
      name: "uploads",
      everyMs: HOUSEKEEPING_EVERY_MS,
      run: () => removeLeftovers(deps.files.incoming, UPLOADS_KEPT_MS, Number(clock.now() / 1000n)),
    },
    { name: "counts", everyMs: HOUSEKEEPING_EVERY_MS, run: () => addUpCounts(deps) },
    { name: "retention", everyMs: HOUSEKEEPING_EVERY_MS, run: () => applyRetention(deps) },
    { name: "partitions", everyMs: HOUSEKEEPING_EVERY_MS, run: () => keepPartitions(db, clock) },
  ];
}
