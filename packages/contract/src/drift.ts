/** Drift of the inventory: what is declared against what is found and seen, what was decided about it, and the map. */
import { idSchema, instantSchema, LIST_MAX_ITEMS } from "@steward/registers";
import { z } from "zod";

import { actorSchema, idParams, pageOf, pageQuery, reasonSchema } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { OBSERVATION_SOURCES } from "./inventory.ts";

export const DRIFT_KINDS = ["shadow", "undeclared", "version_drift", "silent", "retired_alive"] as const;
export type DriftKind = (typeof DRIFT_KINDS)[number];
export const DRIFT_STATES = ["open", "settled", "closed"] as const;
export type DriftState = (typeof DRIFT_STATES)[number];

/** The longest time for which drift can be accepted: what lasts longer belongs into the register. */
export const ACCEPT_MAX_DAYS = 366;

const evidenceSchema = z.object({
  kind: z.string(),
  id: z.string(),
  version: z.number().int().optional(),
  ledgerIndex: z.number().int().optional(),
  at: instantSchema,
});

export const driftItemSchema = z.object({
  id: idSchema,
  kind: z.enum(DRIFT_KINDS),
  state: z.enum(DRIFT_STATES).meta({
    description: "open: something to decide; settled: a decision covers it; closed: it no longer stands.",
  }),
  subject: z.object({ kind: z.string(), id: z.string(), name: z.string() }),
  systemId: idSchema.nullable(),
  systemName: z.string().nullable(),
  since: instantSchema,
  dueAt: instantSchema.meta({ description: "When it starts to count against the status (DRIFT_GRACE)." }),
  overdue: z.boolean(),
  message: z.string(),
  details: z.array(z.string()).meta({ description: "Suppliers, models and packages that it is about." }),
  evidence: z.array(evidenceSchema),
  owner: z
    .object({ id: idSchema, name: z.string().nullable() })
    .nullable()
    .meta({ description: "Who most likely knows: the system's owner, or whoever published what shows it." }),
  awaiting: idSchema.nullable().meta({ description: "The disposition that waits for approval." }),
});
export type DriftItem = z.infer<typeof driftItemSchema>;

export const DISPOSITION_KINDS = ["attach", "not_ai", "switched_off", "accepted"] as const;

export const dispositionSchema = z.object({
  id: idSchema,
  kind: z.enum(DISPOSITION_KINDS),
  systemId: idSchema.nullable(),
  systemName: z.string().nullable(),
  reason: z.string(),
  until: instantSchema.nullable(),
  state: z.enum(["requested", "in_force", "rejected"]),
  requestedBy: actorSchema,
  requestedAt: instantSchema,
  decidedBy: actorSchema.nullable(),
  decidedAt: instantSchema.nullable(),
  decisionReason: z.string().nullable(),
  ledgerIndex: z.number().int(),
});
export type DriftDisposition = z.infer<typeof dispositionSchema>;

export const driftDetailSchema = driftItemSchema.extend({
  places: z
    .array(
      z.object({
        source: z.string(),
        kind: z.string(),
        name: z.string(),
        file: z.string(),
        line: z.number().int(),
        more: z.number().int().meta({ description: "Other places of the same component." }),
      }),
    )
    .meta({ description: "Where the newest scan of each source shows it; at most 50." }),
  sightings: z
    .array(
      z.object({
        source: z.enum(OBSERVATION_SOURCES),
        service: z.string(),
        provider: z.string(),
        model: z.string().nullable(),
        version: z.string().nullable(),
        count: z.number().int(),
        lastSeenAt: instantSchema,
      }),
    )
    .meta({ description: "What was seen of it at run time, the newest first; at most 50." }),
  more: z.number().int().meta({ description: "Places and sightings beyond those that are listed." }),
  choices: z
    .array(z.enum(DISPOSITION_KINDS))
    .meta({ description: "What can be said of it, besides registering or declaring it." }),
  dispositions: z.array(dispositionSchema),
  events: z.array(z.object({ event: z.enum(["opened", "closed"]), at: instantSchema, ledgerIndex: z.number().int() })),
});
export type DriftDetail = z.infer<typeof driftDetailSchema>;

const proposedComponent = z.strictObject({
  name: z.string().min(1).max(300),
  componentKind: z.enum(["model", "data", "software", "service", "prompt", "compute"]),
  version: z.string().max(100).nullable(),
  supplier: z.string().max(300).nullable(),
});
export type ProposedComponent = z.infer<typeof proposedComponent>;

export const proposalSchema = z.object({
  values: z
    .record(z.string(), z.unknown())
    .meta({ description: "Values for a new AI system; a person reads and changes them." }),
  components: z.array(proposedComponent),
  evidence: z.array(z.string()).meta({ description: "Where the proposal was read from: file and line, or service." }),
});
export type DriftProposal = z.infer<typeof proposalSchema>;

