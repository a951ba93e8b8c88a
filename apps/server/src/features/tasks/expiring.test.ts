import { formatInstant, MICROS_PER_DAY } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { keepTasks } from "./tasks.keep.ts";

let app: TestApp;

beforeAll(async () => {
  app = await createTestApp();
});
afterAll(async () => app?.close());

describe("a task of an evidence file", () => {
  it("is whose it is to renew, in the month before its last day", async () => {
    const { cookie, orgId, personId } = await app.setUp();
    const values = { name: "Pricer", purpose: "Sets prices." };
    const { body: system } = await app.send("POST", "/systems", { values }, { cookie });
    const attach = async (name: string, expiresOn: string) => {
      const query = new URLSearchParams({ subjectKind: "system", subjectId: system.id, name, expiresOn });
      const raw = Buffer.from("A certificate.\n");
      const headers = { "content-type": "application/octet-stream" };
      const reply = await app.send("POST", `/attachments?${query.toString()}`, undefined, { cookie, raw, headers });
      expect(reply.status, JSON.stringify(reply.body)).toBe(201);
      return reply.body.id as string;
    };
    const day = (days: bigint) => formatInstant(app.clock.now() + days * MICROS_PER_DAY).slice(0, 10);
    const soon = await attach("Certificate.txt", day(20n));
    await attach("Contract.txt", day(90n));
    await keepTasks(app, orgId);
    const { body } = await app.send("GET", "/tasks?kind=expiring", undefined, { cookie });
    expect(body.items).toMatchObject([
      {
        title: `Evidence file Certificate.txt ends on ${day(20n)}.`,
        source: { kind: "attachment", id: soon },
        systemName: "Pricer",
        assignee: { id: personId },
      },
    ]);
  });
});
