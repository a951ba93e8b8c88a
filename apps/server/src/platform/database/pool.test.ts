import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { createTestDatabase } from "../../../test/support/database.ts";
import type { TestDatabase } from "../../../test/support/database.ts";
import { SAMPLE_MIGRATIONS_DIR } from "../../../test/support/sample.ts";
import type { SampleSchema } from "../../../test/support/sample.ts";
import { createLogger } from "../log/log.ts";
import { DatabaseError } from "./errors.ts";
import { createKysely, createPool } from "./pool.ts";
import { PREPARED } from "./prepared.ts";
import { withTransaction } from "./transaction.ts";

const log = createLogger({ level: "silent" });

let database: TestDatabase<SampleSchema>;
beforeAll(async () => {
  database = await createTestDatabase<SampleSchema>({ migrationsDir: SAMPLE_MIGRATIONS_DIR });
});
afterAll(() => database.close());
beforeEach(async () => {
  await sql`truncate team, member, fuse`.execute(database.db);
  await sql`update counter set value = 0`.execute(database.db);
});

describe("a failed statement", () => {
  it("names the constraint that it broke", async () => {
    const { db } = database;
    await db.insertInto("team").values({ id: 1, name: "a" }).execute();
    const member = { id: 1, team_id: 1, name: "x", age: 1, joined_at: 0n };
    const cases = [
      [db.insertInto("team").values({ id: 2, name: "a" }), "unique_violation", "team_name_key"],
      [db.insertInto("member").values({ ...member, team_id: 9 }), "foreign_key_violation", "member_team"],
      [db.insertInto("member").values({ ...member, age: -1 }), "check_violation", "member_age"],
    ] as const;
    for (const [statement, code, constraint] of cases) {
      const error = await statement.execute().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(DatabaseError);
      expect(error).toMatchObject({ code, constraint, table: expect.any(String), cause: expect.any(Error) });
      expect((error as DatabaseError).message).toContain(constraint);
    }
    const missing = db.insertInto("member").values({ ...member, name: null as unknown as string });
    await expect(missing.execute()).rejects.toMatchObject({ code: "not_null_violation", column: "name" });
  });

  it("of any other kind is a mistake of the program", async () => {
    await expect(sql`select * from nowhere`.execute(database.db)).rejects.toMatchObject({
      code: "query",
      sqlState: "42P01",
    });
  });

  it("that takes too long is stopped", async () => {
    const pool = createPool(database.connection, log, { size: 1, statementTimeoutMs: 50 });
    const db = createKysely<SampleSchema>(pool);
    await expect(sql`select pg_sleep(20)`.execute(db)).rejects.toMatchObject({ code: "timeout" });
    await expect(sql`select 1`.execute(db)).resolves.toBeDefined();
    await db.destroy();
  });
});

describe("a prepared statement", () => {
  const teams = (name: string) => sql<{ id: number }>`${PREPARED} select * from team where name = ${name}`;

  it("is planned once for a connection, and answers by its values", async () => {
    await database.db.insertInto("team").values({ id: 1, name: "a" }).execute();
    await withTransaction(database.db, async (trx) => {
      expect((await teams("a").execute(trx)).rows).toMatchObject([{ id: 1 }]);
      expect((await teams("b").execute(trx)).rows).toEqual([]);
      const { rows } = await sql`select 1 from pg_prepared_statements where statement like '%from team where%'`.execute(
        trx,
      );
      expect(rows).toHaveLength(1);
    });
  });

  it("from before its table was changed is refused for a moment, and prepared anew", async () => {
    const db = createKysely<SampleSchema>(createPool(database.connection, log, { size: 1 }));
    await teams("a").execute(db);
    await sql`alter table team add column motto text`.execute(database.db);
    try {
      await expect(teams("a").execute(db)).rejects.toMatchObject({ code: "unavailable" });
      await expect(teams("a").execute(db)).resolves.toBeDefined();
    } finally {
      await sql`alter table team drop column motto`.execute(database.db);
      await db.destroy();
    }
  });
});

