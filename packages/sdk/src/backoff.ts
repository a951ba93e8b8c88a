/** How long to leave a server alone that is away: doubling, with jitter, and never less than it asks for. */

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 60_000;

/**
 * @param failures in a row, from 1 on
 * @param askedMs what the server asks for in Retry-After; 0 where it does not
 * @param random between 0 and 1. Many senders that lost the same server must not come back at the same moment.
 */
export function waitMs(failures: number, askedMs: number, random: number = Math.random()): number {
  const ceiling = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), LONGEST_WAIT_MS);
  return askedMs + ceiling * (0.5 + random / 2);
}
