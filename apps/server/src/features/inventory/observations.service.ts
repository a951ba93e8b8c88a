/** Observations that a person or a pipeline publishes from the list output of other tools. */
import type { observationInputSchema, SightingInput } from "@steward/contract";
import { type Clock, type Micros, parseInstant } from "@steward/kernel";
import type { Kysely } from "kysely";
import type { z } from "zod";

import type { Tables } from "../../platform/database/schema.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { type FieldError, HttpProblem } from "../../platform/http/problem.ts";
import { recordObservations, type Sighting } from "./observations.store.ts";

/** Counts what other features see, inside their transaction. */
export { recordObservations as recordSightings, type Sighting } from "./observations.store.ts";

export interface ObservationDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

type ObservationInput = z.output<typeof observationInputSchema>;

/** @throws HttpProblem `invalid` naming the sighting whose moments cannot be. */
export async function publishObservations(deps: ObservationDeps, caller: Caller, input: ObservationInput) {
  const sightings = readSightings(input.sightings, caller, deps.clock.now());
  const index = await withTransaction(deps.db, (tx) =>
    recordObservations(tx, deps.clock, caller.orgId, {
      source: input.source,
      actor: caller.actor,
      sightings,
      complete: true,
    }),
  );
  return { accepted: sightings.length, ledgerIndexes: index === undefined ? [] : [index] };
}

function readSightings(inputs: readonly SightingInput[], caller: Caller, now: Micros): Sighting[] {
  const errors: FieldError[] = [];
  const sightings = inputs.map((input, i) => {
    const firstAt = parseInstant(input.firstAt) as Micros;
    const lastAt = parseInstant(input.lastAt) as Micros;
    const fault = (field: string, message: string) =>
      errors.push({ pointer: `/sightings/${i}/${field}`, message, in: "body" });
    if (lastAt < firstAt) fault("lastAt", "The last sighting comes before the first.");
    if (lastAt > now) fault("lastAt", "It lies in the future.");
    return {
      provider: input.provider,
      model: input.model ?? null,
      version: input.version ?? null,
      digest: input.digest ?? null,
      service: input.service,
      systemId: caller.systemId,
      count: input.count,
      firstAt,
      lastAt,
    };
  });
  if (errors.length > 0) throw new HttpProblem("invalid", errors[0]?.message ?? "", { errors });
  return sightings;
}
