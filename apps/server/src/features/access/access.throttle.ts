/** Slows down guessing: failures are counted by account and by address, in the database, so that all nodes see them. */
import { createHash } from "node:crypto";

import { type Clock, formatInstant, MICROS_PER_MINUTE, newId } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "../../platform/database/schema.ts";
import { HttpProblem } from "../../platform/http/problem.ts";

/** Failures are remembered this long: an account is free again by itself, so nobody can be locked out for good. */
const WINDOW = 15n * MICROS_PER_MINUTE;
/** A person who forgot which password it was tries less often than this. */
const MAX_BY_ACCOUNT = 10;
/** An office behind one address has more people who forget. */
const MAX_BY_ADDRESS = 50;

/** @throws HttpProblem `too_many_requests` with the seconds to wait. */
export async function refuseGuessing(db: Kysely<Tables>, clock: Clock, email: string, address: string): Promise<void> {
  const since = clock.now() - WINDOW;
  for (const [bucket, max] of bucketsOf(email, address)) {
    const { rows } = await sql<{ n: number; oldest: bigint }>`
      SELECT count(*)::int AS n, min(failed_at) AS oldest FROM sign_in_failure
      WHERE bucket = ${bucket} AND failed_at > ${since}`.execute(db);
    const row = rows[0];
    if (!row || row.n < max) continue;
    const seconds = Number((row.oldest + WINDOW - clock.now()) / 1_000_000n) + 1;
    throw new HttpProblem("too_many_requests", "Too many failed attempts. Wait before you try again.", {
      headers: { "retry-after": String(Math.max(1, seconds)) },
    });
  }
}

export async function rememberFailure(db: Kysely<Tables>, clock: Clock, email: string, address: string): Promise<void> {
  const now = clock.now();
  for (const [bucket] of bucketsOf(email, address)) {
    await db
      .insertInto("sign_in_failure")
      .values({ bucket, failed_at: formatInstant(now), id: newId(clock) })
      .execute();
  }
  await sql`DELETE FROM sign_in_failure WHERE failed_at < ${now - WINDOW}`.execute(db);
}

export async function forgetFailures(db: Kysely<Tables>, email: string, address: string): Promise<void> {
  const [[account]] = bucketsOf(email, address) as [[Buffer, number]];
  await sql`DELETE FROM sign_in_failure WHERE bucket = ${account}`.execute(db);
}

/** An office behind one address has more people who ask. */
const MAX_REQUESTS_BY_ADDRESS = 20;

/** Counts something that strangers may ask for, by address. @throws HttpProblem `too_many_requests`. */
export async function limitRequests(
  db: Kysely<Tables>,
  clock: Clock,
  kind: string,
  address: string,
  max: number = MAX_REQUESTS_BY_ADDRESS,
): Promise<void> {
  const now = clock.now();
  const bucket = digest(`${kind} ${address}`);
  const { rows } = await sql<{ n: number }>`
    SELECT count(*)::int AS n FROM sign_in_failure WHERE bucket = ${bucket} AND failed_at > ${now - WINDOW}`.execute(
    db,
  );
  if ((rows[0]?.n ?? 0) >= max) {
    throw new HttpProblem("too_many_requests", "Too many requests from your address. Wait before you try again.", {
      headers: { "retry-after": String(WINDOW / 1_000_000n) },
    });
  }
  await db
    .insertInto("sign_in_failure")
    .values({ bucket, failed_at: formatInstant(now), id: newId(clock) })
    .execute();
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function bucketsOf(email: string, address: string): [bucket: Buffer, max: number][] {
  return [
    [digest(`account ${email.toLowerCase()}`), MAX_BY_ACCOUNT],
    [digest(`address ${address}`), MAX_BY_ADDRESS],
  ];
}
