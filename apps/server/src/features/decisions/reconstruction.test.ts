import { formatInstant, MICROS_PER_DAY } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp, DIGEST } from "../../../test/support/decision-app.ts";

let world: DecisionApp;
let send: DecisionApp["send"];
let systemId: string;
let releaseId: string;

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
  ({ systemId, releaseId } = await world.makeSystem("Ranker"));
});

afterAll(async () => {
  await world?.close();
});

async function record(...records: Record<string, unknown>[]) {
  const { body } = await send(
    "POST",
    "/decisions",
    records.map((over) => world.decision(over)),
    "key",
  );
  expect(body.rejected).toBe(0);
}

const get = async (path: string, as?: string) => (await send("GET", path, undefined, as)).body;

describe("decisions of the past", () => {
  it("are found by the person concerned, the outcome and a group, without the person being stored", async () => {
    await record(
      { subject: "person 1", outcome: "yes", attributes: { region: "EU", age: 34 } },
      { subject: "person 1", outcome: "no", attributes: { region: "US" } },
      { subject: "person 2", outcome: "yes", attributes: { region: "EU" } },
      { outcome: "yes" },
    );
    const found = async (query: string) =>
      (await get(`/decisions?${query}`)).items.map(({ outcome }: { outcome: string }) => outcome);
    expect(await found("subject=person%201")).toEqual(["no", "yes"]);
    expect(await found("subject=person%203")).toEqual([]);
    expect(await found("subject=person%201&outcome=yes")).toEqual(["yes"]);
    expect(await found("attribute=region%3DEU")).toEqual(["yes", "yes"]);
    expect(await found("attribute=age%3D34")).toEqual(["yes"]);
    expect((await send("GET", "/decisions?attribute=region")).status).toBe(422);
    expect((await get("/decisions?subject=person%201", `engineer ${world.otherOrgId}`)).items).toEqual([]);
  });

  it("that an incident would have touched are counted by release and outcome, with the people concerned", async () => {
    const from = formatInstant(world.clock.now());
    await record({ subject: "a", outcome: "yes" }, { subject: "a", outcome: "no" }, { subject: "b", outcome: "no" });
    const to = formatInstant(world.clock.now());
    await record({ subject: "c", outcome: "no" });
    const affected = await get(`/decisions/affected?systemId=${systemId}&from=${from}&to=${to}`);
    const group = { systemId, systemName: "Ranker", releaseId, releaseVersion: "1.0" };
    expect(affected).toMatchObject({
      decisions: 3,
      subjects: 2,
      groups: [
        { ...group, outcome: "no", decisions: 2 },
        { ...group, outcome: "yes", decisions: 1 },
      ],
    });
    const none = await get(`/decisions/affected?systemId=${systemId}&outcome=never`);
    expect(none).toEqual({ decisions: 0, subjects: 0, firstAt: null, lastAt: null, groups: [] });
  });
});

it("what ran at a moment is what was deployed to production then", async () => {
  const before = formatInstant(world.clock.now());
  const values = { systemId, version: "2.0", digest: DIGEST, changeClass: "major", modelKind: "trained" };
  const second = await world.make("/releases", { ...values, releasedAt: before });
  world.clock.advance(MICROS_PER_DAY);
  const start = formatInstant(world.clock.now());
  await world.make("/deployments", { systemId, releaseId: second, environment: "production", startedAt: start });
  await world.make("/deployments", { systemId, releaseId: second, environment: "staging", startedAt: before });
  const versions = async (at: string) =>
    (await get(`/systems/${systemId}/running?at=${at}`)).releases.map(({ version }: { version: string }) => version);
  expect(await versions(before)).toEqual(["1.0"]);
  // A deployment to the same environment ends the one before.
  expect(await versions(start)).toEqual(["2.0"]);
  expect(await versions("2020-01-01T00:00:00Z")).toEqual([]);
  expect((await send("GET", `/systems/${systemId}/running`)).status).toBe(422);
});
