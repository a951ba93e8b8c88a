/** What a self-check of the ledger finds. */
import type { ledgerCheckSchema } from "@steward/contract";
import type { Uuid } from "@steward/kernel";
import type { Entry } from "@steward/ledger";
import type { Kysely } from "kysely";
import type { z } from "zod";

import type { Tables } from "../../platform/database/schema.ts";

export type CheckFinding = z.infer<typeof ledgerCheckSchema>["findings"][number];

/** An entry that could be read, with its body where that is there and can be read. */
export interface ReadEntry {
  readonly index: number;
  readonly entry: Entry;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** The body was erased, and with it whatever was projected from it. */
  readonly erased: boolean;
}

/** Compares rows that were made from entries with those entries. Made anew for each check, because it counts. */
export interface ProjectionCheck {
  /** Looks at the entries that it knows; called with all entries, in order. */
  check(db: Kysely<Tables>, orgId: Uuid, entries: readonly ReadEntry[]): Promise<CheckFinding[]>;
  /** Looks for rows that belong to no entry; called after the last entry. */
  finish(db: Kysely<Tables>, orgId: Uuid): Promise<CheckFinding[]>;
}

/** Rows of one kind that a finding names; more of the same say nothing new. */
export const EXTRA_ROWS_NAMED = 10;

export function altered(what: string, index: number, columns: readonly string[]): CheckFinding[] {
  if (columns.length === 0) return [];
  const message = `${what} of entry ${index} is not what was recorded: ${columns.join(", ")}.`;
  return [{ code: "projection_altered", entry: index, message }];
}

export function missing(what: string, index: number): CheckFinding {
  return { code: "projection_missing", entry: index, message: `${what} of entry ${index} is missing.` };
}

export function extra(what: string, id: string, index: number | null): CheckFinding {
  const message = `${what} ${id} belongs to no entry of the ledger.`;
  return { code: "projection_extra", entry: index, message };
}

/** The names under which the two of a pair differ. */
export function differing(pairs: Readonly<Record<string, readonly [stored: unknown, committed: unknown]>>): string[] {
  return Object.entries(pairs).flatMap(([name, [stored, committed]]) => (stored === committed ? [] : [name]));
}
