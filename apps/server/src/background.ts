/** What runs by itself while the server does. */
import type { AppDeps } from "./app.ts";
import { evaluateDue } from "./features/status/status.service.ts";
import { exclusively, type Task } from "./platform/jobs/loop.ts";
import { publishCheckpoints } from "./platform/ledger/log.ts";

/** Statuses follow a change within five seconds; this leaves time to compute them. */
const STATUS_EVERY_MS = 1000;
const CHECKPOINT_EVERY_MS = 1000;

export function backgroundTasks(deps: AppDeps): Task[] {
  const { db, clock, keys } = deps;
  return [
    { name: "status", everyMs: STATUS_EVERY_MS, run: () => exclusively(db, "status", () => evaluateDue(deps)) },
    {
      name: "checkpoints",
      everyMs: CHECKPOINT_EVERY_MS,
      run: () => exclusively(db, "checkpoints", () => publishCheckpoints(db, clock, keys)),
    },
  ];
}
