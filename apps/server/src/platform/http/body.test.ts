import { connect, type Socket } from "node:net";
import { once } from "node:events";

import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { useBodies } from "./body.ts";
import { asProblem } from "./problem.ts";

const LIMITS = { heldMaxBytes: 1000, workedOnMaxBytes: 100, waitingMaxBytes: 200 };
const body = (bytes: number) => JSON.stringify("x".repeat(bytes - 2));

let app: FastifyInstance;
let port: number;
/** The sizes of the lists that are worked on now, and what ends each. */
let working: { bytes: number; end: () => void }[];
const sockets: Socket[] = [];

beforeEach(async () => {
  working = [];
  app = Fastify();
  app.setErrorHandler(async (error, _request, reply) => {
    const problem = asProblem(error);
    return reply.status(problem.status).headers(problem.headers).send({ code: problem.code });
  });
  useBodies(app, LIMITS);
  app.post("/list", { config: { lines: "list" } }, async ({ body: read }) => {
    await new Promise<void>((end) => working.push({ bytes: (read as string).length + 2, end }));
    return "done";
  });
  app.post("/other", async () => "done");
  await app.listen({ port: 0, host: "127.0.0.1" });
  ({ port } = app.server.address() as { port: number });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const { end } of working) end();
  await app.close();
});

/** Sends a body; answers its status. */
async function post(path: string, content: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: content,
  });
  await response.arrayBuffer();
  return response.status;
}

/** Sends a body, or the beginning of one, without waiting for an answer. */
async function begin(path: string, content: string, length = content.length): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  await once(socket, "connect");
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${content}`,
  );
  return socket;
}

const sizes = () => working.map(({ bytes }) => bytes);

describe("lists that are sent at once", () => {
  it("are worked on as there is room for them, in the order in which they came", async () => {
    const answers = [60, 50, 30].map(async (bytes, i) => {
      // One after the other, so that there is an order.
      await new Promise((resolve) => setTimeout(resolve, 50 * i));
      return post("/list", body(bytes));
    });
    await expect.poll(sizes).toEqual([60]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    // There would be room for the third, but it is not its turn.
    expect(sizes()).toEqual([60]);
    working[0]?.end();
    await expect.poll(sizes).toEqual([60, 50, 30]);
    for (const { end } of working) end();
    expect(await Promise.all(answers)).toEqual([200, 200, 200]);
  });

  it("are turned away while more wait than may; what is no list is not held up", async () => {
    await begin("/list", body(150));
    await expect.poll(sizes).toEqual([150]);
    await begin("/list", body(150));
    await expect.poll(() => post("/list", body(100))).toBe(429);
    expect(await post("/other", body(100))).toBe(200);
  });

  it("give their place up when the sender goes away, waiting or worked on", async () => {
    const first = await begin("/list", body(90));
    await expect.poll(sizes).toEqual([90]);
    const second = await begin("/list", body(150));
    await begin("/list", body(40));
    await new Promise((resolve) => setTimeout(resolve, 100));
    second.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    first.destroy();
    await expect.poll(sizes).toEqual([90, 40]);
  });
});

describe("bodies that are held", () => {
  it("are let go when a sender goes away, however often that happens", async () => {
    for (let i = 0; i < 5; i++) {
      const socket = await begin("/other", body(400), 500);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
    }
    await expect.poll(() => post("/other", body(900))).toBe(200);
  });
});
