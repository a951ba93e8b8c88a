/** Binds access to, and erasure of, what is held about a person. */
import { subjectEndpoints } from "@steward/contract";

import { Readable } from "node:stream";

import type { Router } from "../../platform/http/bind.ts";
import { liftHold, listHolds, placeHold } from "./holds.service.ts";
import { listRequests } from "./subjects.read.ts";
import {
  approveErasure,
  exportSubject,
  findSubject,
  hashOf,
  rejectErasure,
  requestErasure,
  type SubjectDeps,
} from "./subjects.service.ts";

export function subjectRoutes(router: Router, deps: SubjectDeps): void {
  const { findSubject: find, exportSubject: out, listErasureRequests: list, requestErasure: ask } = subjectEndpoints;
  router.bind(find, async ({ caller, body }) => findSubject(deps, caller, body.subject));
  router.bind(out, async ({ caller, body, reply }) =>
    reply.type("application/x-ndjson").send(Readable.from(await exportSubject(deps, caller, body))),
  );
  router.bind(list, async ({ caller, query }) => listRequests(deps.db, caller.orgId, query));
  router.bind(ask, async ({ caller, body }) => requestErasure(deps, caller, body));
  router.bind(subjectEndpoints.approveErasure, async ({ caller, params, body }) =>
    approveErasure(deps, caller, params.id, body.reason),
  );
  router.bind(subjectEndpoints.rejectErasure, async ({ caller, params, body }) =>
    rejectErasure(deps, caller, params.id, body.reason),
  );
  router.bind(subjectEndpoints.listLegalHolds, async ({ caller, query }) => listHolds(deps.db, caller.orgId, query));
  router.bind(subjectEndpoints.placeLegalHold, async ({ caller, body }) =>
    placeHold(deps, caller, await hashOf(deps, caller, body.subject), body.reason),
  );
  router.bind(subjectEndpoints.liftLegalHold, async ({ caller, params, body }) =>
    liftHold(deps, caller, params.id, body.reason),
  );
}
