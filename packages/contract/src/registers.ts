/** The endpoints that every register has, made from its declaration. */
import { idSchema, instantSchema, isFilterable, isSortable, type Register, registers } from "@steward/registers";
import { z } from "zod";

import { actorSchema, asOfQuery, idParams, mayItemSchema, pageOf, pageQuery, reasonSchema } from "./common.ts";
import { endpoint, IMPORT_BODY_MAX_BYTES } from "./endpoint.ts";
import type { Permission } from "./permissions.ts";

/** What is known of a version beside its values. */
const versionShape = {
  id: idSchema,
  kind: z.string(),
  version: z.number().int(),
  recordedAt: instantSchema.meta({ description: "When Steward was told." }),
  effectiveAt: instantSchema.meta({ description: "Since when it holds." }),
  actor: actorSchema,
  changeReason: z.string().nullable(),
  withdrawn: z.boolean(),
  ledgerIndex: z.number().int().meta({ description: "Entry of the evidence ledger that proves this version." }),
};

export const referenceSchema = z.object({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  withdrawn: z.boolean(),
});

export const recordSchema = z.object({
  ...versionShape,
  title: z.string(),
  values: z.record(z.string(), z.unknown()),
  references: z
    .record(z.string(), referenceSchema)
    .meta({ description: "The records that the values refer to, by id, so that a screen can name them." }),
  may: z.object({
    change: mayItemSchema,
    withdraw: mayItemSchema,
    decide: mayItemSchema
      .extend({
        decisions: z.array(
          z.object({
            decision: z.string().meta({ description: "The state that it leads to, as it is sent." }),
            act: z.string().meta({ description: "The act as a button says it." }),
            undoes: z.boolean().meta({ description: "Whether it ends what was decided before." }),
          }),
        ),
      })
      .nullable()
      .meta({ description: "Null where there is nothing to decide." }),
  }),
});
export type RecordView = z.infer<typeof recordSchema>;

export const historyItemSchema = z
  .object({
    ...versionShape,
    title: z.string(),
    values: z.record(z.string(), z.unknown()),
    changed: z.array(z.string()).meta({ description: "Fields that differ from the version before." }),
  })
  .meta({ id: "RecordVersion" });
export type HistoryItem = z.infer<typeof historyItemSchema>;

export const importResultSchema = z.object({
  dryRun: z.boolean(),
  rows: z.number().int(),
  created: z.number().int(),
  changed: z.number().int(),
  unchanged: z.number().int(),
  errors: z.array(z.object({ line: z.number().int(), field: z.string().nullable(), message: z.string() })),
});

export function recordTypeOf(register: Register) {
  return recordSchema.extend({ values: register.valuesSchema }).meta({ id: `${operationName(register)}Record` });
}

/** Query of a list: paging, order, words, moment, and `where.<field>` for each field that can be filtered. */
function listQuery(register: Register) {
  const fields = Object.entries(register.fields);
  const sortable = fields.filter(([, field]) => isSortable(field)).map(([name]) => name);
  const orders = ["recordedAt", ...sortable].flatMap((name) => [name, `-${name}`]);
  const filters: Record<string, z.ZodType> = {};
  for (const [name, field] of fields) {
    if (!isFilterable(field)) continue;
    const values = field.choices?.map((choice) => choice.value);
    const single = values ? z.enum(["", ...values] as [string, ...string[]]) : z.string().max(300);
    filters[`where.${name}`] = single
      .optional()
      .meta({ description: `${field.label} is this value; empty means that none is given.` });
  }
  return z.strictObject({
    ...pageQuery.shape,
    ...asOfQuery.shape,
    q: z.string().max(200).optional().meta({ description: "Words, or beginnings of words, that the record holds." }),
    sort: z.enum(orders as [string, ...string[]]).optional(),
    withdrawn: z.enum(["exclude", "include", "only"]).default("exclude"),
    ...filters,
  });
}

