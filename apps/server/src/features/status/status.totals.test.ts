/** The overview's figures, which are not counted anew at each look and must say what a count would. */
import fc from "fast-check";
import { formatInstant, MICROS_PER_HOUR, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";

describe("figures of the overview", () => {
  let app: TestApp;
  let key: string;
  let cookie: string;
  let personId: string;
  let sent = 0;

  beforeAll(async () => {
    app = await createTestApp();
    ({ cookie, personId } = await app.setUp());
    const values = { name: "Undeployed", purpose: "Decides.", lifecycle: "operation", ownerId: personId };
    const made = await app.send("POST", "/systems", { values, changeReason: "Test" }, { cookie });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    // A key, because a session would not outlast the days that pass here.
    key = await app.makeKey(cookie, ["decisions:write", "records:read"], { expiresInDays: 365 });
  });
  afterAll(() => app?.close());

  /** Decisions of a release that nobody deployed are flagged, and counted all the same. */
  async function send(n: number): Promise<void> {
    const batch = Array.from({ length: n }, () => ({
      id: `figure-${sent++}`,
      system: "Undeployed",
      release: "1",
      occurredAt: formatInstant(app.clock.now()),
      outcome: "yes",
    }));
    const reply = await app.send("POST", "/decisions", batch, { key });
    expect(reply.body, JSON.stringify(reply.body)).toMatchObject({ accepted: n });
  }

  async function figures(query = "") {
    const reply = await app.send("GET", `/overview${query}`, undefined, { key });
    expect(reply.status, JSON.stringify(reply.body)).toBe(200);
    return reply.body.figures as Record<string, number>;
  }

  it("of a moment that has passed are what was known then", async () => {
    await app.settle();
    const before = app.clock.now();
    const then = await figures();
    app.clock.advance(MICROS_PER_MINUTE);
    const values = { name: "Later", purpose: "Decides.", lifecycle: "operation", ownerId: personId };
    await app.send("POST", "/systems", { values, changeReason: "Test" }, { cookie });
    await send(3);
    await app.settle();
    expect(await figures()).toMatchObject({
      systems: 2,
      systemsInOperation: 2,
      ledgerSize: (then["ledgerSize"] ?? 0) + 4,
    });
    expect(await figures(`?asOf=${encodeURIComponent(formatInstant(before))}`)).toEqual(then);
    expect(await figures("?asOf=2020-01-01T00:00:00Z")).toMatchObject({ systems: 0, decisionsTotal: 0, ledgerSize: 0 });
  });

  it("are those of a count over everything, however long ago the evaluation was", async () => {
    const step = fc.record({
      n: fc.integer({ min: 1, max: 3 }),
      minutes: fc.integer({ min: 1, max: 26 * 60 }),
      evaluate: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
        for (const { n, minutes, evaluate } of steps) {
          await send(n);
          if (evaluate) await app.settle();
          app.clock.advance(BigInt(minutes) * MICROS_PER_MINUTE);
          const present = await figures();
          // A moment that has passed is counted from the log itself.
          app.clock.advance(1000n);
          const asOf = encodeURIComponent(formatInstant(app.clock.now() - 500n));
          expect(present).toEqual(await figures(`?asOf=${asOf}`));
        }
      }),
      { numRuns: 15 },
    );
  });

  it("drop what is more than a day old", async () => {
    app.clock.advance(25n * MICROS_PER_HOUR);
    const before = await figures();
    expect(before).toMatchObject({ decisions24h: 0, flagged24h: 0, decisionsTotal: sent });
    await send(2);
    expect(await figures()).toMatchObject({ decisions24h: 2, flagged24h: 2, decisionsTotal: sent });
  });
});
