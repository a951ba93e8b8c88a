/** Transactions that are tried again when concurrent ones were in the way. */
import { setTimeout as delay } from "node:timers/promises";

import { type IsolationLevel, type Kysely, sql, type Transaction } from "kysely";

import { DatabaseError } from "./errors.ts";

/** Ten concurrent writers of one row settle within this many attempts; beyond, the caller must know. */
const MAX_ATTEMPTS = 6;
const FIRST_DELAY_MS = 10;
const MAX_DELAY_MS = 500;

export interface TransactionOptions {
  /** PostgreSQL's default, read committed, when not given. */
  readonly isolation?: IsolationLevel;
  readonly maxAttempts?: number;
}

/**
 * Runs `work` in one transaction and commits what it did.
 * On a serialization failure or a deadlock everything is rolled back and `work` runs again, up to six times with growing,
 * jittered pauses; so `work` must not have effects outside its transaction. Any other error rolls back and is passed on.
 * @throws DatabaseError `conflict` when every attempt failed, `outcome_unknown` when the connection broke during COMMIT.
 */
export async function withTransaction<DB, T>(
  db: Kysely<DB>,
  work: (trx: Transaction<DB>) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const maxAttempts = options.maxAttempts ?? MAX_ATTEMPTS;
  const builder = db.transaction();
  const transaction = options.isolation === undefined ? builder : builder.setIsolationLevel(options.isolation);
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction.execute(work);
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.code !== "conflict" || attempt >= maxAttempts) throw error;
      await delay(jitteredDelayMs(attempt));
    }
  }
}

function jitteredDelayMs(attempt: number): number {
  return Math.random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
}

/** Waits until nobody else holds the lock of this name, and holds it until the transaction ends. */
export async function holdLock<DB>(trx: Transaction<DB>, name: string): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

/** Lifts the limits that hold for requests: for background work that takes as long as there is data, until it ends. */
export async function liftTimeLimits<DB>(trx: Transaction<DB>): Promise<void> {
  await sql`SET LOCAL statement_timeout = 0`.execute(trx);
  await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(trx);
}
