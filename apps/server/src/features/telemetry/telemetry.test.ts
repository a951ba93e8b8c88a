import { readFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

import type { Uuid } from "@steward/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createTestApp, type TestApp } from "../../../test/support/app.ts";
import { OTLP_BODY_MAX_BYTES, OTLP_INFLATED_MAX_BYTES } from "./telemetry.routes.ts";

const FIXTURES = "packages/telemetry/test/fixtures";
const TRACE = "0af7651916cd43dd8448eb211c80319c";

let app: TestApp;
let cookie: string;
let key: string;
let systemId: Uuid;
let orgId: Uuid;

beforeAll(async () => {
  app = await createTestApp();
  ({ cookie, orgId } = await app.setUp());
  key = await app.makeKey(cookie, ["decisions:write"]);
  systemId = await makeSystem("Support desk");
});
afterAll(async () => {
  await app?.close();
});

async function makeSystem(name: string): Promise<Uuid> {
  const made = await app.send("POST", "/systems", { values: { name, purpose: "For a test." } }, { cookie });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body.id;
}

interface Posted {
  readonly headers?: Record<string, string>;
  readonly secret?: string;
}

async function post(url: string, body: Buffer | object, { headers = {}, secret = key }: Posted = {}) {
  const isJson = !Buffer.isBuffer(body);
  const response = await app.http.inject({
    method: "POST",
    url,
    headers: {
      "content-type": isJson ? "application/json" : "application/x-protobuf",
      authorization: `Bearer ${secret}`,
      ...headers,
    },
    payload: isJson ? JSON.stringify(body) : body,
  });
  const type = String(response.headers["content-type"]);
  return {
    status: response.statusCode,
    headers: response.headers,
    bytes: response.rawPayload,
    // oxlint-disable-next-line typescript/no-explicit-any -- answers of two shapes are looked into
    body: (type.startsWith("application/json") ? response.json() : undefined) as any,
  };
}

interface SpanOptions {
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly resource?: Record<string, string>;
}

const pairs = (values: object) =>
  Object.entries(values).map(([name, value]) => ({
    key: name,
    value: typeof value === "number" ? { intValue: String(value) } : { stringValue: value },
  }));

/** One span as OTLP's JSON; its service is “Support desk” unless said otherwise. */
function traces(attributes: object, { spanId, parentSpanId, resource }: SpanOptions) {
  const endTimeUnixNano = `${app.clock.now()}000`;
  const span = { traceId: TRACE, spanId, parentSpanId: parentSpanId ?? "", name: "s", endTimeUnixNano };
  const scopeSpans = [{ scope: { name: "test" }, spans: [{ ...span, attributes: pairs(attributes) }] }];
  return {
    resourceSpans: [{ resource: { attributes: pairs(resource ?? { "service.name": "support-desk" }) }, scopeSpans }],
  };
}

function logs(name: string, spanId: string, body: object | null, attributes: object = {}, second?: number) {
  const record = {
    ...(second === undefined ? {} : { timeUnixNano: `${1_773_133_200 + second}000000000` }),
    traceId: spanId === "" ? "" : TRACE,
    spanId,
    eventName: name,
    attributes: pairs(attributes),
    ...(body === null ? {} : { body: anyValue(body) }),
  };
  return {
    resourceLogs: [
      {
        resource: { attributes: pairs({ "service.name": "support-desk" }) },
        scopeLogs: [{ logRecords: [record] }],
      },
    ],
  };
}

function anyValue(value: unknown): object {
  if (typeof value === "string") return { stringValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  const values = Object.entries(value as object).map(([name, member]) => ({ key: name, value: anyValue(member) }));
  return { kvlistValue: { values } };
}

async function decisionOf(spanId: string) {
  const listed = await app.send("GET", `/decisions?externalId=${TRACE}:${spanId}`, undefined, { cookie });
  const [item] = listed.body.items;
  return item && (await app.send("GET", `/decisions/${item.id}`, undefined, { cookie })).body;
}

async function counts() {
  const rows = await app.database.db.selectFrom("ledger_log").select(["size"]).where("org_id", "=", orgId).execute();
  return rows[0]?.size;
}

const CHAT = { "gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o" };

describe("what real instrumentations send", () => {
  const SCENARIOS: [string, string][] = [
    ["opentelemetry", "chat"],
    ["opentelemetry", "tool"],
    ["opentelemetry-content", "tool"],
    ["traceloop", "tool"],
    ["openinference", "tool"],
    ["opentelemetry", "embeddings"],
    ["opentelemetry", "error"],
  ];

  it.each(SCENARIOS)("%s (%s) is a decision of the system whose service it is", async (dialect, scenario) => {
    const file = path.join(FIXTURES, `${dialect}.${scenario}.json`);
    const requests = JSON.parse(await readFile(file, "utf8")) as { path: string; body: string }[];
    for (const request of requests) {
      const answer = await post(request.path, Buffer.from(request.body, "base64"));
      expect(answer.status).toBe(200);
      expect(answer.bytes).toHaveLength(0);
    }
    const { body } = await app.send("GET", `/decisions?systemId=${systemId}`, undefined, { cookie });
    const decision = (await app.send("GET", `/decisions/${body.items[0].id}`, undefined, { cookie })).body;
    const shared = { systemId, releaseVersion: "1.0" };
    if (scenario === "tool") {
      expect(decision).toMatchObject({
        ...shared,
        outcome: "tool_call",
        toolsCalled: ["find_city"],
        ai: {
          provider: "openai",
          operation: "chat",
          requestModel: "gpt-4o",
          responseModel: "gpt-4o-2024-08-06",
          inputTokens: 21,
          outputTokens: 5,
          finishReasons: ["tool_call"],
        },
      });
      const digest = dialect === "opentelemetry" ? null : expect.stringMatching(/^sha256:/);
      expect([decision.inputDigest, decision.outputDigest]).toEqual([digest, digest]);
    } else if (scenario === "error") {
      expect(decision).toMatchObject({ ...shared, outcome: "error", ai: { error: "RateLimitError" } });
    } else {
      expect(decision).toMatchObject(shared);
    }
    expect(JSON.stringify(decision)).not.toMatch(/capital|Paris|Slow down/);
  });

  it("is stored nowhere with its content", async () => {
    const rows = await app.database.db.selectFrom("ledger_body").select("body").execute();
    expect(rows.some(({ body }) => /capital of France|one word/.test(body.toString("utf8")))).toBe(false);
  });

  it("sent again is stored once", async () => {
    const body = gzipSync(JSON.stringify(traces(CHAT, { spanId: "aa00000000000001" })));
    const options = { headers: { "content-type": "application/json", "content-encoding": "gzip" } };
    expect((await post("/v1/traces", body, options)).body).toEqual({});
    const events = logs("gen_ai.user.message", "aa00000000000001", { content: "Hello?" });
    await post("/v1/logs", events);
    const size = await counts();
    expect((await post("/v1/traces", body, options)).body).toEqual({});
    await post("/v1/logs", events);
    expect(await counts()).toBe(size);
  });
});

describe("events", () => {
  const choice = { finish_reason: "tool_calls", message: { tool_calls: [{ function: { name: "search" } }] } };
  it.each([
    ["before", "bb00000000000001"],
    ["after", "bb00000000000002"],
  ])("that come %s their span belong to its decision, with evidence of their own", async (when, spanId) => {
    const sendSpan = () => post("/v1/traces", traces(CHAT, { spanId }));
    if (when === "after") await sendSpan();
    await post("/v1/logs", logs("gen_ai.user.message", spanId, { content: "Hello?" }));
    await post("/v1/logs", logs("gen_ai.choice", spanId, choice));
    const result = { "gen_ai.evaluation.name": "Relevance", "gen_ai.evaluation.score.label": "relevant" };
    await post("/v1/logs", logs("gen_ai.evaluation.result", spanId, null, result));
    if (when === "before") await sendSpan();
    const decision = await decisionOf(spanId);
    expect(decision).toMatchObject({
      toolsCalled: ["search"],
      evaluations: [{ name: "Relevance", score: null, label: "relevant" }],
    });
    expect(decision.inputDigest).toMatch(/^sha256:/);
    const rows = await app.database.db
      .selectFrom("ledger_entry")
      .select("kind")
      .where("kind", "=", "call_events.recorded")
      .execute();
    expect(rows.length).toBeGreaterThanOrEqual(3);
  });

  it("are read in the order of their own time, whichever request came first", async () => {
    const tell = async (spanId: string, order: readonly number[]) => {
      await post("/v1/traces", traces(CHAT, { spanId }));
      for (const second of order) {
        await post("/v1/logs", logs("gen_ai.user.message", spanId, { content: `Message ${second}` }, {}, second));
      }
      return (await decisionOf(spanId)).inputDigest as string;
    };
    const inOrder = await tell("bb00000000000011", [1, 2, 3]);
    expect(await tell("bb00000000000012", [3, 1, 2])).toBe(inOrder);
  });

  it("that name no span are refused, and other logs are nothing of ours", async () => {
    const { body } = await post("/v1/logs", logs("gen_ai.user.message", "", { content: "x" }));
    expect(body.partialSuccess).toMatchObject({ rejectedLogRecords: "1" });
    expect((await post("/v1/logs", logs("user.signed_in", "", { who: "x" }))).body).toEqual({});
  });
});

describe("agents", () => {
  it("are runs with their tools and sub-agents, whatever comes first", async () => {
    const agent = (name: string) => ({ "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name });
    const manifest = {
      d2Commit: "4f2c1aa",
      items: [{ sourceId: "kb", kind: "retrieval", trustLabel: "owned" }],
      humanActs: [],
    };
    const tool = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "search" };
    const parentSpanId = "cc00000000000001";
    const calls: [object, SpanOptions][] = [
      [
        { ...tool, "gen_ai.tool.call.arguments": '{"q":1}' },
        { spanId: "cc00000000000002", parentSpanId },
      ],
      [agent("Writer"), { spanId: "cc00000000000003", parentSpanId }],
      [{ ...agent("Planner"), "steward.manifest": JSON.stringify(manifest) }, { spanId: parentSpanId }],
    ];
    for (const [attributes, options] of calls) {
      expect((await post("/v1/traces", traces(attributes, options))).body).toEqual({});
    }
    expect(await decisionOf(parentSpanId)).toMatchObject({
      promptVersion: "4f2c1aa",
      ai: { agent: { name: "Planner" }, manifest },
      run: {
        manifest: "incomplete",
        children: [
          { operation: "execute_tool", name: "search" },
          { operation: "invoke_agent", name: "Writer" },
        ],
      },
    });
    const own = await decisionOf("cc00000000000002");
    expect(own.ai.manifest.toolsCalled).toMatchObject([{ name: "search", argumentHash: expect.any(String) }]);
    expect(own.run).toMatchObject({ parent: { name: "Planner" } });
  });

  it("whose manifest does not fit are refused with the name of the field; the others of the request are kept", async () => {
    const bad = traces(
      { ...CHAT, "steward.manifest": '{"items":[{"trustLabel":"good"}]}' },
      { spanId: "cc00000000000011" },
    );
    const good = traces(CHAT, { spanId: "cc00000000000012" });
    const body = { resourceSpans: [...bad.resourceSpans, ...good.resourceSpans] };
    const answer = await post("/v1/traces", body);
    expect(answer.status).toBe(200);
    expect(answer.body.partialSuccess.rejectedSpans).toBe("1");
    expect(answer.body.partialSuccess.errorMessage).toContain("/ai/manifest/items/0/trustLabel");
    expect(await decisionOf("cc00000000000011")).toBeUndefined();
    expect(await decisionOf("cc00000000000012")).toBeDefined();
    const unreadable = traces({ ...CHAT, "steward.manifest": "{" }, { spanId: "cc00000000000013" });
    expect((await post("/v1/traces", unreadable)).body.partialSuccess.errorMessage).toContain("steward.manifest");
  });
});

describe("the sender", () => {
  it("is the system that its key is bound to, whatever its service is called", async () => {
    const bound = await makeSystem("Bound");
    const secret = await app.makeKey(cookie, ["decisions:write"], { systemId: bound });
    await post("/v1/traces", traces(CHAT, { spanId: "dd00000000000001", resource: { "service.name": "x" } }), {
      secret,
    });
    expect((await decisionOf("dd00000000000001")).systemId).toBe(bound);
    const foreign = { spanId: "dd00000000000002", resource: { "steward.system": "Support desk" } };
    const answer = await post("/v1/traces", traces(CHAT, foreign), { secret });
    expect(answer.body.partialSuccess.rejectedSpans).toBe("1");
    expect(await decisionOf("dd00000000000002")).toBeUndefined();
  });

  it("is the system that it names by id or name", async () => {
    for (const [spanId, system] of [
      ["dd00000000000003", "Support desk"],
      ["dd00000000000004", systemId],
    ] as const) {
      await post("/v1/traces", traces(CHAT, { spanId, resource: { "steward.system": system, "service.name": "x" } }));
      expect((await decisionOf(spanId)).systemId).toBe(systemId);
    }
  });

  it("that is nobody's is observed, counted, and told so", async () => {
    const resource = { "service.name": "shadow-bot" };
    for (const spanId of ["dd00000000000005", "dd00000000000006"]) {
      const { status, body } = await post("/v1/traces", traces(CHAT, { spanId, resource }));
      expect(status).toBe(200);
      expect(body.partialSuccess.rejectedSpans ?? "0").toBe("0");
      expect(body.partialSuccess.errorMessage).toContain("shadow-bot");
      expect(await decisionOf(spanId)).toBeUndefined();
    }
    const { body } = await app.send("GET", "/observations", undefined, { cookie });
    expect(body.items).toMatchObject([
      { source: "otlp", provider: "openai", model: "gpt-4o", service: "shadow-bot", count: 2, systemId: null },
    ]);
  });

  it("must hold a key that may send decisions", async () => {
    const body = traces(CHAT, { spanId: "dd00000000000007" });
    const reader = await app.makeKey(cookie, ["records:read"]);
    expect(await post("/v1/traces", body, { secret: "none" })).toMatchObject({ status: 401, body: { code: 16 } });
    expect(await post("/v1/logs", body, { secret: reader })).toMatchObject({ status: 403, body: { code: 7 } });
    expect(await decisionOf("dd00000000000007")).toBeUndefined();
  });
});

describe("bad input", () => {
  const good = () => Buffer.from(JSON.stringify(traces(CHAT, { spanId: "ee00000000000001" })));
  const json = { "content-type": "application/json" };
  const gzip = { ...json, "content-encoding": "gzip" };
  const cases: [string, number, () => Buffer, Record<string, string>][] = [
    ["truncated gzip", 400, () => gzipSync(good()).subarray(0, 60), gzip],
    ["no gzip", 400, good, gzip],
    ["a gzip bomb", 413, () => gzipSync(Buffer.alloc(OTLP_INFLATED_MAX_BYTES + 1, 0x20)), gzip],
    ["a body of 100 MB", 413, () => Buffer.alloc(100 * 1024 * 1024), json],
    ["a body a byte too long", 413, () => Buffer.alloc(OTLP_BODY_MAX_BYTES + 1), {}],
    ["broken protobuf", 400, () => Buffer.from("0a05ffff", "hex"), {}],
    ["half a JSON", 400, () => good().subarray(0, 100), json],
    [
      "JSON of 10,000 levels",
      400,
      () => Buffer.from(`{"resourceSpans":${"[".repeat(10_000)}${"]".repeat(10_000)}}`),
      json,
    ],
    ["ids that are none", 400, () => Buffer.from(good().toString().replace(TRACE, "zz")), json],
    ["bad UTF-8", 400, () => Buffer.from([0x7b, 0xff, 0x7d]), json],
    ["another coding", 415, good, { ...json, "content-encoding": "br" }],
    ["another media type", 415, good, { "content-type": "text/plain" }],
  ];

  it.each(cases)("%s is refused with %i, and nothing of it is stored", async (_, status, body, headers) => {
    const before = await counts();
    const answer = await post("/v1/traces", body(), { headers });
    expect(answer.status).toBe(status);
    expect(answer.bytes.length).toBeGreaterThan(0);
    expect(await counts()).toBe(before);
    expect(await decisionOf("ee00000000000001")).toBeUndefined();
  });

  it("is answered in the encoding in which it was sent", async () => {
    const protobuf = await post("/v1/traces", Buffer.from("0a05ffff", "hex"));
    expect(protobuf.headers["content-type"]).toBe("application/x-protobuf");
    expect(protobuf.bytes[1]).toBe(3);
    const text = await post("/v1/logs", Buffer.from("{"), { headers: json });
    expect(text.body).toMatchObject({ code: 3, message: expect.stringContaining("JSON") });
  });

  it("leaves clocks of 1970 and 2100 and hostile attributes as flags and text, never as errors", async () => {
    for (const [spanId, nanoseconds] of [
      ["ee00000000000011", "1"],
      ["ee00000000000012", "4102444800000000000"],
      ["ee00000000000013", "18446744073709551615"],
    ] as const) {
      const body = traces({ ...CHAT, "gen_ai.request.model": `x\u0000\ud800${"y".repeat(999)}` }, { spanId });
      const [span] = body.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
      Object.assign(span ?? {}, { endTimeUnixNano: nanoseconds });
      const answer = await post("/v1/traces", body);
      expect([200, 400]).toContain(answer.status);
      if (answer.status === 200) expect((await decisionOf(spanId)).ai.requestModel.length).toBeLessThanOrEqual(200);
    }
  });
});
