/** From drift into the register: shadow AI becomes an AI system, an undeclared component a declared one. */
import { normalName, resourceOf, suppliersOf } from "@steward/assurance";
import type { DriftProposal, ProposedComponent } from "@steward/contract";
import { newId, type Uuid } from "@steward/kernel";
import { component, type Register, system } from "@steward/registers";
import type { Kysely, Transaction } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { ScanComponentRow } from "../../platform/database/schema.inventory.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { fieldErrors, HttpProblem, notFound } from "../../platform/http/problem.ts";
import { createInTransaction, translateConstraints, writerOf } from "../records/records.service.ts";
import type { Values } from "../records/records.store.ts";
import { type DriftDeps, refreshDrift } from "./drift.reconcile.ts";
import { addDisposition, type DriftItemRow, lockItem, personOnly } from "./drift.service.ts";

const SYSTEM = system as unknown as Register;
const COMPONENT = component as unknown as Register;
/** Places that a proposal cites. */
const EVIDENCE_SHOWN = 20;

/** @throws HttpProblem `not_found`, `conflict` where it is no shadow AI. */
export async function proposeRegistration(db: Kysely<Tables>, orgId: Uuid, id: Uuid): Promise<DriftProposal> {
  const item = await db
    .selectFrom("drift_item")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("id", "=", id)
    .executeTakeFirst();
  if (!item) throw notFound("This item of drift");
  if (item.kind !== "shadow") throw new HttpProblem("conflict", "It belongs to a registered system already.");
  return item.subject.kind === "scan" ? proposeFromScan(db, orgId, item) : proposeFromService(db, orgId, item);
}

async function proposeFromScan(db: Kysely<Tables>, orgId: Uuid, item: DriftItemRow): Promise<DriftProposal> {
  const scan = await db
    .selectFrom("scan")
    .select(["source", "components"])
    .where("org_id", "=", orgId)
    .where("id", "=", item.subject.id)
    .executeTakeFirstOrThrow();
  const components = componentsOf(scan.components);
  const suppliers = [...new Set(scan.components.flatMap(({ kind, name }) => (kind === "provider" ? [name] : [])))];
  return {
    values: {
      name: nameOf(scan.source),
      purpose: null,
      // Code alone does not say whether it runs yet.
      lifecycle: "build",
      supplier: calledItself(suppliers[0] ?? null),
      agentic: scan.components.some(({ kind }) => kind === "agent") ? "yes" : "undecided",
      trainingDataSources: scan.components.flatMap(({ kind, name }) => (kind === "dataset" ? [name] : [])),
    },
    components,
    evidence: scan.components
      .slice(0, EVIDENCE_SHOWN)
      .map(({ name, file, line, places }) => `${name}: ${file}:${line}${places > 1 ? ` and ${places - 1} more` : ""}`),
  };
}

async function proposeFromService(db: Kysely<Tables>, orgId: Uuid, item: DriftItemRow): Promise<DriftProposal> {
  const seen = await db
    .selectFrom("observation as o")
    .innerJoin("observation as first", (join) =>
      join
        .onRef("first.org_id", "=", "o.org_id")
        .onRef("first.source", "=", "o.source")
        .onRef("first.service", "=", "o.service"),
    )
    .select(["o.provider", "o.model", "o.version", "o.source", "o.service"])
    .where("o.org_id", "=", orgId)
    .where("first.id", "=", item.subject.id)
    .orderBy("o.key")
    .execute();
  const used = seen.filter(({ provider }) => provider !== "self");
  const suppliers = [...new Set(used.map(({ provider }) => provider))];
  const models = seen.flatMap(({ model, version, provider }) => (model === null ? [] : [{ model, version, provider }]));
  const components: ProposedComponent[] = [
    ...suppliers.map((name) => ({
      name,
      componentKind: "service" as const,
      version: null,
      supplier: calledItself(name),
    })),
    ...models.map(({ model, version, provider }) => ({
      name: model,
      componentKind: "model" as const,
      version,
      // A registry lists models of the organisation's own.
      supplier: provider === "self" ? null : calledItself(provider),
    })),
  ];
  return {
    values: {
      name: nameOf(item.subject.name),
      purpose: null,
      lifecycle: "operation",
      supplier: calledItself(suppliers[0] ?? null),
    },
    components: distinct(components),
    evidence: [
      ...new Set(
        seen.map(
          ({ source, service, provider }) => `${service} (${source})${provider === "self" ? "" : `: ${provider}`}`,
        ),
      ),
    ],
  };
}

/** A register holds a supplier's name as people know it, where there is one. */
function calledItself(supplier: string | null): string | null {
  return supplier === null ? null : suppliersOf({}).titleOf(supplier);
}

