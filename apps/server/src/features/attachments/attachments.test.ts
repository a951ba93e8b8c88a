import { createHash, randomBytes } from "node:crypto";
import { readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import path from "node:path";

import { MICROS_PER_DAY, MICROS_PER_HOUR } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { verifyLedger } from "../ledger/ledger.verify.ts";
import { applyFileRetention } from "./attachments.service.ts";
import { sweep } from "./attachments.store.ts";

const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const PDF = Buffer.from("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n");
const SCRIPT = "<script>document.title='stolen'</script>";

let app: TestApp;
let orgId: string;
let lead: string;
let reader: string;
let systemId: string;

beforeAll(async () => {
  app = await createTestApp();
  const founder = await app.setUp();
  ({ orgId } = founder);
  lead = (await app.join(founder.cookie, "lead@example.org", ["governance_lead"])).cookie;
  await app.join(founder.cookie, "engineer@example.org", ["engineer"]);
  reader = (await app.join(founder.cookie, "reader@example.org", ["reader"])).cookie;
  const values = { name: "Ranker", purpose: "Ranks." };
  systemId = (await app.send("POST", "/systems", { values }, { cookie: lead })).body.id;
});
afterAll(() => app?.close());

interface Options {
  readonly cookie?: string;
  readonly query?: Record<string, string>;
  readonly in?: TestApp;
}

async function upload(content: Buffer | string, name: string, options: Options = {}) {
  const query = new URLSearchParams({ subjectKind: "system", subjectId: systemId, name, ...options.query });
  return (options.in ?? app).send("POST", `/attachments?${query.toString()}`, undefined, {
    cookie: options.cookie ?? lead,
    raw: Buffer.from(content),
    headers: { "content-type": "application/octet-stream" },
  });
}

async function download(id: string, cookie = reader) {
  return app.http.inject({ method: "GET", url: `/api/v1/attachments/${id}/content`, headers: { cookie } });
}

const sha256 = (content: Buffer | string) => createHash("sha256").update(content).digest("hex");
const storedFiles = async (of = app) => {
  const found = await readdir(of.filesDirectory, { recursive: true, withFileTypes: true }).catch(() => []);
  return found.filter((entry) => entry.isFile()).map(({ name }) => name);
};

describe("an evidence file", () => {
  it("is attached to a record with its dates and source, and what it holds is in the ledger", async () => {
    const query = { effectiveOn: "2026-01-31", expiresOn: "2027-01-31", source: "Certification body" };
    const made = await upload(PDF, "Zertifikat „A“.pdf", { query });
    expect(made.status).toBe(201);
    expect(made.body.values).toMatchObject({
      name: "Zertifikat „A“.pdf",
      digest: sha256(PDF),
      sizeBytes: PDF.length,
      mediaType: "application/pdf",
      virusScan: "not_scanned",
      ...query,
      legalHold: false,
    });
    const entry = await app.send("GET", `/ledger/entries/${made.body.ledgerIndex}`, undefined, { cookie: reader });
    expect(entry.body.disclosure.body).toContain(sha256(PDF));
    const listed = await app.send("GET", `/attachments?where.subjectId=${systemId}`, undefined, { cookie: reader });
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toContain(made.body.id);
    expect((await verifyLedger(app.db, app.clock, app.keys, orgId)).findings).toEqual([]);
  });

  it("comes back byte for byte, as a download in which nothing runs", async () => {
    const content = Buffer.concat([PNG, randomBytes(200_000)]);
    const { body } = await upload(content, "Bild ü.png");
    const got = await download(body.id);
    expect(got.rawPayload.equals(content)).toBe(true);
    expect(got.headers).toMatchObject({
      "content-type": "image/png",
      "content-disposition": "attachment; filename=\"Bild _.png\"; filename*=UTF-8''Bild%20%C3%BC.png",
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
  });

  it("that is packed itself comes back as it is to whoever takes packed answers", async () => {
    // How gzip, and the three ways in which zlib begins: a packer takes such bytes for its own work.
    for (const mark of [
      [0x1f, 0x8b],
      [0x78, 0x01],
      [0x78, 0x9c],
      [0x78, 0xda],
    ]) {
      const content = Buffer.concat([Buffer.from(mark), randomBytes(5000)]);
      const { body } = await upload(content, "records.bin");
      const headers = { cookie: reader, "accept-encoding": "gzip, deflate" };
      const got = await app.http.inject({ method: "GET", url: `/api/v1/attachments/${body.id}/content`, headers });
      expect(got.headers).not.toHaveProperty("content-encoding");
      expect(got.rawPayload.equals(content)).toBe(true);
    }
  });

  it("with a script in it never reaches a browser as a page", async () => {
    for (const name of ["page.html", "picture.svg", "notes.md", "a.csv", `${SCRIPT}.txt`]) {
      const { status, body } = await upload(`<svg xmlns="http://www.w3.org/2000/svg">${SCRIPT}</svg>`, name);
      expect(status, name).toBe(201);
      const got = await download(body.id);
      expect(got.headers["content-type"], name).toBe("application/octet-stream");
      expect(got.headers["content-disposition"], name).toMatch(/^attachment; filename="[^"\r\n]*";/);
      const shown = await app.send("GET", `/attachments/${body.id}/preview`, undefined, { cookie: reader });
      expect(shown.headers["content-type"]).toContain("application/json");
      expect(["text", "markdown", "table", "none"]).toContain(shown.body.kind);
    }
  });

  it("is shown by what it holds: text, table, picture, document", async () => {
    const shown = async (content: Buffer | string, name: string) => {
      const { body } = await upload(content, name);
      return (await app.send("GET", `/attachments/${body.id}/preview`, undefined, { cookie: reader })).body;
    };
    expect(await shown("# Minutes\n\nAll **well**.", "minutes.md")).toMatchObject({ kind: "markdown" });
    expect(await shown('Ä;b\n"x;y";2\n', "table.csv")).toEqual({
      kind: "table",
      rows: [
        ["Ä", "b"],
        ["x;y", "2"],
      ],
      truncated: false,
    });
    expect(await shown("x".repeat(150_000), "long.txt")).toMatchObject({ kind: "text", truncated: true });
    expect(await shown(PNG, "a.png")).toEqual({ kind: "image" });
    expect(await shown(PDF, "b.pdf")).toEqual({ kind: "pdf" });
    expect(await shown(randomBytes(500), "c.bin")).toEqual({ kind: "none" });
  });

  it("that is empty, too large, a program, or not what its name says is refused, and nothing of it stays", async () => {
    const before = await storedFiles();
    expect((await upload("", "empty.txt")).status).toBe(422);
    expect((await upload(randomBytes(1024 * 1024 + 1), "large.bin")).status).toBe(413);
    expect((await upload(Buffer.concat([Buffer.from("MZ"), Buffer.alloc(200)]), "run.bin")).status).toBe(422);
    const renamed = await upload("This is text.", "certificate.pdf");
    expect(renamed.body.detail).toContain("Its name ends in .pdf");
    expect(await storedFiles()).toEqual(before);
  });

  it("needs a record that is there, and a file as its body", async () => {
    const nowhere = "01900000-0000-7000-8000-000000000001";
    expect((await upload("x", "a.txt", { query: { subjectId: nowhere } })).status).toBe(404);
    expect((await upload("x", "a.txt", { query: { subjectKind: "session" } })).status).toBe(422);
    expect((await upload("x", "a.txt", { query: { subjectKind: "attachment" } })).status).toBe(422);
    expect((await upload("x", "a.txt", { query: { subjectKind: "../system" } })).status).toBe(422);
    const query = `subjectKind=system&subjectId=${systemId}&name=a`;
    expect((await app.send("POST", `/attachments?${query}`, { a: 1 }, { cookie: lead })).status).toBe(415);
    expect((await app.send("POST", `/attachments?${query}`, undefined, { cookie: lead })).status).toBe(415);
    expect((await upload("x", "a.txt", { cookie: reader })).status).toBe(403);
  });

  it("has a name that leads nowhere", async () => {
    const names = [
      "../../../etc/passwd",
      "..\\..\\boot.ini",
      "/etc/shadow",
      "a\r\nset-cookie: x=1",
      "a\u0000b",
      "%2e%2e%2f",
    ];
    for (const name of names) {
      const { status, body } = await upload(`content of ${name}`, name);
      if (status !== 201) {
        expect(status, name).toBe(422);
        continue;
      }
      const got = await download(body.id);
      expect(got.payload).toBe(`content of ${name}`);
      expect(got.headers["set-cookie"]).toBeUndefined();
    }
    for (const id of ["..%2f..%2fetc%2fpasswd", "%2e%2e", "a"]) {
      expect([404, 422]).toContain((await download(id)).statusCode);
    }
    // Everything stands under its digest, in the folder of files and nowhere else.
    for (const name of await storedFiles()) expect(name).toMatch(/^[0-9a-f]{64}$/);
  });

  it("that was altered in its store is not handed out as evidence", async () => {
    const content = randomBytes(300_000);
    const { body } = await upload(content, "data.bin");
    const digest = sha256(content);
    const file = path.join(app.filesDirectory, "objects", digest.slice(0, 2), digest);
    await rm(file);
    await writeFile(file, Buffer.from(content).fill(0, 0, 10));
    await expect(download(body.id)).rejects.toThrow();
    await rm(file);
    expect((await download(body.id)).statusCode).toBe(503);
  });

  it("of another organisation is not there", async () => {
    const { body } = await upload("ours", "ours.txt");
    const other = await createTestApp();
    const { cookie } = await other.setUp("Other");
    expect((await other.send("GET", `/attachments/${body.id}/content`, undefined, { cookie })).status).toBe(404);
    await other.close();
  });
});

describe("keeping", () => {
  const remove = (id: string, version: number, cookie = lead) =>
    app.send("POST", `/attachments/${id}/removal`, { changeReason: "Not needed." }, { cookie, etag: `"${version}"` });
  const change = (id: string, version: number, values: object, cookie = lead) =>
    app.send("PATCH", `/attachments/${id}`, { values }, { cookie, etag: `"${version}"` });

  it("is ended by a reason; the record of it stays, and a day later the content goes", async () => {
    const content = randomBytes(100);
    const { body } = await upload(content, "a.bin");
    const removed = await remove(body.id, 1);
    expect(removed.body).toMatchObject({ withdrawn: true, changeReason: "Not needed." });
    expect((await download(body.id)).statusCode).toBe(404);
    expect(await storedFiles()).toContain(sha256(content));
    app.clock.advance(25n * MICROS_PER_HOUR);
    await applyFileRetention(app);
    expect(await storedFiles()).not.toContain(sha256(content));
  });

  it("holds for as long as one record needs the same content", async () => {
    const cookie = await signInAgain();
    const content = randomBytes(100);
    const first = await upload(content, "a.bin", { cookie });
    const second = await upload(content, "b.bin", { cookie });
    await remove(first.body.id, 1, cookie);
    app.clock.advance(MICROS_PER_HOUR);
    expect(await sweep(app.db, app.files.store, app.clock.now(), 0n)).toBe(0);
    expect((await download(second.body.id, cookie)).rawPayload.equals(content)).toBe(true);
    await remove(second.body.id, 1, cookie);
    const again = await upload(content, "c.bin", { cookie });
    expect(await sweep(app.db, app.files.store, app.clock.now(), 0n)).toBe(0);
    expect((await download(again.body.id, cookie)).statusCode).toBe(200);
  });

  it("lasts until the end of its term, and under legal hold longer", async () => {
    const cookie = await signInAgain();
    const day = (days: bigint) =>
      new Date(Number((app.clock.now() + days * MICROS_PER_DAY) / 1000n)).toISOString().slice(0, 10);
    const { body } = await upload("kept", "kept.txt", { cookie, query: { keepUntil: day(3n) } });
    const held = await upload("held", "held.txt", { cookie, query: { keepUntil: day(3n) } });
    expect((await remove(body.id, 1, cookie)).body.detail).toContain("It is to be kept until");
    const hold = { legalHold: true, holdReason: "Court order 12" };
    expect((await change(held.body.id, 1, { legalHold: true }, cookie)).status).toBe(422);
    expect((await change(held.body.id, 1, hold, cookie)).status).toBe(200);
    app.clock.advance(5n * MICROS_PER_DAY);
    expect(await applyFileRetention(app)).toBe(1);
    const later = await signInAgain();
    const gone = await app.send("GET", `/attachments/${body.id}`, undefined, { cookie: later });
    expect(gone.body).toMatchObject({ withdrawn: true, actor: { kind: "system" } });
    expect((await remove(held.body.id, 2, later)).body.detail).toContain("legal hold");
    expect((await change(held.body.id, 2, { legalHold: false, holdReason: null }, later)).status).toBe(200);
    expect((await remove(held.body.id, 3, later)).status).toBe(200);
  });

  it("is shortened, and held, only by whoever may", async () => {
    const cookie = await signInAgain("engineer@example.org");
    const { body } = await upload("x", "x.txt", { cookie, query: { keepUntil: "2030-01-01" } });
    const hold = { legalHold: true, holdReason: "Mine" };
    expect((await change(body.id, 1, hold, cookie)).status).toBe(403);
    expect((await change(body.id, 1, { keepUntil: "2029-01-01" }, cookie)).status).toBe(403);
    expect((await change(body.id, 1, { keepUntil: "2031-01-01" }, cookie)).status).toBe(200);
    expect((await change(body.id, 2, { digest: "a".repeat(64) }, cookie)).body.detail).toContain("does not change");
  });

  async function signInAgain(email = "lead@example.org"): Promise<string> {
    const { cookie } = await app.send("POST", "/session", { email, password: "a sentence is a good password" });
    return cookie as string;
  }
});

describe("a virus scanner", () => {
  let scanned: TestApp;
  let clamd: Server;
  let cookie: string;

  /** clamd's side of INSTREAM: reads the pieces, and finds what holds the test pattern. */
  beforeAll(async () => {
    clamd = createServer((socket) => {
      let bytes = Buffer.alloc(0);
      socket.on("data", (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk]);
        const start = bytes.indexOf("zINSTREAM\0") + 10;
        if (start < 10) return;
        const pieces: Buffer[] = [];
        for (let at = start; at + 4 <= bytes.length;) {
          const length = bytes.readUInt32BE(at);
          if (length === 0) {
            const infected = Buffer.concat(pieces).includes("INFECTED");
            socket.end(infected ? "stream: Test-Signature FOUND\0" : "stream: OK\0");
            return;
          }
          pieces.push(bytes.subarray(at + 4, at + 4 + length));
          at += 4 + length;
        }
      });
    });
    await new Promise<void>((resolve) => clamd.listen(0, "127.0.0.1", resolve));
    const { port } = clamd.address() as { port: number };
    scanned = await createTestApp({ files: { virusScan: { kind: "tcp", host: "127.0.0.1", port } } });
    ({ cookie } = await scanned.setUp());
  });
  afterAll(async () => {
    await scanned?.close();
    clamd?.close();
  });

  const add = async (content: Buffer | string) => {
    const values = { name: `S${sha256(content).slice(0, 8)}`, purpose: "x" };
    const subject = await scanned.send("POST", "/systems", { values }, { cookie });
    return upload(content, "file.bin", { in: scanned, cookie, query: { subjectId: subject.body.id } });
  };

  it("lets clean files pass, and says so", async () => {
    expect((await add(randomBytes(200_000))).body.values.virusScan).toBe("clean");
  });

  it("keeps infected ones out", async () => {
    const refused = await add("this is INFECTED");
    expect(refused.status).toBe(422);
    expect(refused.body.detail).toContain("Test-Signature");
  });

  it("that is away lets nothing pass", async () => {
    const before = await storedFiles(scanned);
    await new Promise((resolve) => clamd.close(resolve));
    expect((await add("anything")).status).toBe(503);
    expect(await storedFiles(scanned)).toEqual(before);
  });
});
