/** Binds the endpoints of decisions, late outcomes, served counts and drills. */
import { Readable } from "node:stream";

import { decisionEndpoints, outcomeEndpoints, reconstructionEndpoints } from "@steward/contract";

import { type Micros, parseInstant } from "@steward/kernel";

import { HttpProblem } from "../../platform/http/problem.ts";
import type { Router } from "../../platform/http/bind.ts";
import { expectRecord } from "../records/records.read.ts";
import type { Intake, IntakeDeps } from "./decisions.intake.ts";
import { listDecisions, readDecision, readLogCompleteness } from "./decisions.read.ts";
import { filterOf } from "./decisions.filter.ts";
import { countAffected, readRunningAt } from "./reconstruction.read.ts";
import { streamDecisions } from "./decisions.stream.ts";
import { listDrills, runDrill } from "./drills.service.ts";
import { recordOutcome, recordOutcomes } from "./outcomes.service.ts";
import { reportServed } from "./served.service.ts";

const STREAM_TYPE = "application/x-ndjson";

async function* withFirst(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

export function decisionRoutes(router: Router, deps: IntakeDeps, intake: Intake): void {
  const { db, clock } = deps;
  const admit = () => intake.admit();
  router.bind(decisionEndpoints.recordDecisions, async ({ caller, body }) => intake.record(caller, body), admit);
  router.bind(decisionEndpoints.streamDecisions, async ({ caller, request, reply }) => {
    const { body } = request;
    if (!(body instanceof Readable))
      throw new HttpProblem("unsupported_media_type", "Send lines: application/x-ndjson.");
    const answers = streamDecisions(intake, caller, body, request.id);
    // What goes wrong before the first answer is answered with its own status.
    const first = await answers.next();
    const all = first.done ? [] : withFirst(first.value, answers);
    return reply.type(STREAM_TYPE).header("connection", "close").send(Readable.from(all));
  });
  router.bind(decisionEndpoints.listDecisions, async ({ caller, query }) =>
    listDecisions(db, caller.orgId, await filterOf(deps.keys, caller.orgId, query)),
  );
  router.bind(reconstructionEndpoints.countAffected, async ({ caller, query }) =>
    countAffected(db, caller.orgId, await filterOf(deps.keys, caller.orgId, query)),
  );
  router.bind(reconstructionEndpoints.getRunningAt, async ({ caller, params, query }) => {
    await expectRecord(db, caller.orgId, "system", params.id);
    return readRunningAt(db, caller.orgId, params.id, parseInstant(query.at) as Micros);
  });
  router.bind(decisionEndpoints.getDecision, async ({ caller, params }) => readDecision(db, caller.orgId, params.id));
  router.bind(outcomeEndpoints.recordOutcome, async ({ caller, params, body }) =>
    recordOutcome(deps, caller, { decision: params.id, ...body }),
  );
  router.bind(outcomeEndpoints.recordOutcomes, async ({ caller, body }) => recordOutcomes(deps, caller, body));
  router.bind(decisionEndpoints.reportServed, async ({ caller, body }) => reportServed(deps, caller, body));
  router.bind(decisionEndpoints.getLogCompleteness, async ({ caller, params, query }) => {
    await expectRecord(db, caller.orgId, "system", params.id);
    return { days: await readLogCompleteness(db, caller.orgId, params.id, query.days, clock.now()) };
  });
  router.bind(decisionEndpoints.runDrill, async ({ caller, params }) =>
    runDrill(deps, caller.orgId, params.id, caller.actor),
  );
  router.bind(decisionEndpoints.listDrills, async ({ caller, params, query }) => {
    await expectRecord(db, caller.orgId, "system", params.id);
    return listDrills(db, caller.orgId, params.id, query);
  });
}
