/** A register is declared once; storage, history, API, import, export and the default screen follow from it. */
import { z } from "zod";

import type { ColumnType, Field } from "./fields.ts";

export type Fields = Record<string, Field>;

/** The values of a record: every field present, empty ones null. */
export type ValuesOf<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export interface Lifecycle {
  /** The `choice` field that holds the state. */
  readonly field: string;
  /** States in which a record may be created. */
  readonly initial: readonly string[];
  /** From each state, the states that may follow; a state with none is final. */
  readonly transitions: Readonly<Record<string, readonly string[]>>;
  /** By state: what decides that it is entered, by another person than the one who asked. */
  readonly decisions?: Readonly<Record<string, LifecycleDecision>>;
}

export interface LifecycleDecision {
  /** Who may decide it; the register's write permission is not needed for it, and not enough. */
  readonly permission: string;
  /** The act as a button says it: `Approve`. */
  readonly act: string;
  /**
   * It ends what was decided before: offered of nothing else, and not only to whoever may decide: whoever may write, and
   * whoever asked, may bring it about too.
   */
  readonly undoes?: true;
}

/** What may be decided of a record in this state, by the state that it would enter. */
export function decisionsFrom(lifecycle: Lifecycle | undefined, state: string): [string, LifecycleDecision][] {
  const { decisions = {}, transitions = {}, initial = [] } = lifecycle ?? {};
  return (transitions[state] ?? []).flatMap((to): [string, LifecycleDecision][] => {
    const decision = decisions[to];
    return decision === undefined || (decision.undoes && initial.includes(state)) ? [] : [[to, decision]];
  });
}

/** A change that the whole record must satisfy; returns the field and the reason where it does not. */
export interface Rule<V> {
  readonly check: (values: V) => { field: string; message: string } | undefined;
}

export interface RegisterDefinition<F extends Fields> {
  /** Stable name in storage and ledger: `system`, `role_assignment`. */
  readonly kind: string;
  /** Path segment in the API: `systems`. */
  readonly path: string;
  readonly singular: string;
  readonly plural: string;
  /** One sentence for the head of the page. */
  readonly description: string;
  /** What a person reads when the register is empty: the first step. */
  readonly emptyHint: string;
  readonly fields: F;
  /** The field shown as a record's name. */
  readonly title: keyof F & string;
  /** Columns of the default list, in order. */
  readonly listed: readonly (keyof F & string)[];
  /** Groups of fields whose values together occur once among records that are not withdrawn. */
  readonly unique?: readonly (readonly (keyof F & string)[])[];
  readonly lifecycle?: Lifecycle;
  readonly rules?: readonly Rule<ValuesOf<F>>[];
  /** Values that a creation may leave out. */
  readonly defaults?: Partial<ValuesOf<F>>;
  /** Who may change it; everyone who may read records may read it. */
  readonly writePermission: string;
  /** Exactly one record per organisation, whose id is the organisation's. */
  readonly singleton?: boolean;
  /** Records are made by the system (parameters), people change them. */
  readonly systemCreated?: boolean;
  /** Raised whenever the shape of the body changes. */
  readonly schemaVersion: number;
  /** From a body of version n to one of version n + 1: pure, and kept for ever. */
  readonly upcasters?: Readonly<Record<number, (body: Record<string, unknown>) => Record<string, unknown>>>;
}

export interface Register<F extends Fields = Fields> extends RegisterDefinition<F> {
  /** All values, as stored. */
  readonly valuesSchema: z.ZodType<ValuesOf<F>>;
  /** Values of a creation: fields with a default, and those that may be empty, can be left out. */
  readonly createSchema: z.ZodType<ValuesOf<F>>;
  /** Values of a change: only what changes. */
  readonly changeSchema: z.ZodType<Partial<ValuesOf<F>>>;
}

/** The values of a declared register's records. */
export type RecordValues<R extends { readonly fields: Fields }> = ValuesOf<R["fields"]>;

export function defineRegister<const F extends Fields>(definition: RegisterDefinition<F>): Register<F> {
  const full: Record<string, z.ZodType> = {};
  const create: Record<string, z.ZodType> = {};
  const change: Record<string, z.ZodType> = {};
  for (const [name, field] of Object.entries(definition.fields)) {
    // The help of the form is the description of the API.
    const described = field.schema.meta({ ...field.schema.meta(), description: field.help });
    full[name] = described;
    create[name] = creationSchema({ ...field, schema: described }, definition.defaults?.[name as keyof F]);
    change[name] = described.optional();
  }
  return {
    ...definition,
    valuesSchema: z.strictObject(full) as unknown as z.ZodType<ValuesOf<F>>,
    createSchema: z.strictObject(create) as unknown as z.ZodType<ValuesOf<F>>,
    changeSchema: z.strictObject(change) as unknown as z.ZodType<Partial<ValuesOf<F>>>,
  };
}

function creationSchema(field: Field, fallback: unknown): z.ZodType {
  if (fallback !== undefined) return field.schema.optional().transform((value) => value ?? fallback);
  if (!field.required) return field.schema.optional().transform((value) => value ?? null);
  return field.schema;
}

