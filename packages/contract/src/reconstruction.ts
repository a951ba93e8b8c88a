/** Questions about the past: what ran at a moment, and what an incident would have touched. */
import { idSchema, instantSchema } from "@steward/registers";
import { z } from "zod";

import { idParams } from "./common.ts";
import { decisionFilter } from "./decisions.ts";
import { endpoint } from "./endpoint.ts";

const tag = "Decisions";
export const reconstructionEndpoints = {
  getRunningAt: endpoint({
    operationId: "getRunningAt",
    method: "GET",
    path: "/systems/:id/running",
    tag,
    summary: "Which releases of a system were in production at a moment, and when each first and last decided",
    access: "records.read",
    systems: "path",
    params: idParams,
    query: z.strictObject({ at: instantSchema }),
    response: z.object({
      at: instantSchema,
      releases: z.array(
        z.object({
          releaseId: idSchema,
          version: z.string(),
          digest: z.string(),
          deploymentId: idSchema,
          startedAt: instantSchema,
          endedAt: instantSchema.nullable(),
        }),
      ),
    }),
  }),
  countAffected: endpoint({
    operationId: "countAffectedDecisions",
    method: "GET",
    path: "/decisions/affected",
    tag,
    summary:
      "How many decisions an incident would have touched: by system, release and outcome, with the people concerned",
    access: "records.read",
    query: z.strictObject(decisionFilter),
    response: z.object({
      decisions: z.number().int(),
      subjects: z.number().int().meta({ description: "Distinct people, where the sender named them." }),
      firstAt: instantSchema.nullable(),
      lastAt: instantSchema.nullable(),
      groups: z.array(
        z.object({
          systemId: idSchema.nullable(),
          systemName: z.string(),
          releaseId: idSchema.nullable(),
          releaseVersion: z.string(),
          outcome: z.string(),
          decisions: z.number().int(),
        }),
      ),
    }),
  }),
};