/** The name of a register in operation ids: `RoleAssignment`. */
export function operationName(register: Register): string {
  const camel = register.kind.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

function pluralName(register: Register): string {
  return register.path
    .split("-")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

const metadata = {
  changeReason: reasonSchema.optional().meta({ description: "Why; shown in the history." }),
  effectiveAt: instantSchema
    .optional()
    .meta({ description: "Since when it holds, when that is earlier than now; never before the version before it." }),
};

export function registerEndpoints(register: Register) {
  const name = operationName(register);
  const plural = pluralName(register);
  const base = `/${register.path}`;
  const write = register.writePermission as Permission;
  const record = recordTypeOf(register);
  const tag = register.plural;
  const ofSystems = register.kind === "system" || "systemId" in register.fields;
  const decisions = register.lifecycle?.decisions ?? {};
  const [states, [decision]] = [Object.keys(decisions), Object.values(decisions)];
  const scope = ofSystems ? { systems: "checked" as const } : {};
  return {
    list: endpoint({
      operationId: `list${plural}`,
      method: "GET",
      path: base,
      tag,
      summary: `List: ${register.plural}`,
      access: "records.read",
      ...scope,
      query: listQuery(register),
      response: pageOf(record),
    }),
    get: endpoint({
      operationId: `get${name}`,
      method: "GET",
      path: `${base}/:id`,
      tag,
      summary: `Read one: ${register.singular}`,
      access: "records.read",
      ...scope,
      params: idParams,
      query: asOfQuery.extend({
        effectiveAt: instantSchema.optional().meta({ description: "The version that held at this moment." }),
      }),
      response: record,
      etag: "answers",
    }),
    create: endpoint({
      operationId: `create${name}`,
      method: "POST",
      path: base,
      tag,
      summary: `Create: ${register.singular}`,
      access: write,
      ...scope,
      body: z.strictObject({
        id: idSchema.optional().meta({ description: "Your own UUID: sending it twice creates the record once." }),
        values: register.createSchema,
        ...metadata,
      }),
      response: record,
      status: 201,
      etag: "answers",
    }),
    change: endpoint({
      operationId: `change${name}`,
      method: "PATCH",
      path: `${base}/:id`,
      tag,
      summary: `Change: ${register.singular}`,
      access: write,
      ...scope,
      params: idParams,
      body: z.strictObject({ values: register.changeSchema, ...metadata }),
      response: record,
      etag: "required",
    }),
    withdraw: endpoint({
      operationId: `withdraw${name}`,
      method: "POST",
      path: `${base}/:id/withdrawal`,
      tag,
      summary: `Withdraw, keeping its history: ${register.singular}`,
      access: write,
      ...scope,
      params: idParams,
      body: z.strictObject({ changeReason: reasonSchema }),
      response: record,
      etag: "required",
    }),
    decide: endpoint({
      operationId: `decide${name}`,
      method: "POST",
      path: `${base}/:id/decision`,
      tag,
      summary: `Decide what another person asked for: ${register.singular}`,
      access: (decision?.permission ?? write) as Permission,
      ...scope,
      params: idParams,
      body: z.strictObject({ decision: z.enum(states as [string, ...string[]]), changeReason: reasonSchema }),
      response: record,
      etag: "required",
    }),
    history: endpoint({
      operationId: `list${name}History`,
      method: "GET",
      path: `${base}/:id/history`,
      tag,
      summary: `Every version, newest first: ${register.singular}`,
      access: "records.read",
      ...scope,
      params: idParams,
      query: pageQuery,
      response: pageOf(historyItemSchema),
    }),
    import: endpoint({
      operationId: `import${plural}`,
      method: "POST",
      path: `${base}/import`,
      tag,
      summary: `Import from CSV or JSON, all rows or none: ${register.plural}`,
      access: write,
      ...scope,
      body: z.strictObject({
        format: z.enum(["csv", "json"]),
        content: z.string().max(IMPORT_BODY_MAX_BYTES),
        dryRun: z.boolean().default(true),
        changeReason: reasonSchema.optional(),
      }),
      response: importResultSchema,
      bodyMaxBytes: IMPORT_BODY_MAX_BYTES,
    }),
    export: endpoint({
      operationId: `export${plural}`,
      method: "GET",
      path: `${base}/export`,
      tag,
      summary: `Export as CSV or JSON: ${register.plural}`,
      access: "records.export",
      ...scope,
      query: asOfQuery.extend({ format: z.enum(["csv", "json"]).default("csv") }),
      response: z.string(),
      produces: "text/csv",
    }),
  };
}

type RegisterEndpoints = ReturnType<typeof registerEndpoints>;

/** Endpoints of all registers, by kind. Records that only the system makes cannot be created, withdrawn or imported. */
export const recordEndpoints: Readonly<Record<string, Partial<RegisterEndpoints>>> = Object.fromEntries(
  registers.map((register) => {
    const { decide, ...all } = registerEndpoints(register);
    if (register.lifecycle?.decisions !== undefined) return [register.kind, { ...all, decide }];
    if (!register.systemCreated) return [register.kind, all];
    return [
      register.kind,
      { list: all.list, get: all.get, change: all.change, history: all.history, export: all.export },
    ];
  }),
);

export const registerDescriptions = endpoint({
  operationId: "describeRegisters",
  method: "GET",
  path: "/registers",
  tag: "Registers",
  summary: "What each register holds: fields, help, choices, life cycle",
  access: "records.read",
  systems: "free",
  response: z.object({ registers: z.array(z.record(z.string(), z.unknown())) }),
});
