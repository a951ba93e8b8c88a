/** The process in which a running server computes. */
import { loadCatalogue } from "@steward/catalogue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { COMPUTATIONS } from "../../compute.ts";
import { computeHere } from "./compute.ts";
import { startComputeProcess } from "./process.ts";

const MODULE = new URL("../../compute.worker.ts", import.meta.url);

describe("a process that computes", () => {
  let app: TestApp;
  let orgId: string;
  beforeAll(async () => {
    app = await createTestApp();
    orgId = (await app.setUp()).orgId;
  });
  afterAll(() => app.close());

  const question = () => ({ orgId, at: app.clock.now() });

  it("answers as the same computation in the caller's own process does", async () => {
    const computing = startComputeProcess(COMPUTATIONS, MODULE, {
      connection: app.database.connection,
      keysDir: app.keyDirectory,
      logLevel: "fatal",
    });
    try {
      const here = computeHere(COMPUTATIONS, {
        db: app.db,
        catalogue: await loadCatalogue(),
        clock: app.clock,
        keys: app.keys,
      });
      const asked = question();
      const [there, expected] = await Promise.all([
        computing.computer.evaluateStatus(asked),
        here.evaluateStatus(asked),
      ]);
      expect(there).toEqual(expected);
      expect(there.tests).toHaveLength(app.catalogue.tests.length);
    } finally {
      await computing.close();
    }
  });

  it("tells a database that is away from a mistake, and answers again when it is back", async () => {
    const computing = startComputeProcess(COMPUTATIONS, MODULE, {
      connection: { host: "127.0.0.1", port: 1, user: "nobody", database: "nothing" },
      keysDir: app.keyDirectory,
      logLevel: "fatal",
    });
    try {
      await expect(computing.computer.evaluateStatus(question())).rejects.toMatchObject({ code: "unavailable" });
      await expect(computing.computer.reconcileInventory(question())).rejects.toMatchObject({ code: "unavailable" });
    } finally {
      await computing.close();
    }
    await expect(computing.computer.evaluateStatus(question())).rejects.toMatchObject({ code: "unavailable" });
  });

  it("ends with its last answer where it is seldom asked, and verifies a ledger like anybody", async () => {
    const computing = startComputeProcess(
      COMPUTATIONS,
      MODULE,
      { connection: app.database.connection, keysDir: app.keyDirectory, logLevel: "fatal" },
      false,
    );
    const connections = async () => {
      const { rows } = await app.database.pool.query<{ n: number }>(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database()",
      );
      return rows[0]?.n ?? 0;
    };
    try {
      const before = await connections();
      for (let i = 0; i < 2; i++) {
        expect(await computing.computer.verifyLedger({ orgId })).toMatchObject({ findings: [] });
        await expect.poll(connections).toBeLessThanOrEqual(before);
      }
    } finally {
      await computing.close();
    }
  });

  it("starts again after it broke, and tells whoever waited", async () => {
    const module = new URL("../../../test/support/breaking.worker.ts", import.meta.url);
    const computations = {
      breakDown: async (_context: unknown, _input: null): Promise<string> => "never answered",
      greet: async (_context: unknown, name: string): Promise<string> => `Hello ${name}`,
    };
    const computing = startComputeProcess(computations, module, {
      connection: app.database.connection,
      keysDir: app.keyDirectory,
      logLevel: "fatal",
    });
    try {
      expect(await computing.computer.greet("Ada")).toBe("Hello Ada");
      await expect(computing.computer.breakDown(null)).rejects.toThrow("ended");
      expect(await computing.computer.greet("Grace")).toBe("Hello Grace");
    } finally {
      await computing.close();
    }
  });
});
