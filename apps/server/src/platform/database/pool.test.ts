import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestDatabase } from "../../../test/support/database.ts";
import type { TestDatabase } from "../../../test/support/database.ts";

const migrationsDir = fileURLToPath(new URL("../../../test/support/migrations", import.meta.url));

interface Schema {
  note: { id: number; body: string; written_at: bigint };
}

describe("a test database", () => {
  let database: TestDatabase<Schema>;
  beforeAll(async () => {
    database = await createTestDatabase<Schema>({ migrationsDir });
  });
  afterAll(() => database.close());

  it("is migrated and empty", async () => {
    expect(await database.db.selectFrom("note").selectAll().execute()).toEqual([]);
  });
});
