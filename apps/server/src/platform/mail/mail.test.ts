/** Mail as a real mail server gets it: once it was queued it leaves, or what became of it is known. */
import { MICROS_PER_DAY, MICROS_PER_MINUTE } from "@steward/kernel";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { startMailServer } from "../../../test/support/mail-server.ts";
import { withTransaction } from "../database/transaction.ts";
import { INSTALLATION_ID } from "../http/caller.ts";
import { deliverMail, type QueuedMail, queueMail } from "./outbox.ts";

let server: Awaited<ReturnType<typeof startMailServer>>;
let app: TestApp;

beforeAll(async () => {
  server = await startMailServer();
  app = await createTestApp({ mail: server.config() });
});
beforeEach(async () => {
  server.received.length = 0;
  server.refuse(undefined);
  await app.db.deleteFrom("mail_outbox").execute();
});
afterAll(async () => {
  await app?.close();
  await server?.close();
});

const HELLO = { orgId: INSTALLATION_ID, kind: "test", to: "ada@example.org", subject: "Hello", text: "A line.\n" };

async function queue(mail: Partial<QueuedMail> = {}): Promise<void> {
  await withTransaction(app.db, (tx) => queueMail(app, tx, { ...HELLO, ...mail }));
}

async function outbox() {
  return app.db.selectFrom("mail_outbox").selectAll().orderBy("id").execute();
}

describe("mail", () => {
  it("reaches the person, and nothing of it stays behind", async () => {
    await queue({ text: "Grüße, 東京.\n" });
    const [waiting] = await outbox();
    expect(waiting?.state).toBe("pending");
    expect(waiting?.sealed?.toString("latin1")).not.toContain("ada@example.org");
    expect(await deliverMail(app)).toBe(1);
    const [{ mail, recipients }] = server.received as [(typeof server.received)[0]];
    expect(recipients).toEqual(["ada@example.org"]);
    expect(mail).toMatchObject({ subject: "Hello", text: "Grüße, 東京.\n", messageId: `<${waiting?.id}@example.org>` });
    expect(mail.from?.text).toContain("steward@example.org");
    expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
    expect(await outbox()).toMatchObject([{ state: "sent", sealed: null, error: null, tries: 1 }]);
    expect(await deliverMail(app)).toBe(0);
  });

  it("keeps a subject on one line, and an address one address: no header can be added", async () => {
    await queue({ subject: "Hi\r\nBcc: eve@example.org\r\n\r\nbody" });
    await queue({ to: '"ada@example.org,eve"@example.org' });
    await queue({ to: "ada@example.org\r\nRCPT TO:<eve@example.org>" });
    await deliverMail(app);
    expect(server.received.flatMap(({ recipients }) => recipients)).not.toContain("eve@example.org");
    const [first] = server.received;
    expect(first?.mail.subject).toBe("Hi Bcc: eve@example.org body");
    expect(first?.mail.bcc).toBeUndefined();
    expect(server.received).toHaveLength(1);
    expect((await outbox()).map(({ state }) => state).toSorted()).toEqual(["failed", "failed", "sent"]);
  });

  it("is sent once for a key, however often it is queued", async () => {
    await queue({ onceKey: "digest/2026-03-10" });
    await queue({ onceKey: "digest/2026-03-10" });
    await deliverMail(app);
    await queue({ onceKey: "digest/2026-03-10" });
    await deliverMail(app);
    expect(server.received).toHaveLength(1);
  });

  it("is not sent where the act that causes it is not done", async () => {
    const broken = withTransaction(app.db, async (tx) => {
      await queueMail(app, tx, HELLO);
      throw new Error("the act failed");
    });
    await expect(broken).rejects.toThrow("the act failed");
    expect(await outbox()).toEqual([]);
  });

  it("is tried again while the server is busy, and given up after a day", async () => {
    server.refuse(451);
    await queue();
    await deliverMail(app);
    expect(await outbox()).toMatchObject([{ state: "pending", tries: 1 }]);
    expect(await deliverMail(app)).toBe(0);
    app.clock.advance(MICROS_PER_MINUTE);
    server.refuse(undefined);
    await deliverMail(app);
    expect(server.received).toHaveLength(1);

    server.refuse(451);
    await queue();
    for (let day = 0; day < 7; day++) {
      await deliverMail(app);
      app.clock.advance(MICROS_PER_DAY);
    }
    const given = (await outbox()).at(-1);
    expect(given).toMatchObject({ state: "failed", sealed: null, error: expect.stringContaining("451") });
    expect(given?.error).not.toContain("example.org");
  });

  it("that the server refuses for good is not tried again", async () => {
    server.refuse(550);
    await queue();
    await deliverMail(app);
    expect(await outbox()).toMatchObject([{ state: "failed", tries: 1, error: expect.stringContaining("550") }]);
  });

  it("never leaves without TLS where TLS is demanded", async () => {
    await queue();
    await deliverMail({ ...app, config: { mail: server.config("?tls=required") } });
    expect(server.received).toEqual([]);
    expect(await outbox()).toMatchObject([{ state: "pending", error: expect.stringContaining("did not take") }]);
  });
});
