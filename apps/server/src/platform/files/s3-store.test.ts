/** Against a real S3 server, and against one that tries to lead requests elsewhere. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";

import S3rver from "s3rver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Secret } from "../config/secret.ts";
import { s3Store } from "./s3-store.ts";
import type { FileStore } from "./store.ts";

let folder: string;
let server: S3rver;
let url: string;
let store: FileStore;

const credentials = { region: "us-east-1", accessKeyId: "S3RVER", secretAccessKey: new Secret("S3RVER") };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-s3-"));
  server = new S3rver({
    port: 0,
    address: "127.0.0.1",
    silent: true,
    directory: path.join(folder, "buckets"),
    configureBuckets: [{ name: "evidence", configs: [] }],
  });
  const { port } = await server.run();
  url = `http://127.0.0.1:${port}`;
  store = s3Store({ url: `${url}/evidence/files/`, ...credentials });
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function fileOf(content: Buffer): Promise<{ file: string; digest: string }> {
  const digest = createHash("sha256").update(content).digest("hex");
  const file = path.join(folder, digest);
  await writeFile(file, content);
  return { file, digest };
}

describe("a bucket", () => {
  it("takes a file, gives it back, and lets it go", async () => {
    const content = randomBytes(3_000_000);
    const { file, digest } = await fileOf(content);
    expect(await store.has(digest)).toBe(false);
    await expect(store.open(digest)).rejects.toMatchObject({ code: "missing" });
    await store.put(digest, file, content.length);
    await store.put(digest, file, content.length);
    expect(await store.has(digest)).toBe(true);
    expect((await buffer(await store.open(digest))).equals(content)).toBe(true);
    await store.remove(digest);
    await store.remove(digest);
    expect(await store.has(digest)).toBe(false);
  });

  it("is reached under names that are digests only", async () => {
    for (const name of ["../other/secret", "a".repeat(63), `${"a".repeat(64)}/..`, "http://127.0.0.1/"]) {
      await expect(store.open(name)).rejects.toThrow(RangeError);
      await expect(store.remove(name)).rejects.toThrow(RangeError);
    }
  });

  it("that does not know the key, or is away, is an error that says so", async () => {
    const { file, digest } = await fileOf(randomBytes(10));
    const wrong = s3Store({ url: `${url}/evidence`, ...credentials, accessKeyId: "SOMEBODY" });
    await expect(wrong.put(digest, file, 10)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("answers 403"),
    });
    const away = s3Store({ url: "http://127.0.0.1:1/evidence", ...credentials });
    await expect(away.has(digest)).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("a server that redirects", () => {
  let trap: Server;
  const met: string[] = [];

  beforeAll(async () => {
    trap = createServer((request, response) => {
      met.push(`${request.method} ${request.url}`);
      response.writeHead(307, { location: "/latest/meta-data/iam/security-credentials/" }).end();
    });
    await new Promise<void>((resolve) => trap.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => trap?.close());

  it("is not followed", async () => {
    const { file, digest } = await fileOf(randomBytes(10));
    const lured = s3Store({ url: `http://127.0.0.1:${(trap.address() as AddressInfo).port}/evidence`, ...credentials });
    await expect(lured.open(digest)).rejects.toMatchObject({ code: "unavailable" });
    await expect(lured.put(digest, file, 10)).rejects.toMatchObject({ code: "unavailable" });
    expect(met).toEqual([`GET /evidence/${digest}`, `PUT /evidence/${digest}`]);
  });
});
