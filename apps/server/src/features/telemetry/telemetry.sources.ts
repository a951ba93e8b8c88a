/** Which registered AI system sends: by the key, by the name that it gives itself, or by the name of its service. */
import type { Uuid } from "@steward/kernel";
import type { Source } from "@steward/telemetry";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import type { Caller } from "../../platform/http/caller.ts";

export type Match =
  | { readonly kind: "system"; readonly systemId: Uuid }
  /** The key writes for another system than the one that is named. */
  | { readonly kind: "forbidden" }
  | { readonly kind: "unknown" };

interface SystemRow {
  readonly id: Uuid;
  readonly name: string;
}

/** Answers for each source; a few hundred systems are read at once, because services are written in many ways. */
export async function matchSources(
  db: Kysely<Tables>,
  caller: Pick<Caller, "orgId" | "systemId">,
): Promise<(source: Source) => Match> {
  const { rows } = await sql<SystemRow>`
    SELECT id, name FROM system WHERE org_id = ${caller.orgId} AND NOT withdrawn`.execute(db);
  return (source) => match(rows, caller.systemId, source);
}

function match(systems: readonly SystemRow[], boundTo: Uuid | null, { system, service }: Source): Match {
  const named = system === undefined ? undefined : systems.find(({ id, name }) => id === system || name === system);
  if (boundTo !== null) {
    const isOwn = system === undefined || named?.id === boundTo;
    return isOwn ? { kind: "system", systemId: boundTo } : { kind: "forbidden" };
  }
  if (system !== undefined) return named ? { kind: "system", systemId: named.id } : { kind: "unknown" };
  const same = service === undefined ? [] : systems.filter(({ name }) => plain(name) === plain(service));
  const [only] = same;
  return only !== undefined && same.length === 1 ? { kind: "system", systemId: only.id } : { kind: "unknown" };
}

/** “Wage band estimator” and `wage-band-estimator` are the same service. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-");
}
