/** The forms in which decisions arrive: lines, packed, streamed, cut off, too much. */
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { createGzip, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDecisionApp, type DecisionApp } from "../../../test/support/decision-app.ts";

let world: DecisionApp;
let url: string;

beforeAll(async () => {
  world = await createDecisionApp();
  await world.makeSystem("Ranker");
  await world.app.listen({ host: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${(world.app.server.address() as AddressInfo).port}/api/v1`;
});

afterAll(async () => {
  await world?.close();
});

const LINES = "application/x-ndjson";
const linesOf = (values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

async function post(path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>, as = "key") {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "x-caller": as, ...headers },
    body,
    signal: AbortSignal.timeout(20_000),
  });
  const answer = await response.text();
  const values = answer
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { status: response.status, headers: response.headers, body: values[0], lines: values };
}

const stored = async () => {
  const { rows } = await world.database.pool.query<{ n: number }>("SELECT count(*)::int AS n FROM decision");
  return rows[0]?.n ?? 0;
};

const deep = (levels: number) => `{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`;

describe("lines of JSON", () => {
  it("are judged one by one, whatever is wrong with one of them", async () => {
    const [a, b] = [world.decision(), world.decision()];
    const body = Buffer.concat([
      Buffer.from(`${JSON.stringify(a)}\r\n\n{"half\n${deep(10_000)}\n{"__proto__":1}\n`),
      Buffer.from([0x22, 0xff, 0x22, 0x0a]),
      Buffer.from(`${JSON.stringify({ ...world.decision(), outcome: "a\u0000b" })}\n${JSON.stringify(b)}`),
    ]);
    const answer = await post("/decisions", body, { "content-type": LINES });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ accepted: 2, rejected: 5 });
    const results = answer.body.items.map(({ result }: { result: string }) => result);
    expect(results).toEqual(["accepted", "rejected", "rejected", "rejected", "rejected", "rejected", "accepted"]);
    for (const item of answer.body.items.slice(1, 6)) expect(item.errors[0].message).toBeTruthy();
  });

  it("are taken for late outcomes too, and not where records are made one at a time", async () => {
    const sent = world.decision();
    await post("/decisions", JSON.stringify(sent), { "content-type": "application/json" });
    const outcome = { decision: sent.id, outcome: "lower", observedAt: "2026-03-01T00:00:00Z" };
    const told = await post("/outcomes", linesOf([outcome]), { "content-type": LINES });
    expect(told.body).toMatchObject({ accepted: 1 });
    expect((await post("/systems", linesOf([{}]), { "content-type": LINES }, "engineer")).status).toBe(415);
  });
});

