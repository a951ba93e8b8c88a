import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";
import { verifyLedger } from "../ledger/ledger.verify.ts";
import { CONFLICTS_MAX_PER_DECISION } from "./decisions.conflicts.ts";

let world: DecisionApp;
let send: DecisionApp["send"];

beforeAll(async () => {
  world = await createDecisionApp();
  ({ send } = world);
  await world.makeSystem("Ranker");
});

afterAll(async () => {
  await world?.close();
});

const record = (body: unknown) => send("POST", "/decisions", body, "key");
const read = async (id: string) => (await send("GET", `/decisions/${id}`)).body;

describe("other content under the same id", () => {
  it("is refused, and kept beside what is stored: what it said, who sent it and when, proven by the ledger", async () => {
    const sent = world.decision({ score: 0.2, subject: "p-1" });
    const id = (await record(sent)).body.items[0].decisionId;
    const other = { ...sent, outcome: "lower", explanation: { summary: "Told otherwise." } };
    expect((await record(other)).status).toBe(409);
    const { conflicts, outcome } = await read(id);
    expect(outcome).toBe("upper");
    expect(conflicts).toMatchObject([
      {
        sender: { kind: "key", id: world.keyId },
        body: {
          decision: {
            id: sent.id,
            outcome: "lower",
            occurredAt: sent.occurredAt,
          },
          explanation: { summary: "Told otherwise." },
          refused: { storedAs: id },
        },
      },
    ]);
    expect(JSON.stringify(conflicts)).not.toContain("p-1");
    const entry = await send("GET", `/ledger/entries/${conflicts[0].ledgerIndex}`, undefined, "auditor");
    expect(entry.body).toMatchObject({ kind: "decision.refused", subject: { id: conflicts[0].id } });
  });

  it("is kept once, however often and in whatever batch it is sent, and never without bound", async () => {
    const sent = world.decision();
    const other = { ...sent, outcome: "lower" };
    const first = await record([sent, other, other]);
    const id = first.body.items[0].decisionId;
    await Promise.all([record(other), record([other]), record(other)]);
    expect((await read(id)).conflicts).toHaveLength(1);
    await record(Array.from({ length: CONFLICTS_MAX_PER_DECISION + 5 }, (_, i) => ({ ...sent, score: i })));
    expect((await read(id)).conflicts).toHaveLength(CONFLICTS_MAX_PER_DECISION);
    const { findings } = await verifyLedger(world.db, world.clock, world.keys, world.orgId);
    expect(findings).toEqual([]);
  });
});
