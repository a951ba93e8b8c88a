/** Binds access to, and erasure of, what is held about a person. */
import { subjectEndpoints } from "@steward/contract";

import type { Router } from "../../platform/http/bind.ts";
import { listRequests } from "./subjects.read.ts";
import {
  approveErasure,
  exportSubject,
  findSubject,
  rejectErasure,
  requestErasure,
  type SubjectDeps,
} from "./subjects.service.ts";

export function subjectRoutes(router: Router, deps: SubjectDeps): void {
  const { findSubject: find, exportSubject: out, listErasureRequests: list, requestErasure: ask } = subjectEndpoints;
  router.bind(find, async ({ caller, body }) => findSubject(deps, caller, body.subject));
  router.bind(out, async ({ caller, body }) => exportSubject(deps, caller, body));
  router.bind(list, async ({ caller, query }) => listRequests(deps.db, caller.orgId, query));
  router.bind(ask, async ({ caller, body }) => requestErasure(deps, caller, body));
  router.bind(subjectEndpoints.approveErasure, async ({ caller, params, body }) =>
    approveErasure(deps, caller, params.id, body.reason),
  );
  router.bind(subjectEndpoints.rejectErasure, async ({ caller, params, body }) =>
    rejectErasure(deps, caller, params.id, body.reason),
  );
}