describe("a packed body", () => {
  const pack = { gzip: gzipSync, zstd: zstdCompressSync, deflate: deflateSync };
  it.each(Object.keys(pack) as (keyof typeof pack)[])("of %s is unpacked", async (encoding) => {
    const body = pack[encoding](JSON.stringify([world.decision(), world.decision()]));
    const headers = { "content-type": "application/json", "content-encoding": encoding };
    expect((await post("/decisions", new Uint8Array(body), headers)).body).toMatchObject({ accepted: 2 });
  });

  it("that is cut off, is something else, or is packed in an unknown way, is refused and stores nothing", async () => {
    const before = await stored();
    const whole = gzipSync(JSON.stringify([world.decision()]));
    const send = (body: Uint8Array, encoding: string, type = "application/json") =>
      post("/decisions", new Uint8Array(body), { "content-type": type, "content-encoding": encoding });
    for (const type of ["application/json", LINES]) {
      const cut = await send(whole.subarray(0, whole.length - 10), "gzip", type);
      expect(cut.status).toBe(400);
      expect(cut.body.type).toBe("urn:steward:problem:malformed");
      expect((await send(Buffer.from("not packed"), "zstd", type)).status).toBe(400);
    }
    expect((await send(whole, "compress")).status).toBe(415);
    expect(await stored()).toBe(before);
  });

  it("that unpacks to far more than the limit is refused after the limit", async () => {
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, 0x20), { level: 1 });
    for (const type of ["application/json", LINES]) {
      const headers = { "content-type": type, "content-encoding": "gzip" };
      expect((await post("/decisions", new Uint8Array(bomb), headers)).status).toBe(413);
    }
  });

  it("of a hundred megabytes is refused before it is read", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
        socket.write(
          "POST /api/v1/decisions HTTP/1.1\r\nhost: x\r\nx-caller: key\r\ncontent-type: application/json\r\n" +
            `content-length: ${100 * 1024 * 1024}\r\n\r\n[`,
        );
      });
      text(socket).then(resolve, reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe("a nested body", () => {
  it("of ten thousand levels is refused", async () => {
    const answer = await post("/decisions", deep(10_000), { "content-type": "application/json" });
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain("nested deeper");
  });
});

describe("a stream", () => {
  it("is answered line by line, in order, and holds what each line deserves", async () => {
    const before = await stored();
    const sent = world.decision();
    const values: unknown[] = Array.from({ length: 1200 }, () => world.decision());
    values.splice(10, 0, { id: "bad" }, sent, sent, { ...sent, outcome: "other" });
    const text = linesOf(values).replace("\n", `\n\n{"long":"${"x".repeat(300_000)}"}\n`);
    const { status, lines, headers } = await post("/decisions/stream", text, { "content-type": LINES });
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe(LINES);
    expect(lines).toHaveLength(values.length + 1);
    // The second line is blank, the third too long.
    expect(lines.map(({ line }) => line)).toEqual([1, ...Array.from({ length: values.length }, (_, n) => n + 3)]);
    expect(lines[1]).toMatchObject({ line: 3, result: "rejected" });
    expect(lines.slice(11, 15).map(({ result }) => result)).toEqual(["rejected", "accepted", "duplicate", "rejected"]);
    expect(lines[14].errors[0].field).toBe("/id");
    expect(await stored()).toBe(before + 1201);
  });

  it("answers while it is still being sent, packed or not", async () => {
    const before = await stored();
    const gzip = createGzip();
    const response = fetch(`${url}/decisions/stream`, {
      method: "POST",
      headers: { "x-caller": "key", "content-type": LINES, "content-encoding": "gzip" },
      body: gzip as never,
      duplex: "half",
      signal: AbortSignal.timeout(20_000),
    } as RequestInit);
    gzip.write(linesOf([world.decision()]));
    gzip.flush();
    const reader = (await response).body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(JSON.parse((await reader?.read())?.value ?? "")).toMatchObject({ line: 1, result: "accepted" });
    expect(await stored()).toBe(before + 1);
    gzip.end(linesOf([world.decision()]));
    expect(JSON.parse((await reader?.read())?.value ?? "")).toMatchObject({ line: 2, result: "accepted" });
    expect((await reader?.read())?.done).toBe(true);
  });

  it("that breaks off keeps what it answered, and says where it broke", async () => {
    const packed = gzipSync(linesOf(Array.from({ length: 800 }, () => world.decision())));
    const headers = { "content-type": LINES, "content-encoding": "gzip" };
    const { lines } = await post("/decisions/stream", new Uint8Array(packed.subarray(0, packed.length / 2)), headers);
    const last = lines.at(-1);
    expect(last).toMatchObject({ result: "stopped", problem: { type: "urn:steward:problem:malformed" } });
    expect(last.line).toBe(lines.length);
    expect(lines.slice(0, -1).every(({ result }) => result === "accepted")).toBe(true);
  });

  it("needs lines, and a caller who may send decisions", async () => {
    expect((await post("/decisions/stream", "{}", { "content-type": "application/json" })).status).toBe(415);
    expect((await post("/decisions/stream", "{}\n", { "content-type": LINES }, "reader")).status).toBe(403);
  });
});
