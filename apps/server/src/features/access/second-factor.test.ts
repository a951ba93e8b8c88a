/** The second factor as people meet it: set up, asked for, lost, demanded. */
import { MICROS_PER_MINUTE, MICROS_PER_SECOND } from "@steward/kernel";
import { generate } from "otplib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createTestApp, PASSWORD, type TestApp } from "../../../test/support/app.ts";

let app: TestApp;
let founder: string;
let email: string;
let cookie: string;
let memberId: string;
let people = 0;

beforeAll(async () => {
  app = await createTestApp();
  ({ cookie: founder } = await app.setUp());
});
beforeEach(async () => {
  email = `person${++people}@example.org`;
  const joined = await app.join(founder, email, ["engineer"]);
  cookie = joined.cookie;
  memberId = joined.member.id;
});
afterAll(async () => {
  await app?.close();
});

/** The code that an app shows now; each call waits for the next step, because a code is good once. */
async function codeOf(secret: string): Promise<string> {
  app.clock.advance(31n * MICROS_PER_SECOND);
  return generate({ secret, epoch: Number(app.clock.now() / MICROS_PER_SECOND) });
}

async function enable(): Promise<{ secret: string; recoveryCodes: string[] }> {
  const started = await app.send("POST", "/account/second-factor", { password: PASSWORD }, { cookie });
  expect(started.status, JSON.stringify(started.body)).toBe(201);
  const { secret, uri } = started.body;
  expect(uri).toContain(`secret=${secret}`);
  const confirmed = await app.send(
    "POST",
    "/account/second-factor/confirmation",
    { code: await codeOf(secret) },
    { cookie },
  );
  expect(confirmed.status, JSON.stringify(confirmed.body)).toBe(200);
  return { secret, recoveryCodes: confirmed.body.recoveryCodes };
}

async function startSignIn(): Promise<string> {
  const reply = await app.send("POST", "/session", { email, password: PASSWORD });
  expect(reply.status).toBe(202);
  expect(reply.cookie).toBeUndefined();
  return reply.body.secondFactorNeeded.token;
}

const complete = (token: string, code: string) => app.send("POST", "/session/second-factor", { token, code });

describe("a second factor", () => {
  it("counts only once a code of it was confirmed, so that a secret never scanned locks nobody out", async () => {
    const wrong = await app.send("POST", "/account/second-factor", { password: "not the password" }, { cookie });
    expect(wrong.body.errors).toMatchObject([{ pointer: "/password" }]);
    await app.send("POST", "/account/second-factor", { password: PASSWORD }, { cookie });
    expect((await app.send("POST", "/session", { email, password: PASSWORD })).status).toBe(201);
    const bad = await app.send("POST", "/account/second-factor/confirmation", { code: "000000" }, { cookie });
    expect(bad.status).toBe(422);
    const { body } = await app.send("GET", "/account/second-factor", undefined, { cookie });
    expect(body).toMatchObject({ enabled: false, required: false, recoveryCodesLeft: 0 });
  });

  it("is asked for after the password, and a code opens one session once", async () => {
    const { secret } = await enable();
    const token = await startSignIn();
    const code = await codeOf(secret);
    const wrong = await complete(token, "123456");
    expect(wrong.body.errors).toMatchObject([{ pointer: "/code" }]);
    const entered = await complete(token, `${code.slice(0, 3)} ${code.slice(3)}`);
    expect(entered.status).toBe(201);
    expect(entered.body).toMatchObject({ secondFactor: "on" });
    expect((await app.send("GET", "/systems", undefined, { cookie: entered.cookie })).status).toBe(200);
    // Neither the step nor the code is good a second time.
    expect((await complete(token, code)).status).toBe(401);
    expect((await complete(await startSignIn(), code)).status).toBe(422);
  });

  it("cannot be skipped: the token of the step opens nothing, and dies after ten minutes", async () => {
    const { secret } = await enable();
    const token = await startSignIn();
    const asCookie = await app.send("GET", "/systems", undefined, { cookie: `steward_session=${token}` });
    expect(asCookie.status).toBe(401);
    app.clock.advance(11n * MICROS_PER_MINUTE);
    expect((await complete(token, await codeOf(secret))).status).toBe(401);
  });

  it("is not guessed: after ten wrong codes even the right one waits", async () => {
    const { secret } = await enable();
    const token = await startSignIn();
    for (let n = 0; n < 10; n++) expect((await complete(token, String(100_000 + n))).status).toBe(422);
    expect((await complete(token, await codeOf(secret))).status).toBe(429);
  });

  it("is not guessed by whoever knows the password: giving it again clears no wrong codes", async () => {
    const { secret } = await enable();
    for (let n = 0; n < 10; n++) expect((await complete(await startSignIn(), String(100_000 + n))).status).toBe(422);
    expect((await complete(await startSignIn(), await codeOf(secret))).status).toBe(429);
  });

  it("is not guessed by many codes at once", async () => {
    await enable();
    const token = await startSignIn();
    const guesses = Array.from({ length: 16 }, (_, n) => complete(token, String(100_000 + n)));
    const answers = (await Promise.all(guesses)).map(({ status }) => status);
    expect(answers.filter((status) => status === 422)).toHaveLength(10);
    expect(answers.filter((status) => status === 429)).toHaveLength(6);
  });

  it("is also asked for after a link for a lost password", async () => {
    await enable();
    const link = await app.send("POST", `/members/${memberId}/link`, undefined, { cookie: founder });
    const token = new URL(link.body.url).hash.replace("#token=", "");
    const used = await app.send("POST", "/links/use", { token, password: PASSWORD });
    expect(used.status).toBe(202);
    expect(used.cookie).toBeUndefined();
  });

  it("keeps its secret sealed: the database alone makes no code", async () => {
    const { secret, recoveryCodes } = await enable();
    const rows = await app.db.selectFrom("second_factor").selectAll().execute();
    const codes = await app.db.selectFrom("recovery_code").selectAll().execute();
    const stored = [...rows.map((row) => row.sealed_secret), ...codes.map((row) => row.code_hash)].map((bytes) =>
      bytes.toString("latin1"),
    );
    for (const text of [secret, ...recoveryCodes]) expect(stored.join("\n")).not.toContain(text);
  });
});