describe("a lost connection", () => {
  it("is reported as such, and the next statement gets a new one", async () => {
    const suicide = sql`select pg_terminate_backend(pg_backend_pid())`;
    await expect(suicide.execute(database.db)).rejects.toMatchObject({ code: "unavailable" });
    await expect(sql`select 1`.execute(database.db)).resolves.toBeDefined();
  });

  it("while it lay idle harms nobody", async () => {
    const { db } = database;
    await sql`select 1`.execute(db);
    // In a transaction of its own, and so on another connection than the idle ones that it ends.
    await withTransaction(db, (trx) =>
      sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`.execute(trx),
    );
    await vi.waitFor(() => Promise.all([1, 2, 3].map(() => sql`select 1`.execute(db))));
  });

  it("inside a transaction shows the first error, not that of the rollback", async () => {
    const work = withTransaction(database.db, async (trx) => {
      await trx.insertInto("team").values({ id: 1, name: "lost" }).execute();
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(trx);
    });
    await expect(work).rejects.toMatchObject({ code: "unavailable", sqlState: "57P01" });
    expect(await database.db.selectFrom("team").selectAll().execute()).toEqual([]);
  });

  it("during COMMIT leaves the outcome open, and says so", async () => {
    const work = withTransaction(database.db, (trx) => trx.insertInto("fuse").values({ id: 1 }).execute());
    await expect(work).rejects.toMatchObject({ code: "outcome_unknown" });
    await expect(sql`select 1`.execute(database.db)).resolves.toBeDefined();
  });

  it("to a server that is not there says where it looked", async () => {
    const pool = createPool({ host: "127.0.0.1", port: 1, user: "steward", database: "steward" }, log);
    const db = createKysely<SampleSchema>(pool);
    const error = await sql`select 1`.execute(db).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining("127.0.0.1:1") });
    await db.destroy();
  });
});

describe("withTransaction", () => {
  it("keeps all or nothing", async () => {
    const { db } = database;
    const result = await withTransaction(db, async (trx) => {
      await trx.insertInto("team").values({ id: 1, name: "kept" }).execute();
      return "done";
    });
    expect(result).toBe("done");
    const failing = withTransaction(db, async (trx) => {
      await trx.insertInto("team").values({ id: 2, name: "dropped" }).execute();
      throw new RangeError("changed my mind");
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await db.selectFrom("team").select("name").execute()).toEqual([{ name: "kept" }]);
  });

  it("does not hide that an error inside was swallowed", async () => {
    const { db } = database;
    const work = withTransaction(db, async (trx) => {
      await trx.insertInto("team").values({ id: 1, name: "a" }).execute();
      await sql`select 1 / 0`.execute(trx).catch(() => undefined);
    });
    await expect(work).rejects.toThrow("rolled back");
    expect(await db.selectFrom("team").selectAll().execute()).toEqual([]);
  });

  it("repeats what concurrent transactions made impossible, until all have counted", async () => {
    const { db } = database;
    const increment = () =>
      withTransaction(
        db,
        async (trx) => {
          const { value } = await trx
            .selectFrom("counter")
            .select("value")
            .where("id", "=", 1)
            .executeTakeFirstOrThrow();
          await trx
            .updateTable("counter")
            .set({ value: value + 1 })
            .where("id", "=", 1)
            .execute();
        },
        { isolation: "serializable", maxAttempts: 50 },
      );
    await Promise.all(Array.from({ length: 5 }, increment));
    const { value } = await db.selectFrom("counter").select("value").where("id", "=", 1).executeTakeFirstOrThrow();
    expect(value).toBe(5);
  });

  it("resolves a deadlock", async () => {
    const { db } = database;
    let bothHold = 0;
    let letGo = (): void => undefined;
    const bothHolding = new Promise<void>((resolve) => (letGo = resolve));
    const cross = (first: number, second: number) =>
      withTransaction(db, async (trx) => {
        const add = (id: number) =>
          trx
            .updateTable("counter")
            .set((eb) => ({ value: eb("value", "+", 1) }))
            .where("id", "=", id)
            .execute();
        await add(first);
        if (++bothHold >= 2) letGo();
        await bothHolding;
        await add(second);
      });
    await Promise.all([cross(1, 2), cross(2, 1)]);
    expect(await db.selectFrom("counter").select("value").orderBy("id").execute()).toEqual([
      { value: 2 },
      { value: 2 },
    ]);
  });

  it("gives up after its attempts, with the conflict", async () => {
    let attempts = 0;
    const work = withTransaction(
      database.db,
      async (trx) => {
        attempts++;
        await sql`do $$ begin raise exception using errcode = '40001'; end $$`.execute(trx);
      },
      { maxAttempts: 3 },
    );
    await expect(work).rejects.toMatchObject({ code: "conflict", sqlState: "40001" });
    expect(attempts).toBe(3);
  });
});
