import { MICROS_PER_SECOND, type Micros } from "@steward/kernel";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createEmptyDatabase, type EmptyDatabase } from "../../../test/support/database.ts";
import { createLogger } from "../log/log.ts";
import { copyRows, rowsOf, type TableRows } from "./copy.ts";
import { createKysely, createPool } from "./pool.ts";
import { withTransaction } from "./transaction.ts";

interface Row {
  readonly id: string | null;
  readonly count: number | null;
  readonly ratio: number | null;
  readonly yes: boolean | null;
  readonly at: Micros | null;
  readonly bytes: Buffer | null;
  readonly words: string | null;
  readonly tree: unknown;
  readonly list: string[];
}

const COLUMNS = ["id", "count", "ratio", "yes", "at", "bytes", "words", "tree", "list"];
/** 1 January of the years 1 and 10000. */
const FIRST_MOMENT = -62_135_596_800n * MICROS_PER_SECOND;
const LAST_MOMENT = 253_402_300_800n * MICROS_PER_SECOND - 1n;

/** PostgreSQL's texts hold everything but NUL; a lone surrogate is no text. */
const words = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\0", "").toWellFormed());
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const rows: fc.Arbitrary<Row> = fc.record({
  id: maybe(fc.uuid()),
  count: maybe(fc.maxSafeInteger()),
  ratio: maybe(fc.double({ noNaN: true })),
  yes: maybe(fc.boolean()),
  at: maybe(fc.bigInt({ min: FIRST_MOMENT, max: LAST_MOMENT })),
  bytes: maybe(fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes))),
  words: maybe(words),
  tree: fc.dictionary(words, fc.oneof(words, fc.integer(), fc.boolean(), fc.constant(null))),
  list: fc.array(words, { maxLength: 4 }),
});

describe("rows that are copied", () => {
  let database: EmptyDatabase;
  let db: ReturnType<typeof createKysely<unknown>>;
  beforeAll(async () => {
    database = await createEmptyDatabase();
    // One connection, so that whatever a copy left behind is met by the next.
    db = createKysely<unknown>(createPool(database.connection, createLogger({ level: "error" }), { size: 1 }));
    await sql`CREATE TABLE copied (place int8 PRIMARY KEY, id uuid, count int8, ratio float8, yes boolean,
      at timestamptz, bytes bytea, words text, tree jsonb, list text[], told text DEFAULT 'not')`.execute(db);
    await sql`CREATE TABLE beside (place int8 PRIMARY KEY)`.execute(db);
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  function copied(given: readonly Row[], firstPlace: number): TableRows {
    return rowsOf("copied", ["place", ...COLUMNS], given.length, (writer, i) => {
      const row = given[i] as Row;
      writer.int8(firstPlace + i);
      writer.uuid(row.id);
      writer.int8(row.count);
      writer.float8(row.ratio);
      writer.boolean(row.yes);
      writer.timestamptz(row.at);
      writer.bytea(row.bytes);
      writer.text(row.words);
      writer.jsonb(JSON.stringify(row.tree));
      writer.texts(row.list);
    });
  }

  function beside(...places: number[]): TableRows {
    return rowsOf("beside", ["place"], places.length, (writer, i) => writer.int8(places[i] as number));
  }

  function copyTables(...tables: TableRows[]): Promise<void> {
    return withTransaction(db, (tx) => copyRows(tx, tables));
  }

  async function copy(given: readonly Row[], firstPlace = 0): Promise<void> {
    await copyTables(copied(given, firstPlace));
  }

  async function places(table: "copied" | "beside"): Promise<number[]> {
    const { rows: found } = await sql<{ place: number }>`SELECT place FROM ${sql.table(table)} ORDER BY place`.execute(
      db,
    );
    return found.map(({ place }) => place);
  }

  it("are there as they were given, whatever their values; what is not named has its default", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { maxLength: 30 }), async (given) => {
        await sql`TRUNCATE copied`.execute(db);
        await copy(given);
        const stored = await sql<
          Row & { told: string }
        >`SELECT ${sql.raw(COLUMNS.map((c) => `"${c}"`).join(", "))}, told
          FROM copied ORDER BY place`.execute(db);
        expect(stored.rows).toEqual(given.map((row) => ({ ...row, tree: { ...(row.tree as object) }, told: "not" })));
      }),
      { numRuns: 60 },
    );
  });

  it("are all refused for one that breaks a rule, which is named, and leave the connection usable", async () => {
    await sql`TRUNCATE copied`.execute(db);
    const [row] = fc.sample(rows, 1) as [Row];
    await copy([row], 7);
    await expect(copy([row, row, row], 5)).rejects.toMatchObject({
      code: "unique_violation",
      constraint: "copied_pkey",
    });
    expect(await places("copied")).toEqual([7]);
    await copy([row], 8);
    const nowhere = rowsOf("nowhere", ["place"], 1, (writer) => writer.int8(1));
    await expect(copyTables(nowhere)).rejects.toMatchObject({ code: "query" });
    await copy([row], 9);
  });

  it("of several tables are there together, also where one has none", async () => {
    await sql`TRUNCATE copied, beside`.execute(db);
    const given = fc.sample(rows, 3);
    await copyTables(copied(given, 0), beside(4, 5));
    await copyTables(beside(6), copied([], 3));
    await copyTables(beside(), copied(given, 3));
    expect(await places("copied")).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await places("beside")).toEqual([4, 5, 6]);
  });

  it("of several tables are all refused for one that breaks a rule, wherever it stands", async () => {
    await sql`TRUNCATE copied, beside`.execute(db);
    const given = fc.sample(rows, 300);
    await copyTables(copied(given.slice(0, 1), 0), beside(0));
    const wrong = [
      [copied(given, 0), beside(1, 2)],
      [beside(1, 2), copied(given, 0), beside(3)],
      [copied(given, 1), beside(1, 0)],
    ];
    for (const tables of wrong) {
      await expect(copyTables(...tables)).rejects.toMatchObject({ code: "unique_violation" });
      expect(await places("copied")).toEqual([0]);
      expect(await places("beside")).toEqual([0]);
    }
  });

  it("are refused where values and columns do not match", async () => {
    expect(() => rowsOf("copied", ["place", "words"], 1, (writer) => writer.int8(1))).toThrow(
      "A row of copied has 2 columns; 1 values were written.",
    );
    expect(() => rowsOf("copied", ["id"], 1, (writer) => writer.uuid("not one"))).toThrow("32 hexadecimal digits");
    await copy([], 0);
  });
});
