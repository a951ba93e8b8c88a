/** Whoever may write to the database can change anything in it: the self-check names what was changed. */
import type { Uuid } from "@steward/kernel";
import { formatInstant, MICROS_PER_HOUR } from "@steward/kernel";
import { appendLeaves, EMPTY_EDGE, leafHash } from "@steward/ledger";
import fc from "fast-check";
import { sql, type Transaction } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import type { Tables } from "../../platform/database/schema.ts";
import { recordCallEvents } from "../decisions/events.service.ts";
import { publishCheckpoints } from "../../platform/ledger/log.ts";
import { verifyLedger } from "./ledger.verify.ts";

const RUNS = 5;

let world: DecisionApp;
let orgId: Uuid;
let size: number;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ orgId } = world);
  const { systemId } = await world.makeSystem("Ranker");
  await world.makeSystem("Other", { regions: ["EU"], retentionDays: 30 });
  const decide = async (count: number) => {
    const attributes = { region: "EU", age: 40 };
    const over = { subject: "p", score: 0.5, attributes };
    const { body } = await world.send(
      "POST",
      "/decisions",
      Array.from({ length: count }, () => world.decision(over)),
    );
    expect(body.accepted).toBe(count);
    await publishCheckpoints(world.db, world.clock, world.keys);
  };
  for (const count of [90, 1, 37]) await decide(count);
  const now = world.clock.now();
  const hour = formatInstant(now - (now % MICROS_PER_HOUR));
  for (const [path, body] of [
    ["/served", { system: "Ranker", hour, served: 400 }],
    [`/systems/${systemId}/reconstruction-drills`, undefined],
    ["/ledger/checks", undefined],
  ] as const) {
    const answer = await world.send("POST", path, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  }
  const twice = world.decision({ subject: "p" });
  await world.send("POST", "/decisions", [twice, { ...twice, outcome: "lower" }]);
  const evaluations = [{ name: "relevance", score: 0.9, label: undefined }];
  await recordCallEvents(world.deps, orgId, { kind: "key", id: world.keyId }, [
    { systemId: systemId as Uuid, runId: "run-1", messages: [], evaluations },
  ]);
  await decide(170);
  const log = await world.db
    .selectFrom("ledger_log")
    .select("size")
    .where("org_id", "=", orgId)
    .executeTakeFirstOrThrow();
  ({ size } = log);
});

afterAll(async () => {
  await world?.close();
});

class RolledBack extends Error {}

type Tamper = (tx: Transaction<Tables>, random: (below: number) => number) => Promise<number | undefined>;

