import { expect, it } from "vitest";

import { connected } from "./support/connection.ts";

const FIELDS = {
  outcome: "yes",
  explanation: { summary: "Income and term weigh most." },
  attributes: { region: "EU" },
};

it("batches travel packed, lone records as they are", async () => {
  const { steward, server } = await connected();
  steward.record(FIELDS);
  await steward.flush();
  for (let i = 0; i < 200; i++) steward.record(FIELDS);
  expect(await steward.flush()).toMatchObject({ state: "ok", accepted: 201 });
  const [lone, ...batches] = server.received;
  expect(lone?.isPacked).toBe(false);
  expect(batches.length).toBeGreaterThan(0);
  for (const { isPacked, sentBytes, body } of batches) {
    expect(isPacked).toBe(true);
    expect(sentBytes).toBeLessThan(body.length / 5);
  }
  expect(server.decisions.size).toBe(201);
});

it("goes on without packing where the server does not take packed bodies", async () => {
  const { steward, server } = await connected();
  server.answerWith(({ isPacked }) => (isPacked ? { status: 415 } : undefined));
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 100; i++) steward.record(FIELDS);
    expect(await steward.flush()).toMatchObject({ state: "ok" });
  }
  expect(server.decisions.size).toBe(200);
  expect(server.received.filter(({ isPacked }) => isPacked)).toHaveLength(1);
});
