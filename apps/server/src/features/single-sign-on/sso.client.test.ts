/** Where Steward goes for an identity provider, and where it does not let itself be led. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";

describe("an identity provider", () => {
  it.each([
    "http://169.254.169.254/latest/meta-data",
    "https://10.0.0.1",
    "https://[::ffff:10.0.0.1]",
    "http://[::1]:1",
    "https://192.168.1.1:8443",
    "ftp://example.org",
    "https://user:secret@example.org",
    "no address",
  ])("at %s is refused by name before anything is sent", async (issuer) => {
    const bare = await bareApp();
    const body = { name: "Evil", issuer, clientId: "x", clientSecret: "y" };
    const refused = await bare.app.send("POST", "/identity-providers", body, { cookie: bare.cookie });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toMatchObject([{ pointer: "/issuer" }]);
  });

  it("whose name leads to this machine is refused at the connection", async () => {
    const bare = await bareApp();
    const body = { name: "Evil", issuer: "https://localhost:1", clientId: "x", clientSecret: "y" };
    const refused = await bare.app.send("POST", "/identity-providers", body, { cookie: bare.cookie });
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: "/issuer" }] } });
  });

  it("that redirects, or whose document leads elsewhere, is not followed", async () => {
    let stolen = 0;
    const inner = createServer((_request, response) => {
      stolen += 1;
      response.end("{}");
    }).listen(0, "127.0.0.2");
    await new Promise((resolve) => inner.once("listening", resolve));
    const target = `http://127.0.0.2:${(inner.address() as AddressInfo).port}`;
    const evil = createServer((request, response) => {
      const issuer = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`;
      if (request.url?.startsWith("/redirecting")) {
        response.writeHead(302, { location: target }).end();
        return;
      }
      response.setHeader("content-type", "application/json");
      const endpoints = { authorization_endpoint: `${issuer}/auth`, token_endpoint: target, jwks_uri: target };
      response.end(JSON.stringify({ issuer, ...endpoints }));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => evil.once("listening", resolve));
    const issuer = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`;
    const narrow = await createTestApp({ webhookNetworks: ["127.0.0.1/32"] });
    const { cookie } = await narrow.setUp();
    const settings = { name: "Evil", clientId: "x", clientSecret: "y" };
    const redirected = await narrow.send(
      "POST",
      "/identity-providers",
      { ...settings, issuer: `${issuer}/redirecting` },
      { cookie },
    );
    expect(redirected.status).toBe(422);
    const made = await narrow.send("POST", "/identity-providers", { ...settings, issuer }, { cookie });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const begun = await narrow.send("POST", "/session/single-sign-on", { providerId: made.body.id });
    const state = new URL(begun.body.url).searchParams.get("state");
    const query = `code=x&state=${state}`;
    const done = await narrow.send("POST", "/session/single-sign-on/completion", { query }, { cookie: begun.cookie });
    expect(done.status).toBe(401);
    expect(stolen).toBe(0);
    await narrow.close();
    inner.close();
    evil.close();
  });

  let kept: { app: TestApp; cookie: string } | undefined;
  async function bareApp() {
    if (kept === undefined) {
      const bare = await createTestApp();
      kept = { app: bare, cookie: (await bare.setUp()).cookie };
    }
    return kept;
  }
  afterAll(async () => {
    await kept?.app.close();
  });
});