/** Tampers inside a transaction, checks there, and rolls everything back. */
async function findingsAfter(tamper: Tamper, seed: readonly number[]) {
  let found:
    | { expected: number | undefined; findings: Awaited<ReturnType<typeof verifyLedger>>["findings"] }
    | undefined;
  let next = 0;
  const random = (below: number) => (seed[next++ % seed.length] as number) % below;
  try {
    await world.db.transaction().execute(async (tx) => {
      const expected = await tamper(tx, random);
      const { findings } = await verifyLedger(tx, world.clock, world.keys, orgId);
      found = { expected, findings };
      throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  return found as NonNullable<typeof found>;
}

/** The check finds it, and names the entry where the tampering answers one. */
async function expectFound(tamper: Tamper, runs = RUNS): Promise<void> {
  const seeds = fc.array(fc.nat(), { minLength: 8, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(seeds, async (seed) => {
      const { expected, findings } = await findingsAfter(tamper, seed);
      expect(findings.length).toBeGreaterThan(0);
      if (expected === undefined) return;
      const told = findings.map(({ code, entry, message }) => `${code} ${entry}: ${message}`);
      expect(
        findings.some(({ entry }) => entry === expected),
        `entry ${expected} among\n${told.slice(0, 10).join("\n")}`,
      ).toBe(true);
    }),
    { numRuns: runs },
  );
}

/** Inverts one bit of one byte of a column of the row that `where` picks. */
async function flipBit(
  tx: Transaction<Tables>,
  random: (below: number) => number,
  table: string,
  column: string,
  where: ReturnType<typeof sql>,
): Promise<void> {
  const name = sql.ref(column);
  const { rows } = await sql<{ n: number }>`
    SELECT length(${name}) AS n FROM ${sql.table(table)} WHERE org_id = ${orgId} AND ${where}`.execute(tx);
  const place = random(rows[0]?.n ?? 1);
  const bit = 1 << random(8);
  await sql`UPDATE ${sql.table(table)}
    SET ${name} = set_byte(${name}, ${sql.lit(place)}, get_byte(${name}, ${sql.lit(place)}) # ${sql.lit(bit)})
    WHERE org_id = ${orgId} AND ${where}`.execute(tx);
}

describe("an untouched ledger", () => {
  it("has no findings", async () => {
    const { findings } = await findingsAfter(async () => undefined, [0]);
    expect(findings).toEqual([]);
  });
});

describe("one changed bit", () => {
  for (const [table, column] of [
    ["ledger_body", "body"],
    ["ledger_body", "seed"],
    ["ledger_entry", "leaf"],
  ] as const) {
    it(`of a ${column} is found, and its entry named`, async () => {
      await expectFound(async (tx, random) => {
        const index = random(size);
        await flipBit(tx, random, table, column, sql`index = ${index}`);
        return index;
      }, 15);
    });
  }

  it("of a tile is found, and entries below it named", async () => {
    await expectFound(async (tx, random) => {
      const { rows } = await sql<{ level: number; index: number }>`
        SELECT level, index FROM ledger_tile WHERE org_id = ${orgId} ORDER BY level, index`.execute(tx);
      const tile = rows[random(rows.length)] as { level: number; index: number };
      await flipBit(tx, random, "ledger_tile", "hashes", sql`level = ${tile.level} AND index = ${tile.index}`);
      return undefined;
    }, 15);
  });

  it("of a checkpoint's note is found", async () => {
    await expectFound(async (tx, random) => {
      const { rows } = await sql<{ size: number; note: string }>`
        SELECT size, note FROM ledger_checkpoint WHERE org_id = ${orgId} ORDER BY size`.execute(tx);
      const { size, note } = rows[random(rows.length)] as { size: number; note: string };
      const place = random(note.length);
      const other = String.fromCharCode(note.charCodeAt(place) ^ 1);
      const changed = note.slice(0, place) + other + note.slice(place + 1);
      await sql`UPDATE ledger_checkpoint SET note = ${changed} WHERE org_id = ${orgId} AND size = ${size}`.execute(tx);
      return undefined;
    }, 15);
  });
});

describe("rows", () => {
  it("that are removed are missed: bodies, entries, tiles", async () => {
    await expectFound(async (tx, random) => {
      const index = random(size);
      await sql`DELETE FROM ledger_body WHERE org_id = ${orgId} AND index = ${index}`.execute(tx);
      return index;
    });
    await expectFound(async (tx, random) => {
      const index = random(size);
      await sql`DELETE FROM ledger_body WHERE org_id = ${orgId} AND index = ${index}`.execute(tx);
      await sql`DELETE FROM ledger_entry WHERE org_id = ${orgId} AND index = ${index}`.execute(tx);
      return index;
    });
    await expectFound(async (tx, random) => {
      await sql`DELETE FROM ledger_tile WHERE (org_id, level, index) = (
        SELECT org_id, level, index FROM ledger_tile WHERE org_id = ${orgId}
        ORDER BY level, index OFFSET ${random(3)} LIMIT 1)`.execute(tx);
      return undefined;
    });
  });

  it("that are removed are missed: whatever was made from an entry", async () => {
    const tables = ["decision", "record_version", "served_report", "reconstruction_drill", "ledger_check"];
    for (const table of tables) {
      await expectFound(async (tx, random) => {
        const { rows } = await sql<{ n: number }>`
          SELECT count(*) AS n FROM ${sql.table(table)} WHERE org_id = ${orgId}`.execute(tx);
        const removed = await sql<{ ledger_index: number }>`
          DELETE FROM ${sql.table(table)} WHERE org_id = ${orgId} AND ledger_index = (
            SELECT ledger_index FROM ${sql.table(table)} WHERE org_id = ${orgId}
            ORDER BY ledger_index OFFSET ${random(rows[0]?.n ?? 1)} LIMIT 1
          ) RETURNING ledger_index`.execute(tx);
        return removed.rows[0]?.ledger_index;
      });
    }
    await expectFound(async (tx) => {
      await sql`DELETE FROM deployment WHERE org_id = ${orgId}`.execute(tx);
      const { rows } = await sql<{ index: number }>`
        SELECT max(ledger_index) AS index FROM record_version WHERE kind = 'deployment'`.execute(tx);
      return rows[0]?.index;
    });
    await expectFound(async (tx) => {
      const { rows } = await sql<{ last_index: number }>`
        DELETE FROM decision_count WHERE org_id = ${orgId} AND id = (SELECT min(id::text)::uuid FROM decision_count)
        RETURNING last_index`.execute(tx);
      return rows[0]?.last_index;
    });
    await expectFound(async (tx, random) => {
      const { rows } = await sql<{ ledger_index: number }>`
        DELETE FROM decision_receipt WHERE org_id = ${orgId} AND external_id = (
          SELECT external_id FROM decision_receipt ORDER BY external_id OFFSET ${random(290)} LIMIT 1
        ) RETURNING ledger_index`.execute(tx);
      return rows[0]?.ledger_index;
    });
    await expectFound(async (tx) => {
      await sql`DELETE FROM release__component_ids WHERE org_id = ${orgId}`.execute(tx);
      return undefined;
    });
  });

  it("that are exchanged are told apart", async () => {
    for (const [table, columns] of [
      ["ledger_entry", "leaf"],
      ["ledger_body", "seed, body"],
    ] as const) {
      await expectFound(async (tx, random) => {
        const a = random(size - 1);
        const b = a + 1 + random(size - a - 1);
        const source = columns.split(", ").map((name) => sql`other.${sql.ref(name)}`);
        await sql`UPDATE ${sql.table(table)} t SET (${sql.raw(columns)}) = ROW (${sql.join(source)})
          FROM ${sql.table(table)} other
          WHERE t.org_id = ${orgId} AND other.org_id = ${orgId} AND t.index IN (${a}, ${b})
            AND other.index = ${a + b} - t.index`.execute(tx);
        return a;
      });
    }
  });

  it("that were never recorded are found", async () => {
    await expectFound(async (tx) => {
      await sql`INSERT INTO decision SELECT org_id, gen_random_uuid(), external_id, system_id, system_name, release_id,
        release_name, occurred_at, recorded_at, outcome, score, attributes, subject_hash, oversight, sandbox, flags,
        ledger_index FROM decision WHERE org_id = ${orgId} LIMIT 1`.execute(tx);
      return undefined;
    }, 1);
    await expectFound(async (tx) => {
      await sql`INSERT INTO record_version SELECT org_id, kind, gen_random_uuid(), version, schema_version, recorded_at,
        effective_at, actor_kind, actor_id, change_reason, withdrawn, body, ledger_index
        FROM record_version WHERE org_id = ${orgId} LIMIT 1`.execute(tx);
      return undefined;
    }, 1);
    await expectFound(async (tx) => {
      await sql`INSERT INTO ledger_entry SELECT org_id, ${size}, leaf, entry_id, kind, recorded_at, actor_kind, actor_id,
        subject_kind, subject_id, subject_version FROM ledger_entry WHERE org_id = ${orgId} AND index = 1`.execute(tx);
      return size;
    }, 1);
  });
});

describe("a tail that is cut off", () => {
  const cutAt = (random: (below: number) => number) => size - 1 - random(60);

  async function removeTail(tx: Transaction<Tables>, from: number): Promise<void> {
    await sql`DELETE FROM ledger_body WHERE org_id = ${orgId} AND index >= ${from}`.execute(tx);
    await sql`DELETE FROM ledger_entry WHERE org_id = ${orgId} AND index >= ${from}`.execute(tx);
  }

  it("is missed where the head still counts it", async () => {
    await expectFound(async (tx, random) => {
      const from = cutAt(random);
      await removeTail(tx, from);
      return from;
    });
  });

  it("is missed even where head, tiles and checkpoints were made to fit: the signer knows what it signed", async () => {
    await expectFound(async (tx, random) => {
      const from = cutAt(random);
      await removeTail(tx, from);
      for (const table of ["decision", "decision_receipt", "record_version", "ledger_check"] as const) {
        await sql`DELETE FROM ${sql.table(table)} WHERE org_id = ${orgId} AND ledger_index >= ${from}`.execute(tx);
      }
      await sql`DELETE FROM ledger_checkpoint WHERE org_id = ${orgId} AND size > ${from}`.execute(tx);
      await sql`DELETE FROM ledger_tile WHERE org_id = ${orgId}`.execute(tx);
      const { rows } = await sql<{ leaf: Buffer }>`
        SELECT leaf FROM ledger_entry WHERE org_id = ${orgId} ORDER BY index`.execute(tx);
      const tree = appendLeaves(
        EMPTY_EDGE,
        rows.map(({ leaf }) => leafHash(leaf)),
      );
      for (const { level, index, hashes } of tree.tiles) {
        await tx.insertInto("ledger_tile").values({ org_id: orgId, level, index, hashes }).execute();
      }
      await sql`UPDATE ledger_log SET size = ${from}, root = ${Buffer.from(tree.root)},
        last_at = (SELECT max(recorded_at) FROM ledger_entry WHERE org_id = ${orgId}) WHERE org_id = ${orgId}`.execute(
        tx,
      );
      return from;
    });
  });
});

describe("a column beside what was committed to", () => {
  /** Columns that prove nothing: keys of the row, words for searching, a keyed digest, times of housekeeping. */
  const IGNORED = new Set(["org_id", "search", "digest", "created_at", "leaf", "hashes", "note"]);
  const CHANGES: Record<string, (name: ReturnType<typeof sql.ref>) => ReturnType<typeof sql>> = {
    text: (name) => sql`${name} || 'x'`,
    uuid: () => sql`'11111111-2222-7333-8444-555555555555'`,
    jsonb: (name) => sql`jsonb_build_array(${name})`,
    boolean: (name) => sql`NOT ${name}`,
    bytea: (name) => sql`set_byte(${name}, 0, get_byte(${name}, 0) # 1)`,
    ARRAY: (name) => sql`array_append(${name}, 'x')`,
    "timestamp with time zone": (name) => sql`${name} + interval '1 millisecond'`,
    date: (name) => sql`${name} + 1`,
    // Far beyond what others have, where it is part of a key.
    bigint: (name) => sql`${name} + 1000003`,
    integer: (name) => sql`${name} + 1`,
    "double precision": (name) => sql`${name} + 1`,
  };
  /** The entry that each row stands for. */
  const ENTRY: Record<string, ReturnType<typeof sql>> = {
    ledger_entry: sql`t.index`,
    ledger_log: sql`NULL::bigint`,
    ledger_checkpoint: sql`t.size - 1`,
    decision_count: sql`t.last_index`,
  };
  const REGISTERS = ["system", "component", "release", "deployment"];
  const TABLES = [
    "ledger_entry",
    "ledger_log",
    "ledger_checkpoint",
    "record_version",
    "decision",
    "decision_receipt",
    "decision_count",
    "decision_conflict",
    "call_event",
    "served_report",
    "reconstruction_drill",
    "ledger_check",
    ...REGISTERS,
  ];

  it.each(TABLES)("is compared with it: %s", async (table) => {
    const { rows: columns } = await world.database.pool.query<{ name: string; type: string }>(
      "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_name = $1",
      [table],
    );
    const compared = columns.filter(({ name }) => !IGNORED.has(name));
    const index = REGISTERS.includes(table)
      ? sql`(SELECT max(v.ledger_index) FROM record_version v WHERE v.kind = ${table} AND v.id = t.id)`
      : (ENTRY[table] ?? sql`t.ledger_index`);
    let changed = 0;
    for (const { name, type } of compared) {
      const change = CHANGES[type];
      expect(change, `${table}.${name} is of type ${type}`).toBeDefined();
      const { rows } = await sql<{ place: string; entry: number | null }>`
        SELECT t.ctid::text AS place, ${index} AS entry FROM ${sql.table(table)} t
        WHERE t.org_id = ${orgId} AND t.${sql.ref(name)} IS NOT NULL ORDER BY 1`.execute(world.db);
      // No row holds a value here, or keys do not let it be changed.
      if (rows.length === 0 || (await isHeld(table, name))) continue;
      await expectFound(async (tx, random) => {
        const row = rows[random(rows.length)] as (typeof rows)[number];
        await sql`UPDATE ${sql.table(table)} t SET ${sql.ref(name)} = ${change?.(sql.ref(`t.${name}`))}
          WHERE t.org_id = ${orgId} AND t.ctid = ${row.place}::tid`.execute(tx);
        return row.entry ?? undefined;
      }, 1);
      changed++;
    }
    expect(changed).toBeGreaterThan(0);
  });

  /** Whether a foreign key keeps the column from being changed to anything. */
  async function isHeld(table: string, column: string): Promise<boolean> {
    const { rows } = await sql`
      SELECT FROM pg_constraint c JOIN pg_attribute a ON a.attname = ${column}
        AND (a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey) OR a.attrelid = c.confrelid AND a.attnum = ANY(c.confkey))
      WHERE c.contype = 'f' AND ${table}::regclass IN (c.conrelid, c.confrelid) AND a.attrelid = ${table}::regclass
    `.execute(world.db);
    return rows.length > 0;
  }
});
