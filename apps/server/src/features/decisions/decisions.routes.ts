/** Binds the endpoints of decisions. */
import { Readable } from "node:stream";

import { decisionEndpoints, reconstructionEndpoints } from "@steward/contract";

import { type Micros, parseInstant } from "@steward/kernel";

import { HttpProblem } from "../../platform/http/problem.ts";
import type { Router } from "../../platform/http/bind.ts";
import { boundSystems } from "../../platform/http/caller.ts";
import { expectRecord } from "../records/records.read.ts";
import type { Intake, IntakeDeps } from "./decisions.intake.ts";
import { listDecisions, readDecision, readLogCompleteness } from "./decisions.read.ts";
import { filterOf } from "./decisions.filter.ts";
import { countAffected, readRunningAt } from "./reconstruction.read.ts";
import { streamDecisions } from "./decisions.stream.ts";

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
    listDecisions(
      db,
      caller.orgId,
      await filterOf(deps.keys, caller.orgId, query),
      boundSystems(caller, "records.read"),
    ),
  );
  router.bind(reconstructionEndpoints.countAffected, async ({ caller, query }) =>
    countAffected(db, caller.orgId, await filterOf(deps.keys, caller.orgId, query)),
  );
  router.bind(reconstructionEndpoints.getRunningAt, async ({ caller, params, query }) => {
    await expectRecord(db, caller.orgId, "system", params.id);
    return readRunningAt(db, caller.orgId, params.id, parseInstant(query.at) as Micros);
  });
  router.bind(decisionEndpoints.getDecision, async ({ caller, params }) =>
    readDecision(db, caller.orgId, params.id, boundSystems(caller, "records.read")),
  );
  router.bind(decisionEndpoints.getLogCompleteness, async ({ caller, params, query }) => {
    await expectRecord(db, caller.orgId, "system", params.id);
    return { days: await readLogCompleteness(db, caller.orgId, params.id, query.days, clock.now()) };
  });
}
