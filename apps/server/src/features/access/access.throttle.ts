/** Slows down guessing: attempts are counted by account and by address, in the database, so that all nodes see them. */
import { createHash } from "node:crypto";

import { type Clock, formatInstant, MICROS_PER_MINUTE, MICROS_PER_SECOND, newId, type Uuid } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { holdLock, withTransaction } from "../../platform/database/transaction.ts";
import { HttpProblem } from "../../platform/http/problem.ts";

interface ThrottleDeps {
  readonly db: Kysely<Tables>;
  readonly clock: Clock;
}

/** Attempts are remembered this long: an account is free again by itself, so nobody can be locked out for good. */
const WINDOW = 15n * MICROS_PER_MINUTE;
/** A person who forgot which password it was tries less often than this. */
const MAX_BY_ACCOUNT = 10;
/** An office behind one address has more people who forget. */
const MAX_BY_ADDRESS = 50;
/** An office behind one address has more people who ask. */
const MAX_REQUESTS_BY_ADDRESS = 20;

interface Guess {
  readonly email: string;
  readonly address: string;
  /** Counted apart: whoever knows the password must not clear the failures of the second factor by giving it again. */
  readonly of: "password" | "code";
}

/**
 * Runs a check of something that can be guessed and answers what it answers; `undefined` and `false` stay counted.
 * An attempt is counted before its check, so that of many sent at once no more are checked than may be.
 * @throws HttpProblem `too_many_requests` with the seconds to wait; the check is not run then.
 */
export async function limitGuesses<T>(deps: ThrottleDeps, guess: Guess, check: () => Promise<T>): Promise<T> {
  const account = digest(`${guess.of} of ${guess.email.toLowerCase()}`);
  const address = digest(`address ${guess.address}`);
  const limits = [
    { bucket: account, max: MAX_BY_ACCOUNT },
    { bucket: address, max: MAX_BY_ADDRESS },
  ];
  const id = await count(deps, limits, "Too many failed attempts. Wait before you try again.");
  const found = await check();
  if (found !== undefined && found !== false) {
    // Who gives the right one was the one who failed; of the address only this attempt is forgotten.
    await sql`
      DELETE FROM sign_in_failure
      WHERE bucket = ${account} OR (bucket = ${address} AND id = ${id})`.execute(deps.db);
  }
  return found;
}

/** Counts something that strangers may ask for, by address. @throws HttpProblem `too_many_requests`. */
export async function limitRequests(
  deps: ThrottleDeps,
  kind: string,
  address: string,
  max: number = MAX_REQUESTS_BY_ADDRESS,
): Promise<void> {
  const limits = [{ bucket: digest(`${kind} ${address}`), max }];
  await count(deps, limits, "Too many requests from your address. Wait before you try again.");
}

interface Limit {
  readonly bucket: Buffer;
  readonly max: number;
}

/** Enters one attempt in each bucket, or in none where one is full. Attempts of one bucket wait for each other. */
async function count({ db, clock }: ThrottleDeps, limits: readonly Limit[], refusal: string): Promise<Uuid> {
  const now = clock.now();
  const since = now - WINDOW;
  const id = newId(clock);
  await sql`DELETE FROM sign_in_failure WHERE failed_at < ${since}`.execute(db);
  await withTransaction(db, async (tx) => {
    // Everybody takes the locks in the same order: by account first, then by address.
    for (const { bucket } of limits) await holdLock(tx, `attempts/${bucket.toString("hex")}`);
    for (const { bucket, max } of limits) {
      const { rows } = await sql<{ n: number; oldest: bigint | null }>`
        SELECT count(*)::int AS n, min(failed_at) AS oldest FROM sign_in_failure
        WHERE bucket = ${bucket} AND failed_at > ${since}`.execute(tx);
      const { n, oldest } = rows[0] as { n: number; oldest: bigint | null };
      if (n >= max) throw tooMany(refusal, (oldest ?? now) + WINDOW - now);
      await tx
        .insertInto("sign_in_failure")
        .values({ bucket, failed_at: formatInstant(now), id })
        .execute();
    }
  });
  return id;
}

function tooMany(refusal: string, wait: bigint): HttpProblem {
  const seconds = Math.max(1, Number(wait / MICROS_PER_SECOND) + 1);
  return new HttpProblem("too_many_requests", refusal, { headers: { "retry-after": String(seconds) } });
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
