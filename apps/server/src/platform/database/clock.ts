/** Times are evidence: a server does not start with a clock that is plainly wrong. */
import { type Clock, formatInstant, type Micros, MICROS_PER_DAY, MICROS_PER_MINUTE } from "@steward/kernel";
import { type Kysely, sql } from "kysely";

import type { Tables } from "./schema.ts";

/** Clocks that are set by the network differ by less than a second; more is a fault that people must look at. */
const SERVER_TOLERANCE: Micros = 5n * MICROS_PER_MINUTE;
/** What was recorded lies in the past; a day leaves room for what several clocks disagreed about. */
const LEDGER_TOLERANCE: Micros = MICROS_PER_DAY;

/** A sentence about what is wrong with this machine's clock; undefined where nothing is. */
export async function clockFault(db: Kysely<Tables>, clock: Clock): Promise<string | undefined> {
  const { rows } = await sql<{ there: Micros; newest: Micros | null }>`
    SELECT clock_timestamp() AS there, (SELECT max(last_at) FROM ledger_log WHERE size > 0) AS newest`.execute(db);
  const here = clock.now();
  const { there, newest } = rows[0] as { there: Micros; newest: Micros | null };
  const apart = here > there ? here - there : there - here;
  if (apart > SERVER_TOLERANCE) {
    return `The clock of this machine says ${formatInstant(here)}, that of the database server ${formatInstant(there)}: set the wrong one right.`;
  }
  if (newest === null || newest - here <= LEDGER_TOLERANCE) return undefined;
  return (
    `The clock of this machine says ${formatInstant(here)}, but the newest entry of the ledger is of ${formatInstant(newest)}: ` +
    "set the clock right; or, where it was wrong then, start with STEWARD_ACCEPT_CLOCK=yes."
  );
}
