/** The server over TLS, with fixed test certificates that are worth nothing elsewhere (test/support/tls). */
import { cp, mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:https";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect, type PeerCertificate } from "node:tls";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createLogger } from "../log/log.ts";
import { createHttpServer } from "./server.ts";
import { readTls, tlsRenewal } from "./tls.ts";

const FIXTURES = path.join(import.meta.dirname, "../../../test/support/tls");

let folder: string;
let app: Awaited<ReturnType<typeof createHttpServer>>;
let files: { certFile: string; keyFile: string };
let renew: () => Promise<boolean>;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "steward-tls-"));
  files = { certFile: path.join(folder, "tls.crt"), keyFile: path.join(folder, "tls.key") };
  await use("first");
  const log = createLogger({ level: "fatal" });
  const tls = await readTls(files);
  app = await createHttpServer({ log, publicUrl: "https://localhost", tls });
  app.get("/", async () => "hello");
  await app.listen({ port: 0, host: "127.0.0.1" });
  ({ port } = app.server.address() as AddressInfo);
  renew = tlsRenewal(app.server as unknown as Server, files, tls, log);
});
afterAll(async () => {
  await app?.close();
  await rm(folder, { recursive: true, force: true });
});

async function use(name: string, only?: "crt" | "key"): Promise<void> {
  if (only !== "key") await cp(path.join(FIXTURES, `${name}.crt`), files.certFile);
  if (only !== "crt") await cp(path.join(FIXTURES, `${name}.key`), files.keyFile);
}

async function served(options: object = {}): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options }, () => {
      resolve(socket.getPeerCertificate());
      socket.end();
    });
    socket.once("error", reject);
  });
}

describe("TLS", () => {
  it("answers with the certificate of the files, and tells browsers to stay with https", async () => {
    const headers = await new Promise<NodeJS.Dict<string | string[]>>((resolve, reject) => {
      request({ port, host: "127.0.0.1", rejectUnauthorized: false }, (response) => {
        response.resume();
        resolve(response.headers);
      })
        .once("error", reject)
        .end();
    });
    expect(headers["strict-transport-security"]).toContain("max-age=");
    expect(String(headers["content-security-policy"])).toContain("script-src 'self';");
    expect(String(headers["content-security-policy"])).not.toMatch(/script-src[^;]*unsafe/);
  });

  it("takes renewed files without a restart, and keeps what it has while they do not fit", async () => {
    const { fingerprint256: before } = await served();
    expect(await renew()).toBe(false);
    await use("second", "crt");
    expect(await renew()).toBe(false);
    expect((await served()).fingerprint256).toBe(before);
    await use("second", "key");
    expect(await renew()).toBe(true);
    expect((await served()).fingerprint256).not.toBe(before);
    await rm(files.certFile);
    expect(await renew()).toBe(false);
    expect((await served()).subject.CN).toBe("localhost");
  });

  it("refuses versions that are broken", async () => {
    await expect(served({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" })).rejects.toThrow();
  });
});
