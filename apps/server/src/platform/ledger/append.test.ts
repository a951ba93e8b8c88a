import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { ManualClock, newId, uuidv7Time, type Uuid } from "@steward/kernel";
import { appendLeaves, decodeEntry, EMPTY_EDGE, leafHash } from "@steward/ledger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import type { Tables } from "../database/schema.ts";
import { withTransaction } from "../database/transaction.ts";
import { appendEvidence, type Evidence } from "./append.ts";
import { directoryKeyStore, type KeyStore } from "./keys.ts";
import { openLog, publishCheckpoints } from "./log.ts";

const WORKER = fileURLToPath(new URL("../../../test/support/append-worker.ts", import.meta.url));

const clock = new ManualClock(1_772_000_000_000_000n);
let database: TestDatabase<Tables>;
let keyDirectory: string;
let keys: KeyStore;

beforeAll(async () => {
  database = await createTestDatabase<Tables>();
  keyDirectory = await mkdtemp(path.join(tmpdir(), "steward-keys-"));
  keys = directoryKeyStore(keyDirectory);
});

afterAll(async () => {
  await database?.close();
  await rm(keyDirectory, { recursive: true, force: true });
});

async function openNew(): Promise<Uuid> {
  const orgId = newId(clock);
  await withTransaction(database.db, (tx) => openLog(tx, clock, keys, orgId));
  return orgId;
}

const actor = { kind: "person", id: newId(clock) };
const evidence = (n: number): Evidence => ({ kind: "test.happened", actor, subject: { kind: "test" }, body: { n } });

async function append(orgId: Uuid, items: readonly Evidence[]) {
  return withTransaction(database.db, (tx) => appendEvidence(tx, clock, orgId, items));
}

const readEntries = (orgId: Uuid) =>
  database.db.selectFrom("ledger_entry").selectAll().where("org_id", "=", orgId).orderBy("index").execute();

const readHead = (orgId: Uuid) =>
  database.db.selectFrom("ledger_log").selectAll().where("org_id", "=", orgId).executeTakeFirstOrThrow();

/** The head is what a tree makes of the leaves, however they were appended. */
async function expectWhole(orgId: Uuid): Promise<number> {
  const rows = await readEntries(orgId);
  expect(rows.map(({ index }) => index)).toEqual(rows.map((_, i) => i));
  const tree = appendLeaves(
    EMPTY_EDGE,
    rows.map(({ leaf }) => leafHash(leaf)),
  );
  const head = await readHead(orgId);
  expect(head.size).toBe(rows.length);
  expect(head.root).toEqual(Buffer.from(tree.root));
  return rows.length;
}

describe("appending", () => {
  it("makes the tree of its leaves, whatever the sizes of the groups", async () => {
    const orgId = await openNew();
    for (const size of [1, 2, 253, 1, 300, 17, 0, 700]) {
      const appended = await append(
        orgId,
        Array.from({ length: size }, (_, n) => evidence(n)),
      );
      expect(appended).toHaveLength(size);
    }
    expect(await expectWhole(orgId)).toBe(1274);
  });

  it("gives each append a time of its own, and ids that carry it and sort like the log", async () => {
    const orgId = await openNew();
    const first = await append(
      orgId,
      Array.from({ length: 500 }, (_, n) => evidence(n)),
    );
    const second = await append(orgId, [evidence(1)]);
    clock.set(clock.now() - 3_600_000_000n);
    const afterwards = await append(orgId, [evidence(2)]);
    const all = [...first, ...second, ...afterwards];
    expect(all.map(({ index }) => index)).toEqual(all.map((_, i) => i));
    expect(new Set(first.map(({ at }) => at)).size).toBe(1);
    expect(second[0]?.at).toBeGreaterThan(first[0]?.at as bigint);
    expect(afterwards[0]?.at).toBe((second[0]?.at as bigint) + 1n);
    const ids = all.map(({ subjectId }) => subjectId);
    expect(ids).toEqual(ids.toSorted());
    expect(uuidv7Time(ids[0] as Uuid)).toBe(Number((first[0]?.at as bigint) / 1000n));
    const entries = (await readEntries(orgId)).map(({ leaf }) => decodeEntry(leaf));
    expect(entries.map(({ subject }) => subject.id)).toEqual(ids);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(all.length);
  });

  it("leaves nothing behind when its transaction is rolled back", async () => {
    const orgId = await openNew();
    await append(orgId, [evidence(0)]);
    const failing = withTransaction(database.db, async (tx) => {
      await appendEvidence(tx, clock, orgId, [evidence(1), evidence(2)]);
      throw new Error("changed my mind");
    });
    await expect(failing).rejects.toThrow("changed my mind");
    await append(orgId, [evidence(3)]);
    expect(await expectWhole(orgId)).toBe(2);
  });

  it("never forks with several nodes at once", async () => {
    const orgId = await openNew();
    await append(orgId, [evidence(0)]);
    const run = promisify(execFile);
    const workers = await Promise.all(
      [1, 2].map(() => run(process.execPath, [WORKER, database.databaseUrl.reveal(), orgId, "25"])),
    );
    const indexes = workers.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
    await append(orgId, [evidence(1)]);
    const size = await expectWhole(orgId);
    expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: size - 2 }, (_, i) => i + 1));
    await publishCheckpoints(database.db, clock, keys);
  });

  it("refuses to go on from tiles that are not those of the head", async () => {
    const orgId = await openNew();
    await append(orgId, [evidence(0), evidence(1)]);
    await database.db
      .updateTable("ledger_tile")
      .set({ hashes: Buffer.alloc(64) })
      .where("org_id", "=", orgId)
      .execute();
    // A second process has not the tiles in its memory; here, rolling back makes this one read them again.
    const run = promisify(execFile);
    const worker = run(process.execPath, [WORKER, database.databaseUrl.reveal(), orgId, "1"]);
    await expect(worker).rejects.toThrow("The tiles do not make the root");
    expect((await readHead(orgId)).size).toBe(2);
  });
});
