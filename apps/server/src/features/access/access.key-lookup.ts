/**
 * Finds the API keys that requests carry. Nothing is remembered from one moment to the next, so a key that is revoked is
 * refused at once, on every node; but requests that arrive together share a query. Whoever asks while a query is under
 * way is answered by the next one, which begins after it asked.
 */
import { timingSafeEqual } from "node:crypto";

import { type KeyScope, permissionsOfScopes } from "@steward/contract";
import { type Clock, formatInstant, type Micros, MICROS_PER_MINUTE, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import { PREPARED } from "../../platform/database/prepared.ts";
import type { Tables } from "../../platform/database/schema.ts";
import type { Caller } from "../../platform/http/caller.ts";
import { hashToken } from "./access.tokens.ts";

/** Seen-times are for people to look at: a write for each request would be for nothing. */
export const SEEN_RESOLUTION = MICROS_PER_MINUTE;

const KEY_PATTERN = /^Bearer (stw_[A-Za-z0-9]{12})_([A-Za-z0-9_-]{43})$/;

export interface KeyLookupDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

interface KeyRow {
  readonly prefix: string;
  readonly secret_hash: Buffer;
  readonly org_id: Uuid;
  readonly id: Uuid;
  readonly scopes: KeyScope[];
  readonly system_id: Uuid | null;
  readonly last_used_at: Micros | null;
}

/** The keys of one query, by their prefix. */
type Found = ReadonlyMap<string, KeyRow>;

export class KeyLookup {
  readonly #deps: KeyLookupDeps;
  /** The prefixes and the answer of the query that has not begun yet. */
  #next: { readonly prefixes: Set<string>; readonly found: Promise<Found> } | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(deps: KeyLookupDeps) {
    this.#deps = deps;
  }

  /** Who sends this header; undefined where it carries no key that is valid now. */
  async caller(authorization: string): Promise<Caller | undefined> {
    const match = KEY_PATTERN.exec(authorization);
    if (!match) return undefined;
    const [, prefix, secret] = match as unknown as [string, string, string];
    const row = (await this.#find(prefix)).get(prefix);
    return row && timingSafeEqual(row.secret_hash, hashToken(secret)) ? callerOf(row) : undefined;
  }

  #find(prefix: string): Promise<Found> {
    if (this.#next === undefined) {
      const prefixes = new Set<string>();
      const begin = () => {
        this.#next = undefined;
        return this.#query([...prefixes]);
      };
      const found = this.#running.then(begin);
      this.#next = { prefixes, found };
      // What went wrong is told to those who asked; the next query is one of its own.
      this.#running = found.catch(() => undefined);
    }
    this.#next.prefixes.add(prefix);
    return this.#next.found;
  }

  async #query(prefixes: readonly string[]): Promise<Found> {
    const { db, clock } = this.#deps;
    const now = clock.now();
    const { rows } = await sql<KeyRow>`${PREPARED}
      SELECT prefix, secret_hash, org_id, id, scopes, system_id, last_used_at FROM api_key
      WHERE prefix = ANY(${prefixes}::text[]) AND revoked_at IS NULL AND expires_at > ${now}`.execute(db);
    const unseen = rows.filter((row) => row.last_used_at === null || now - row.last_used_at > SEEN_RESOLUTION);
    if (unseen.length > 0) {
      await sql`
        UPDATE api_key SET last_used_at = ${formatInstant(now)}::timestamptz
        FROM unnest(${unseen.map((row) => row.org_id)}::uuid[], ${unseen.map((row) => row.id)}::uuid[]) AS seen (org_id, id)
        WHERE api_key.org_id = seen.org_id AND api_key.id = seen.id`.execute(db);
    }
    return new Map(rows.map((row) => [row.prefix, row]));
  }
}

function callerOf(row: KeyRow): Caller {
  return {
    kind: "key",
    orgId: row.org_id,
    actor: { kind: "key", id: row.id },
    permissions: permissionsOfScopes(row.scopes),
    roles: [],
    systemId: row.system_id,
    accountId: null,
    sessionHash: null,
    providerId: null,
  };
}
