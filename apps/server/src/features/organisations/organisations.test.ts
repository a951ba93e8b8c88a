import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";

let app: TestApp;

beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app?.close());

describe("the first member of an organisation", () => {
  it("can be given other roles without a gap in what the ledger tells of them", async () => {
    const { cookie } = await app.setUp();
    const members = await app.send("GET", "/members", undefined, { cookie });
    const roles = ["administrator", "governance_lead", "auditor"];
    const changed = await app.send("PATCH", `/members/${members.body.items[0].id}`, { roles }, { cookie });
    expect(changed.status).toBe(200);
    const check = await app.send("POST", "/ledger/checks", undefined, { cookie });
    expect(check.body).toMatchObject({ ok: true, findings: [] });
  });
});
