import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, it } from "vitest";

import { createLogger } from "../log/log.ts";
import { createHttpServer } from "./server.ts";

const SILENCE_MS = 200;

let app: FastifyInstance;
let url: string;

beforeAll(async () => {
  app = await createHttpServer({ log: createLogger({ level: "error" }), connectionTimeoutMs: SILENCE_MS });
  const answer = async () => pause(5 * SILENCE_MS, "done");
  app.get("/usual", answer);
  app.get("/slow", { config: { slow: true } }, answer);
  await app.listen({ port: 0, host: "127.0.0.1" });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});

afterAll(() => app?.close());

it("a connection that is silent for long is closed, but where the answer is known to take its time", async () => {
  await expect(fetch(`${url}/usual`)).rejects.toThrow("fetch failed");
  expect(await (await fetch(`${url}/slow`)).text()).toBe("done");
});