/** Applies the upcasters until the body has the register's present shape. */
export function upcast(register: Register, schemaVersion: number, body: Record<string, unknown>) {
  let current = body;
  for (let version = schemaVersion; version < register.schemaVersion; version++) {
    const step = register.upcasters?.[version];
    if (step) current = step(current);
  }
  return current;
}

/** The first rule that the values break, or a lifecycle step that is not allowed. */
export function checkRules<F extends Fields>(register: Register<F>, values: ValuesOf<F>, previous?: ValuesOf<F>) {
  const step = checkTransition(register as unknown as Register, values, previous);
  if (step) return step;
  for (const rule of register.rules ?? []) {
    const broken = rule.check(values);
    if (broken) return broken;
  }
  return undefined;
}

function checkTransition(
  register: Register,
  values: Record<string, unknown>,
  previous: Record<string, unknown> | undefined,
) {
  const { lifecycle } = register;
  if (!lifecycle) return undefined;
  const to = String(values[lifecycle.field]);
  if (previous === undefined) {
    if (lifecycle.initial.includes(to)) return undefined;
    return { field: lifecycle.field, message: `Start in one of: ${lifecycle.initial.join(", ")}.` };
  }
  const from = String(previous[lifecycle.field]);
  const allowed = lifecycle.transitions[from] ?? [];
  if (from === to || allowed.includes(to)) return undefined;
  const next = allowed.length > 0 ? `Next may be: ${allowed.join(", ")}.` : "That state is final.";
  return { field: lifecycle.field, message: `“${from}” does not lead to “${to}”. ${next}` };
}

/** The column name of a field: snake case. */
export function columnName(fieldName: string): string {
  return fieldName.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What a screen or a client needs to know of a register, as plain data. */
export interface RegisterDescription {
  kind: string;
  path: string;
  singular: string;
  plural: string;
  description: string;
  emptyHint: string;
  title: string;
  listed: string[];
  singleton: boolean;
  systemCreated: boolean;
  writePermission: string;
  lifecycle: {
    field: string;
    initial: string[];
    transitions: Record<string, string[]>;
    /** By the state that they lead to, what each act is called. */
    decisions: Record<string, string>;
  } | null;
  fields: FieldDescription[];
}

export interface FieldDescription {
  name: string;
  type: Field["type"];
  label: string;
  help: string;
  example: string | null;
  section: string | null;
  required: boolean;
  personal: boolean;
  choices: { value: string; label: string; help: string | null }[] | null;
  target: string | null;
  maxChars: number | null;
  minimum: number | null;
  maximum: number | null;
  pattern: string | null;
  defaultValue: unknown;
  sortable: boolean;
  filterable: boolean;
}

/** Lists sort by these; paragraphs and lists have no useful order. */
const SORTABLE: ReadonlySet<Field["type"]> = new Set([
  "line",
  "choice",
  "flag",
  "integer",
  "number",
  "date",
  "instant",
]);
const FILTERABLE: ReadonlySet<Field["type"]> = new Set(["line", "choice", "choices", "flag", "ref", "refs", "lines"]);

export function isSortable(field: Field): boolean {
  return SORTABLE.has(field.type);
}

export function isFilterable(field: Field): boolean {
  return FILTERABLE.has(field.type);
}

export function describeRegister(register: Register): RegisterDescription {
  const { lifecycle } = register;
  return {
    kind: register.kind,
    path: register.path,
    singular: register.singular,
    plural: register.plural,
    description: register.description,
    emptyHint: register.emptyHint,
    title: register.title,
    listed: [...register.listed],
    singleton: register.singleton ?? false,
    systemCreated: register.systemCreated ?? false,
    writePermission: register.writePermission,
    lifecycle: lifecycle
      ? {
          field: lifecycle.field,
          initial: [...lifecycle.initial],
          transitions: Object.fromEntries(Object.entries(lifecycle.transitions).map(([from, to]) => [from, [...to]])),
          decisions: Object.fromEntries(Object.entries(lifecycle.decisions ?? {}).map(([to, { act }]) => [to, act])),
        }
      : null,
    fields: Object.entries(register.fields).map(([name, field]) => describeField(register, name, field)),
  };
}

function describeField(register: Register, name: string, field: Field): FieldDescription {
  const choices = field.choices?.map(({ value, label, help }) => ({ value, label, help: help ?? null })) ?? null;
  return {
    name,
    type: field.type,
    label: field.label,
    help: field.help,
    example: field.example ?? null,
    section: field.section ?? null,
    required: field.required,
    personal: field.personal ?? false,
    choices,
    target: field.target ?? null,
    maxChars: field.maxChars ?? null,
    minimum: field.minimum ?? null,
    maximum: field.maximum ?? null,
    pattern: field.pattern ?? null,
    defaultValue: register.defaults?.[name] ?? null,
    sortable: isSortable(field),
    filterable: isFilterable(field),
  };
}

export type { ColumnType };
