/**
 * A node of its own that appends evidence to one log, in groups of changing size, one after the other:
 *
 *     node append-worker.ts <database URL> <organisation> <groups>
 *
 * Prints the indexes that it was given, as JSON.
 */
import { newId, systemClock, type Uuid } from "@steward/kernel";

import { createKysely, createPool } from "../../src/platform/database/pool.ts";
import type { Tables } from "../../src/platform/database/schema.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { appendEvidence } from "../../src/platform/ledger/append.ts";
import { createLogger } from "../../src/platform/log/log.ts";

const [url, orgId, groups] = process.argv.slice(2) as [string, Uuid, string];
const clock = systemClock();
const db = createKysely<Tables>(createPool({ connectionString: url }, createLogger({ level: "error" }), { size: 4 }));
const actor = { kind: "system", id: newId(clock) };

/** Two groups at once, so that this node also takes turns with itself. */
async function appendGroups(count: number): Promise<number[]> {
  const indexes: number[] = [];
  for (let group = 0; group < count; group++) {
    const size = 1 + ((group * 7) % 23);
    const evidence = Array.from({ length: size }, (_, n) => ({
      kind: "test.appended",
      actor,
      subject: { kind: "test" },
      body: { group, n },
    }));
    const appended = await withTransaction(db, (tx) => appendEvidence(tx, clock, orgId, evidence));
    indexes.push(...appended.map(({ index }) => index));
  }
  return indexes;
}

const indexes = await Promise.all([appendGroups(Number(groups)), appendGroups(Number(groups))]);
process.stdout.write(JSON.stringify(indexes.flat()));
await db.destroy();