describe("a recovery code", () => {
  it("signs in once in place of the app, however it is typed, and new codes end the old ones", async () => {
    const { secret, recoveryCodes } = await enable();
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first, second] = recoveryCodes as [string, string];
    expect((await complete(await startSignIn(), first.toUpperCase().replaceAll("-", " "))).status).toBe(201);
    expect((await complete(await startSignIn(), first)).status).toBe(422);
    const proof = { password: PASSWORD, code: await codeOf(secret) };
    const renewed = await app.send("POST", "/account/second-factor/recovery-codes", proof, { cookie });
    expect(renewed.status, JSON.stringify(renewed.body)).toBe(200);
    expect((await complete(await startSignIn(), second)).status).toBe(422);
    expect((await complete(await startSignIn(), renewed.body.recoveryCodes[0])).status).toBe(201);
    const { body } = await app.send("GET", "/account/second-factor", undefined, { cookie });
    expect(body).toMatchObject({ enabled: true, recoveryCodesLeft: 9 });
  });
});

describe("taking it off", () => {
  it("needs password and code, and the session alone is not enough", async () => {
    const { secret } = await enable();
    const without = await app.send(
      "POST",
      "/account/second-factor/removal",
      { password: PASSWORD, code: "000000" },
      { cookie },
    );
    expect(without.status).toBe(422);
    const proof = { password: PASSWORD, code: await codeOf(secret) };
    expect((await app.send("POST", "/account/second-factor/removal", proof, { cookie })).status).toBe(200);
    expect((await app.send("POST", "/session", { email, password: PASSWORD })).status).toBe(201);
  });

  it("is done by an administrator for who lost it, with a reason, and ends every session", async () => {
    await enable();
    const nothing = await app.send("POST", `/members/${memberId}/second-factor-reset`, {}, { cookie: founder });
    expect(nothing.status).toBe(422);
    const reset = await app.send(
      "POST",
      `/members/${memberId}/second-factor-reset`,
      { changeReason: "Lost the phone; recognised by voice." },
      { cookie: founder },
    );
    expect(reset.status).toBe(200);
    expect((await app.send("GET", "/session", undefined, { cookie })).status).toBe(401);
    expect((await app.send("POST", "/session", { email, password: PASSWORD })).status).toBe(201);
  });
});

describe("a role that demands it", () => {
  it("may do nothing but set it up, and everything as soon as it is", async () => {
    const { body: session } = await app.send("GET", "/session", undefined, { cookie: founder });
    const path = `/organisations/${session.organisation.id}`;
    const current = await app.send("GET", path, undefined, { cookie: founder });
    const change = { values: { secondFactorRoles: ["engineer"] }, changeReason: "Engineers touch production." };
    const changed = await app.send("PATCH", path, change, { cookie: founder, etag: String(current.headers["etag"]) });
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    expect((await app.send("GET", "/session", undefined, { cookie })).body).toMatchObject({
      secondFactor: "required",
      permissions: [],
    });
    expect((await app.send("GET", "/systems", undefined, { cookie })).status).toBe(403);
    await enable();
    expect((await app.send("GET", "/systems", undefined, { cookie })).status).toBe(200);
    expect((await app.send("GET", "/systems", undefined, { cookie: founder })).status).toBe(200);
  });
});

describe("sessions", () => {
  it("are listed with what they come from, and ended one by one, but never another person's", async () => {
    const elsewhere = await app.send(
      "POST",
      "/session",
      { email, password: PASSWORD },
      {
        headers: { "user-agent": "Firefox/140 \u00fcber" },
      },
    );
    const { body } = await app.send("GET", "/account/sessions", undefined, { cookie });
    expect(body.items).toHaveLength(2);
    const other = body.items.find(({ current }: { current: boolean }) => !current);
    expect(other.userAgent).toContain("Firefox/140");
    expect((await app.send("DELETE", `/account/sessions/${other.id}`, undefined, { cookie: founder })).status).toBe(
      404,
    );
    expect((await app.send("DELETE", `/account/sessions/${other.id}`, undefined, { cookie })).status).toBe(200);
    expect((await app.send("GET", "/session", undefined, { cookie: elsewhere.cookie })).status).toBe(401);
    expect((await app.send("GET", "/session", undefined, { cookie })).status).toBe(200);
  });
});
