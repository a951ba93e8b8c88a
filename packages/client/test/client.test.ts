import { afterEach, describe, expect, it } from "vitest";

import { ApiProblem, createClient, fieldErrors, fieldOf, isEditConflict } from "../src/index.ts";

interface Sent {
  url: string;
  method: string;
  headers: Headers;
  body: unknown;
}

const sent: Sent[] = [];
afterEach(() => {
  sent.length = 0;
});

function answering(status: number, body: unknown, headers: Record<string, string> = {}): typeof fetch {
  return async (url, init) => {
    const text = init?.body;
    sent.push({
      url: String(url),
      method: init?.method ?? "GET",
      headers: new Headers(init?.headers),
      body: typeof text === "string" ? JSON.parse(text) : undefined,
    });
    return new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": status < 400 ? "application/json" : "application/problem+json", ...headers },
    });
  };
}

function client(status: number, body: unknown, headers?: Record<string, string>) {
  return createClient({ baseUrl: "https://steward.example", fetch: answering(status, body, headers) });
}

const RECORD = { id: "0190f3a1-0000-7000-8000-000000000001", title: "Wage band estimator", version: 3 };

describe("operations", () => {
  it("fill path, query and body from typed input", async () => {
    await client(200, {}).getRequirement({ params: { id: "A.6.2.8" }, query: { asOf: "2026-03-31T09:00:00Z" } });
    await client(201, {}).signIn({ body: { email: "ada@example.org", password: "correct horse" } });
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET https://steward.example/api/v1/status/requirements/A.6.2.8?asOf=2026-03-31T09%3A00%3A00Z",
      "POST https://steward.example/api/v1/session",
    ]);
    expect(sent[1]?.body).toEqual({ email: "ada@example.org", password: "correct horse" });
    expect(sent[1]?.headers.get("content-type")).toBe("application/json");
  });

  it("escape parameters, so that a value cannot change the path", async () => {
    await client(200, {}).getRequirement({ params: { id: "../members?x=/1" } });
    expect(new URL(sent[0]?.url ?? "").pathname).toBe("/api/v1/status/requirements/..%2Fmembers%3Fx%3D%2F1");
  });

  it("leave out query parameters that are undefined", async () => {
    await client(200, { items: [] }).listDecisions({ query: { flag: undefined, limit: 20 } });
    expect(new URL(sent[0]?.url ?? "").search).toBe("?limit=20");
  });

  it("send the key where there is one, and no body on reads", async () => {
    await createClient({ key: "stw_abc", fetch: answering(200, {}) }).getLedger();
    expect(sent[0]?.headers.get("authorization")).toBe("Bearer stw_abc");
    expect(sent[0]?.headers.has("content-type")).toBe(false);
    expect(sent[0]?.url).toBe("/api/v1/ledger");
  });
});

describe("registers", () => {
  it("are called by path, with filters as where.<field>", async () => {
    await client(200, { items: [] })
      .records("systems")
      .list({ where: { lifecycle: "operation" }, sort: "-name" });
    const url = new URL(sent[0]?.url ?? "");
    expect(url.pathname).toBe("/api/v1/systems");
    expect(Object.fromEntries(url.searchParams)).toEqual({ sort: "-name", "where.lifecycle": "operation" });
  });

  it("give the tag of the version that was read, and send it back with a change", async () => {
    const systems = client(200, RECORD, { etag: '"3"' }).records("systems");
    const { record, etag } = await systems.get(RECORD.id);
    expect(record.title).toBe("Wage band estimator");
    await systems.change(RECORD.id, etag, { values: { name: "Pay band estimator" }, changeReason: "Renamed" });
    expect(sent[1]?.method).toBe("PATCH");
    expect(sent[1]?.headers.get("if-match")).toBe('"3"');
    expect(sent[1]?.body).toEqual({ values: { name: "Pay band estimator" }, changeReason: "Renamed" });
  });

  it("refuse to go on without a tag, since the next change would overwrite blindly", async () => {
    await expect(client(200, RECORD).records("systems").get(RECORD.id)).rejects.toMatchObject({ code: "unreadable" });
  });

  it("tell a change that came too late from other errors", async () => {
    const late = client(412, { type: "urn:x", title: "Changed meanwhile", status: 412 });
    const error: unknown = await late
      .records("systems")
      .change(RECORD.id, '"2"', { values: {} })
      .catch((thrown: unknown) => thrown);
    expect(isEditConflict(error)).toBe(true);
    expect(isEditConflict(new Error("other"))).toBe(false);
  });
});

describe("problems", () => {
  it("carry title, detail, request id and the errors by field", async () => {
    const problem = {
      type: "urn:steward:problem:invalid",
      title: "Some fields need another value",
      status: 422,
      detail: "Two fields are wrong.",
      instance: "req-1",
      errors: [
        { pointer: "/values/name", message: "Give a name.", in: "body" },
        { pointer: "/values/name", message: "Use one line.", in: "body" },
        { pointer: "limit", message: "Give a whole number.", in: "query" },
      ],
    };
    const error = await client(422, problem)
      .getLedger()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiProblem);
    expect(error).toMatchObject({ code: "problem", status: 422, requestId: "req-1", message: "Two fields are wrong." });
    expect((error as ApiProblem).fields).toEqual({ "values.name": "Give a name.", limit: "Give a whole number." });
  });

  it("say how long to wait where the server does", async () => {
    const busy = client(429, { type: "urn:x", title: "Too many attempts", status: 429 }, { "retry-after": "30" });
    await expect(busy.getLedger()).rejects.toMatchObject({ retryAfterSeconds: 30 });
  });

  it("come of an answer that is not the API's, such as a proxy's page", async () => {
    const proxied = createClient({
      fetch: async () => new Response("<html>", { status: 502, statusText: "Bad Gateway" }),
    });
    await expect(proxied.getLedger()).rejects.toMatchObject({
      code: "unreadable",
      title: "The server answered 502 Bad Gateway",
    });
  });

  it("come of no answer at all, but not of a cancelled call", async () => {
    const fails = createClient({ fetch: () => Promise.reject(new TypeError("fetch failed")) });
    await expect(fails.getLedger()).rejects.toMatchObject({ code: "unreachable", status: 0 });
    const cancelled = AbortSignal.abort(new Error("left the page"));
    await expect(fails.getLedger({ signal: cancelled })).rejects.toThrow("left the page");
  });
});

describe("fields of a JSON Pointer", () => {
  it.each([
    ["/values/name", "values.name"],
    ["/organisation/timeZone", "organisation.timeZone"],
    ["/roles/0", "roles.0"],
    ["/a~1b/m~0n", "a/b.m~n"],
    ["", ""],
    ["limit", "limit"],
  ])("%s is %s", (pointer, field) => {
    expect(fieldOf(pointer)).toBe(field);
  });

  it("keep the first message of a field", () => {
    expect(
      fieldErrors([
        { pointer: "/name", message: "first", in: "body" },
        { pointer: "/name", message: "second", in: "body" },
      ]),
    ).toEqual({ name: "first" });
  });
});
