/** Binds the endpoints of tasks. */
import { taskEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import type { TaskDeps } from "./duty.ts";
import { countTasks, listTasks, readTask } from "./tasks.read.ts";
import { assignTask, commentTask } from "./tasks.service.ts";

export function taskRoutes(router: Router, deps: TaskDeps): void {
  const { db, clock } = deps;
  router.bind(taskEndpoints.listTasks, async ({ caller, query }) => listTasks(db, caller, query, clock.now()));
  router.bind(taskEndpoints.countTasks, async ({ caller }) => countTasks(db, caller, clock.now()));
  router.bind(taskEndpoints.getTask, async ({ caller, params }) => readTask(db, caller, params.id, clock.now()));
  router.bind(taskEndpoints.assignTask, async ({ caller, params, body }) => {
    await assignTask(deps, caller, params.id, body);
    return readTask(db, caller, params.id, clock.now());
  });
  router.bind(taskEndpoints.commentTask, async ({ caller, params, body }) => {
    await commentTask(deps, caller, params.id, body.text);
    return readTask(db, caller, params.id, clock.now());
  });
}