/** The last part of an address reads like a name. */
function nameOf(source: string): string {
  const last = source
    .replace(/\.git$/, "")
    .split(/[/\\:]/)
    .findLast((part) => part.trim() !== "");
  return (last ?? source).slice(0, 200);
}

const KIND_OF_RESOURCE = { model: "model", data: "data", software: "software", service: "service" } as const;

function componentsOf(rows: readonly ScanComponentRow[]): ProposedComponent[] {
  const proposed = rows.flatMap(({ kind, name, version, provider }): ProposedComponent[] => {
    const resource = resourceOf(kind);
    if (resource === undefined) return [];
    const supplier = calledItself(provider ?? (kind === "provider" ? name : null));
    return [
      {
        name: name.slice(0, 300),
        componentKind: KIND_OF_RESOURCE[resource],
        version: version?.slice(0, 100) ?? null,
        supplier,
      },
    ];
  });
  return distinct(proposed);
}

function distinct(components: readonly ProposedComponent[]): ProposedComponent[] {
  const byName = new Map(components.toReversed().map((one) => [`${one.componentKind} ${normalName(one.name)}`, one]));
  return [...byName.values()].toReversed();
}

/** Registers a shadow as a system with components, and attaches it: all or nothing. */
export async function registerFromDrift(
  deps: DriftDeps,
  caller: Caller,
  itemId: Uuid,
  input: { readonly values: Values; readonly components: readonly ProposedComponent[] },
): Promise<{ systemId: Uuid; componentIds: Uuid[] }> {
  const values = parseValues(input.values);
  const made = await translateConstraints(SYSTEM, () =>
    withTransaction(deps.db, async (tx) => {
      const item = await lockItem(tx, caller.orgId, itemId);
      const actor = personOnly(caller);
      if (item.kind !== "shadow") throw new HttpProblem("conflict", "It belongs to a registered system already.");
      const { id: systemId } = await createInTransaction(deps, tx, writerOf(caller), SYSTEM, {
        id: newId(deps.clock),
        values,
        changeReason: `Registered from what was discovered: ${item.subject.name}`.slice(0, 300),
      });
      const componentIds = await addComponents(deps, tx, caller, systemId, input.components);
      await addDisposition(deps, tx, caller.orgId, item, {
        kind: "attach",
        systemId,
        until: null,
        reason: "Registered as an AI system.",
        requestedBy: actor,
      });
      return { systemId, componentIds };
    }),
  );
  await refreshDrift(deps, caller.orgId);
  return made;
}

/** Adds what is undeclared to the components of its system; answers the new records. */
export async function declareDrift(deps: DriftDeps, caller: Caller, itemIds: readonly Uuid[]): Promise<Uuid[]> {
  const made = await withTransaction(deps.db, async (tx) => {
    const added: Uuid[] = [];
    for (const id of itemIds.toSorted()) {
      const item = await lockItem(tx, caller.orgId, id);
      if (item.kind !== "undeclared" || item.system_id === null) {
        throw new HttpProblem("conflict", `“${item.subject.name}” is no undeclared component.`);
      }
      const [resource, version] = item.details as [keyof typeof KIND_OF_RESOURCE, string | undefined];
      const [proposed] = [
        { name: item.subject.name, componentKind: KIND_OF_RESOURCE[resource], version: version ?? null },
      ];
      const supplier = resource === "service" ? item.subject.name : null;
      added.push(...(await addComponents(deps, tx, caller, item.system_id, [{ ...proposed, supplier }])));
    }
    return added;
  });
  await refreshDrift(deps, caller.orgId);
  return made;
}

async function addComponents(
  deps: DriftDeps,
  tx: Transaction<Tables>,
  caller: Caller,
  systemId: Uuid,
  components: readonly ProposedComponent[],
): Promise<Uuid[]> {
  const ids: Uuid[] = [];
  for (const proposed of components) {
    const parsed = component.createSchema.safeParse({ ...proposed, systemId });
    if (!parsed.success)
      throw new HttpProblem("invalid", `“${proposed.name}” can't be a component.`, {
        errors: fieldErrors(parsed.error, "body").map((error) => ({
          ...error,
          pointer: `/components${error.pointer}`,
        })),
      });
    const { id } = await createInTransaction(deps, tx, writerOf(caller), COMPONENT, {
      id: newId(deps.clock),
      values: parsed.data as Values,
      changeReason: "Declared from what was discovered.",
    });
    ids.push(id);
  }
  return ids;
}

/** @throws HttpProblem `invalid` naming the fields. */
function parseValues(values: Values): Values {
  const parsed = system.createSchema.safeParse(values);
  if (parsed.success) return parsed.data as Values;
  const errors = fieldErrors(parsed.error, "body").map((error) => ({ ...error, pointer: `/values${error.pointer}` }));
  throw new HttpProblem("invalid", errors[0]?.message ?? "The values do not fit.", { errors });
}
