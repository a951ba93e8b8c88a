import { describe, expect, it } from "vitest";

import { recordThroughCrashes } from "../support/sdk-crash.ts";

const RECORDS = 100_000;
const KILLS = 5;

describe("recording through a server that is killed", () => {
  it(`${KILLS} times: ${RECORDS} records arrive, once`, async () => {
    const report = await recordThroughCrashes(RECORDS, KILLS);
    console.log(JSON.stringify(report));
    expect(report).toMatchObject({
      lost: 0,
      twice: 0,
      health: { recorded: RECORDS, dropped: 0, rejected: 0, spooled: 0, waiting: 0 },
    });
  });
});
