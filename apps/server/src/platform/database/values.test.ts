import { formatInstant, MICROS_PER_SECOND } from "@steward/kernel";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createEmptyDatabase } from "../../../test/support/database.ts";
import type { EmptyDatabase } from "../../../test/support/database.ts";
import { createLogger } from "../log/log.ts";
import { createKysely, createPool } from "./pool.ts";
import { jsonb, parseInt8, parseTimestamptz } from "./values.ts";

/** 1 January of the years 1 and 10000: what RFC 3339 can write. */
const FIRST_MOMENT = -62_135_596_800n * MICROS_PER_SECOND;
const LAST_MOMENT = 253_402_300_800n * MICROS_PER_SECOND - 1n;
const moments = fc.bigInt({ min: FIRST_MOMENT, max: LAST_MOMENT });

describe("values between PostgreSQL and TypeScript", () => {
  let database: EmptyDatabase;
  let db: ReturnType<typeof createKysely<unknown>>;
  beforeAll(async () => {
    database = await createEmptyDatabase();
    db = createKysely<unknown>(createPool(database.connection, createLogger({ level: "error" }), { size: 2 }));
  });
  afterAll(async () => {
    await db.destroy();
    await database.drop();
  });

  async function selectOne(expression: ReturnType<typeof sql>): Promise<unknown> {
    const { rows } = await sql<{ value: unknown }>`select ${expression} as value`.execute(db);
    return rows[0]?.value;
  }

  it("keep every microsecond of a moment, alone and in arrays, whatever the session's time zone", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(moments, { minLength: 1, maxLength: 20 }), async (given) => {
        const { rows } = await sql<{ all: bigint[]; first: bigint; text: string }>`
          select ${given}::timestamptz[] as all, ${given[0]}::timestamptz as first,
                 to_char(${given[0]}::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as text`.execute(
          db,
        );
        expect(rows[0]).toEqual({ all: given, first: given[0], text: formatInstant(given[0] as bigint) });
      }),
      { numRuns: 50 },
    );
  });

  it.each(["Asia/Kathmandu", "America/St_Johns", "Europe/Amsterdam"])("read moments written in %s", async (zone) => {
    // Amsterdam's zone once had an offset with seconds, Newfoundland's is west, Nepal's is odd.
    await db.connection().execute(async (session) => {
      await sql`set timezone = ${sql.lit(zone)}`.execute(session);
      for (const moment of [-3_000_000_000_000_001n, -1n, 0n, 1_795_491_978_166_413n]) {
        const { rows } = await sql<{ value: bigint }>`select ${moment}::timestamptz as value`.execute(session);
        expect(rows[0]?.value).toBe(moment);
      }
      await sql`set timezone = 'UTC'`.execute(session);
    });
  });

  it("refuse infinity, which is no moment", async () => {
    await expect(selectOne(sql`'infinity'::timestamptz`)).rejects.toMatchObject({ code: "invalid_value" });
    expect(() => parseTimestamptz("infinity")).toThrow("no moment");
  });

  it("read years before Christ and after 9999", () => {
    expect(parseTimestamptz("0001-12-31 23:59:59+00 BC")).toBe(FIRST_MOMENT - MICROS_PER_SECOND);
    expect(parseTimestamptz("10000-01-01 00:00:00+00")).toBe(LAST_MOMENT + 1n);
  });

  it("read int8 as a number and never round it", async () => {
    expect(await selectOne(sql`${2 ** 53 - 1}::int8`)).toBe(2 ** 53 - 1);
    expect(await selectOne(sql`'{1,null,-3}'::int8[]`)).toEqual([1, null, -3]);
    await expect(selectOne(sql`9007199254740993::int8`)).rejects.toMatchObject({ code: "invalid_value" });
    expect(() => parseInt8("9007199254740993")).toThrow("9007199254740993");
    expect(await selectOne(sql`count(*)`)).toBe(1);
  });

  it("stay usable after a value that could not be read", async () => {
    await expect(selectOne(sql`9007199254740993::int8`)).rejects.toThrow();
    expect(await selectOne(sql`1`)).toBe(1);
  });

  it("keep dates, decimals and intervals as PostgreSQL writes them", async () => {
    expect(await selectOne(sql`'2026-03-29'::date`)).toBe("2026-03-29");
    expect(await selectOne(sql`array['2026-03-29'::date]`)).toEqual(["2026-03-29"]);
    expect(await selectOne(sql`'2026-03-29 02:30:00.000001'::timestamp`)).toBe("2026-03-29 02:30:00.000001");
    expect(await selectOne(sql`1.10::numeric`)).toBe("1.10");
    expect(await selectOne(sql`interval '1 month 2 hours'`)).toBe("P1MT2H");
  });

  it("carry any JSON value, arrays too", async () => {
    await fc.assert(
      fc.asyncProperty(jsonValues, async (value) => {
        expect(await selectOne(jsonb(value))).toEqual(value);
      }),
      { numRuns: 50 },
    );
  });

  it("carry bytes", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect(new Uint8Array((await selectOne(sql`${Buffer.from(bytes)}::bytea`)) as Buffer)).toEqual(bytes);
  });

  it("say which value PostgreSQL can't hold", async () => {
    await expect(selectOne(sql`${"a\0b"}::text`)).rejects.toMatchObject({ code: "invalid_value" });
    await expect(selectOne(jsonb("a\0b"))).rejects.toMatchObject({ code: "invalid_value" });
    await expect(selectOne(sql`${"x"}::uuid`)).rejects.toMatchObject({ code: "invalid_value", sqlState: "22P02" });
  });
});

/** PostgreSQL holds neither NUL characters nor lone surrogates, and has no negative zero in jsonb. */
const jsonValues = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll("\\u0000", "")) as unknown)
  .filter((value) => JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(value)));
