/** Binds the endpoints of evaluations and their policies. */
import { evaluationEndpoints } from "@steward/contract";
import { formatInstant } from "@steward/kernel";

import type { Router } from "../../platform/http/bind.ts";
import { boundSystems } from "../../platform/http/caller.ts";
import { commitPolicy } from "./evaluations.policies.ts";
import { listEvaluations, listPolicies, readEvaluation, readPolicyView } from "./evaluations.read.ts";
import { type EvaluationDeps, publishEvaluation } from "./evaluations.service.ts";

export function evaluationRoutes(router: Router, deps: EvaluationDeps): void {
  const { db, clock } = deps;
  router.bind(evaluationEndpoints.commitEvaluationPolicy, async ({ caller, body }) => {
    const { id, isNew } = await commitPolicy(deps, caller, body);
    const policy = await readPolicyView(db, caller.orgId, id);
    return { policy, isNew, answeredAt: formatInstant(clock.now()) };
  });
  router.bind(evaluationEndpoints.listEvaluationPolicies, async ({ caller, query }) =>
    listPolicies(db, caller.orgId, query),
  );
  router.bind(evaluationEndpoints.getEvaluationPolicy, async ({ caller, params }) =>
    readPolicyView(db, caller.orgId, params.id),
  );
  router.bind(evaluationEndpoints.publishEvaluation, async ({ caller, body }) =>
    readEvaluation(db, caller.orgId, await publishEvaluation(deps, caller, body), clock.now()),
  );
  router.bind(evaluationEndpoints.listEvaluations, async ({ caller, query }) =>
    listEvaluations(db, caller.orgId, query, clock.now(), boundSystems(caller, "records.read")),
  );
  router.bind(evaluationEndpoints.getEvaluation, async ({ caller, params }) =>
    readEvaluation(db, caller.orgId, params.id, clock.now(), boundSystems(caller, "records.read")),
  );
}
