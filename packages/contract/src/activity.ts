/** Who did what: acts, without the streams of what AI systems send by the thousand. */
import { idSchema, instantSchema } from "@steward/registers";
import { z } from "zod";

import { actorSchema, pageOf, pageQuery } from "./common.ts";
import { endpoint } from "./endpoint.ts";

/** What an act is about, by the first word of its entry's kind; registers are those that are declared. */
export const ACTIVITY_GROUPS = {
  registers: "Registers",
  tasks: "Tasks",
  evaluations: "Evaluations and monitors",
  inventory: "Inventory and drift",
  access: "Access, keys and connections",
  status: "Computed status",
  evidence: "Evidence, drills and erasure",
} as const;
export type ActivityGroup = keyof typeof ACTIVITY_GROUPS;

export const ACTIVITY_ACTORS = { person: "People", key: "API keys", system: "Steward itself" } as const;
export type ActivityActor = keyof typeof ACTIVITY_ACTORS;

export const activitySchema = z.object({
  ledgerIndex: z.number().int(),
  at: instantSchema,
  actor: actorSchema,
  kind: z.string().meta({ description: "As in the ledger: alert.changed." }),
  subject: z.object({
    kind: z.string(),
    id: z.string(),
    version: z.number().int().nullable(),
    title: z.string().nullable().meta({ description: "As known now; null where it has none, or was erased." }),
  }),
  system: z.object({ id: idSchema, name: z.string() }).nullable(),
  changed: z.array(z.string()).meta({
    description:
      "Labels of the fields that differ from the version before; of a status, how it changed; of an auditor's reads, how many.",
  }),
  reason: z.string().nullable().meta({ description: "Why, as whoever changed the record said." }),
});
export type Activity = z.infer<typeof activitySchema>;

export const activityEndpoints = {
  listActivity: endpoint({
    operationId: "listActivity",
    method: "GET",
    path: "/activity",
    tag: "Activity",
    summary: "Who did what, newest first, each with its entry of the ledger",
    access: "records.read",
    query: z.strictObject({
      ...pageQuery.shape,
      actor: z.enum(Object.keys(ACTIVITY_ACTORS) as [ActivityActor, ...ActivityActor[]]).optional(),
      actorId: idSchema.optional().meta({ description: "One person or one key." }),
      group: z.enum(Object.keys(ACTIVITY_GROUPS) as [ActivityGroup, ...ActivityGroup[]]).optional(),
      systemId: idSchema.optional(),
      from: instantSchema.optional(),
      to: instantSchema.optional().meta({ description: "Exclusive." }),
    }),
    response: pageOf(activitySchema),
  }),
};
