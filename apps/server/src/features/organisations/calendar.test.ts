import { parseInstant } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";

let app: TestApp;
let cookie: string;
let orgId: string;

beforeAll(async () => {
  app = await createTestApp();
  ({ cookie, orgId } = await app.setUp());
});
afterAll(async () => app?.close());

const read = async () => (await app.send("GET", "/calendar", undefined, { cookie })).body;
const endOf = async (parameter: string) =>
  (await read()).deadlines.find((one: { parameter: string }) => one.parameter === parameter)?.endsAt;
const close = async (firstDay: string, lastDay = firstDay, name = "Closed") =>
  app.send("POST", "/holidays", { values: { name, firstDay, lastDay } }, { cookie });

describe("the calendar of an organisation", () => {
  it("begins with Monday to Friday and moves deadlines in working days with each holiday", async () => {
    // Tuesday 10 March 2026, 10:00 in Berlin.
    expect(await read()).toMatchObject({
      timeZone: "Europe/Berlin",
      today: "2026-03-10",
      worksToday: true,
      holidays: [],
    });
    expect(await endOf("CHANGE_REVIEW_TIME")).toBe("2026-03-17T23:00:00.000000Z");
    const driftGrace = await endOf("DRIFT_GRACE");
    expect(driftGrace.slice(0, 16)).toBe("2026-03-20T09:00");
    const made = await close("2026-03-12", "2026-03-15");
    expect(made.status).toBe(201);
    expect(await endOf("CHANGE_REVIEW_TIME")).toBe("2026-03-19T23:00:00.000000Z");
    // It counts plain days, and those go on over holidays.
    expect((await endOf("DRIFT_GRACE")).slice(0, 16)).toBe("2026-03-20T09:00");
    const organisation = await app.send("GET", `/organisations/${orgId}`, undefined, { cookie });
    const changed = await app.send(
      "PATCH",
      `/organisations/${orgId}`,
      { values: { workingDays: ["tuesday", "thursday"] } },
      { cookie, etag: String(organisation.headers["etag"]) },
    );
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    // Thursday 12 March is closed, so the fifth day is Thursday 26 March.
    expect(await endOf("CHANGE_REVIEW_TIME")).toBe("2026-03-31T22:00:00.000000Z");
  });

  it("keeps out weeks without a day and closures that are none", async () => {
    const organisation = await app.send("GET", `/organisations/${orgId}`, undefined, { cookie });
    const none = await app.send(
      "PATCH",
      `/organisations/${orgId}`,
      { values: { workingDays: [] } },
      { cookie, etag: String(organisation.headers["etag"]) },
    );
    expect(none.status).toBe(422);
    expect(none.body.errors[0].pointer).toBe("/values/workingDays");
    expect((await close("2026-05-02", "2026-05-01")).body.errors[0].pointer).toBe("/values/lastDay");
    expect((await close("2026-05-01", "2026-07-02")).body.errors[0].pointer).toBe("/values/lastDay");
    expect((await close("2026-05-01")).status).toBe(201);
    expect((await close("2026-05-01")).status).toBe(409);
  });

  it("lists the holidays of the year to come, without withdrawn ones", async () => {
    const names = async () => (await read()).holidays.map(({ name }: { name: string }) => name);
    await close("2025-12-24", "2026-01-01", "Past");
    await close("2028-05-01", "2028-05-01", "Far");
    const { body } = await close("2026-12-25", "2026-12-26", "Christmas");
    expect(await names()).toEqual(["Closed", "Closed", "Christmas"]);
    const withdrawn = await app.send(
      "POST",
      `/holidays/${body.id}/withdrawal`,
      { changeReason: "We work." },
      { cookie, etag: `"1"` },
    );
    expect(withdrawn.status, JSON.stringify(withdrawn.body)).toBe(200);
    expect(await names()).toEqual(["Closed", "Closed"]);
  });
});

describe("a deadline", () => {
  it("in days keeps its time of day when the clocks change", async () => {
    app.clock.set(parseInstant("2026-03-25T09:00:00Z") as bigint);
    ({ cookie } = await again());
    expect((await endOf("DRIFT_GRACE")).slice(0, 16)).toBe("2026-04-04T08:00");
  });
});

/** A session ends with its days. */
async function again() {
  const signedIn = await app.send("POST", "/session", { email: "founder@example.org", password: PASSWORD });
  return { cookie: signedIn.cookie as string };
}