export const PRESENCES = ["live", "unseen", "silent", "retired_alive", "retired", "planned"] as const;
export type Presence = (typeof PRESENCES)[number];

const mapNode = z.object({
  name: z.string(),
  declared: z.boolean().meta({ description: "The register of the system names it." }),
  found: z.boolean().meta({ description: "Code or traffic of the system shows it." }),
});

/** Everything that one AI system is made of, by what is declared and what is found. */
export const mapSystemSchema = z.object({
  id: idSchema,
  name: z.string(),
  lifecycle: z.string(),
  presence: z.enum(PRESENCES),
  lastSeenAt: instantSchema.nullable(),
  sources: z.array(z.string()).meta({ description: "Repositories whose scans belong to it." }),
  suppliers: z.array(mapNode.extend({ supplies: z.array(z.string()) })),
  models: z.array(mapNode),
  components: z.number().int().meta({ description: "Declared components." }),
  openDrift: z.number().int(),
});
export type MapSystem = z.infer<typeof mapSystemSchema>;

export const inventoryMapSchema = z.object({
  systems: z.array(mapSystemSchema),
  shadow: z
    .array(
      z.object({
        itemId: idSchema,
        name: z.string(),
        uses: z.array(z.string()),
        suppliers: z.array(z.string()),
        models: z.array(z.string()),
      }),
    )
    .meta({ description: "Open findings that belong to no system, with what code or traffic shows of them." }),
});
export type InventoryMap = z.infer<typeof inventoryMapSchema>;

const tag = "Inventory";
export const driftEndpoints = {
  listDrift: endpoint({
    operationId: "listDrift",
    method: "GET",
    path: "/drift",
    tag,
    summary: "Drift of the inventory, the most urgent first",
    access: "records.read",
    query: z.strictObject({
      ...pageQuery.shape,
      state: z.enum(DRIFT_STATES).default("open"),
      kind: z.enum(DRIFT_KINDS).optional(),
      systemId: idSchema.optional(),
    }),
    response: pageOf(driftItemSchema),
  }),
  getDrift: endpoint({
    operationId: "getDrift",
    method: "GET",
    path: "/drift/:id",
    tag,
    summary: "One item of drift with its decisions and history",
    access: "records.read",
    params: idParams,
    response: driftDetailSchema,
  }),
  getInventoryMap: endpoint({
    operationId: "getInventoryMap",
    method: "GET",
    path: "/inventory-map",
    tag,
    summary: "AI systems with their suppliers and models, as declared, found and seen",
    access: "records.read",
    query: z.strictObject({
      systemId: idSchema.optional().meta({ description: "Of this system alone, and without what belongs to none." }),
    }),
    response: inventoryMapSchema,
  }),
  getDriftProposal: endpoint({
    operationId: "getDriftProposal",
    method: "GET",
    path: "/drift/:id/proposal",
    tag,
    summary: "What a registration of this shadow AI would say, read from what shows it",
    access: "records.read",
    params: idParams,
    response: proposalSchema,
  }),
  registerFromDrift: endpoint({
    operationId: "registerFromDrift",
    method: "POST",
    path: "/drift/:id/registration",
    tag,
    summary: "Register shadow AI as a new AI system with its components, and attach what shows it",
    access: "systems.write",
    params: idParams,
    body: z.strictObject({
      values: z.record(z.string(), z.unknown()),
      components: z.array(proposedComponent).max(LIST_MAX_ITEMS),
    }),
    response: z.object({ systemId: idSchema, componentIds: z.array(idSchema) }),
    status: 201,
  }),
  declareDrift: endpoint({
    operationId: "declareDrift",
    method: "POST",
    path: "/drift/declarations",
    tag,
    summary: "Add undeclared components to the register of their system",
    access: "systems.write",
    body: z.strictObject({ itemIds: z.array(idSchema).min(1).max(LIST_MAX_ITEMS) }),
    response: z.object({ componentIds: z.array(idSchema) }),
  }),
  disposeDrift: endpoint({
    operationId: "disposeDrift",
    method: "POST",
    path: "/drift/:id/dispositions",
    tag,
    summary: "Attach it to a system, or ask another person to agree that it is not AI or can wait",
    access: "drift.settle",
    params: idParams,
    body: z.strictObject({
      kind: z.enum(DISPOSITION_KINDS),
      systemId: idSchema.nullable().optional(),
      until: instantSchema.nullable().optional(),
      reason: reasonSchema,
    }),
    response: driftDetailSchema,
    status: 201,
  }),
  decideDisposition: endpoint({
    operationId: "decideDisposition",
    method: "POST",
    path: "/drift-dispositions/:id/decision",
    tag,
    summary: "Approve or reject what another person asked for",
    access: "drift.approve",
    params: idParams,
    body: z.strictObject({ decision: z.enum(["approve", "reject"]), reason: reasonSchema.nullable().optional() }),
    response: driftDetailSchema,
  }),
};
