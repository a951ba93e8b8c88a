import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import fastify from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { HttpProblem } from "./problem.ts";
import { serveWeb } from "./static.ts";

let root: string;
const app = fastify();

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "steward-web-"));
  await writeFile(path.join(root, "index.html"), "<title>Steward</title>");
  await writeFile(path.join(root, "mark.svg"), "<svg/>");
  app.setErrorHandler(async (error, _request, reply) => {
    await reply.code(error instanceof HttpProblem ? error.status : 500).send();
  });
  expect(await serveWeb(app, root)).toBe(true);
});

afterAll(async () => {
  await app.close();
  await rm(root, { recursive: true });
});

async function get(url: string, accept: string): Promise<[number, string]> {
  const { statusCode, body } = await app.inject({ url, headers: { accept } });
  return [statusCode, body];
}

const PAGE = "<title>Steward</title>";

describe("the web application's files", () => {
  it("begin at the address itself, whoever asks", async () => {
    expect(await get("/", "text/html,*/*;q=0.8")).toEqual([200, PAGE]);
    expect(await get("/?next=%2Fwork", "*/*")).toEqual([200, PAGE]);
  });

  it("are served as they are, and in place of a page of the application its frame", async () => {
    expect(await get("/mark.svg", "image/*")).toEqual([200, "<svg/>"]);
    expect(await get("/systems/1", "text/html")).toEqual([200, PAGE]);
  });

  it("are missing where they are missing", async () => {
    expect((await get("/assets/gone.js", "*/*"))[0]).toBe(404);
    expect((await get("/api/v1/nothing", "text/html"))[0]).toBe(404);
  });

  it("are not served where they have not been built", async () => {
    expect(await serveWeb(app, path.join(root, "nowhere"))).toBe(false);
  });
});
