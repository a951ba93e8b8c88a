/** The wrappers with the real packages of npm. */
import Anthropic from "@anthropic-ai/sdk";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { tool } from "@langchain/core/tools";
import { stewardCallbacks, stewardMiddleware, watchAnthropic, watchOpenAI } from "@steward/sdk";
import { generateText, simulateReadableStream, streamText, wrapLanguageModel } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";

import { connected } from "./support/connection.ts";
import { ANSWER, startModelService } from "./support/model-service.ts";

let service: Awaited<ReturnType<typeof startModelService>>;

beforeAll(async () => {
  service = await startModelService();
});

afterAll(() => service.close());

const PROMPT = "secret prompt";
const messages = [{ role: "user" as const, content: PROMPT }];

/** A connection, and what it sent once everything has been flushed; nothing of the content may be in it. */
async function watched() {
  const { steward, server } = await connected();
  return {
    steward,
    async sent() {
      await steward.flush();
      expect(server.received.map(({ body }) => body).join("")).not.toMatch(/secret/);
      expect(steward.health()).toMatchObject({ rejected: 0, lastProblem: null });
      return [...server.decisions.values()];
    },
  };
}

const digests = { inputDigest: expect.stringMatching(/^sha256:/), outputDigest: expect.stringMatching(/^sha256:/) };

describe("OpenAI's client", () => {
  const open = async () => {
    const { steward, sent } = await watched();
    const client = new OpenAI({ apiKey: "k", baseURL: `${service.url}/v1`, maxRetries: 0 });
    return { client: watchOpenAI(steward, client, { promptVersion: "3" }), sent };
  };
  const chat = { provider: "openai", operation: "chat", requestModel: "gpt-alias", responseModel: "gpt-real-1" };

  it("chat: one decision, and the answer untouched", async () => {
    const { client, sent } = await open();
    const answer = await client.chat.completions.create({ model: "gpt-alias", messages });
    expect(answer.choices[0]?.message.content).toBe(ANSWER);
    expect(await sent()).toMatchObject([
      {
        outcome: "stop",
        promptVersion: "3",
        toolsCalled: [],
        ...digests,
        ai: { ...chat, inputTokens: 11, outputTokens: 7, finishReasons: ["stop"] },
      },
    ]);
  });

  it("a tool call names the tool, not its arguments", async () => {
    const { client, sent } = await open();
    const tools = [{ type: "function" as const, function: { name: "look_up", parameters: {} } }];
    await client.chat.completions.create({ model: "gpt-alias", messages, tools });
    expect(await sent()).toMatchObject([{ outcome: "tool_calls", toolsCalled: ["look_up"] }]);
  });

  it("a stream is passed on chunk by chunk and recorded at its end", async () => {
    const { client, sent } = await open();
    const stream = await client.chat.completions.create({ model: "gpt-alias", messages, stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe(ANSWER);
    expect(await sent()).toMatchObject([
      { outcome: "stop", ...digests, ai: { ...chat, inputTokens: 11, outputTokens: 7 } },
    ]);
  });

  it("a stream that its reader leaves, and one that breaks off, are recorded as such", async () => {
    const { client, sent } = await open();
    for await (const chunk of await client.chat.completions.create({ model: "gpt-alias", messages, stream: true })) {
      expect(chunk.model).toBe("gpt-real-1");
      break;
    }
    const cut = await client.chat.completions.create({ model: "cut", messages, stream: true });
    await expect(async () => {
      for await (const chunk of cut) expect(chunk.model).toBe("gpt-real-1");
    }).rejects.toThrow();
    expect((await sent()).map(({ outcome }) => outcome)).toEqual(["abandoned", "error"]);
  });

  it("the library's own helpers are recorded once, and go on working", async () => {
    const { client, sent } = await open();
    expect(await client.chat.completions.stream({ model: "gpt-alias", messages }).finalContent()).toBe(ANSWER);
    const parsed = await client.chat.completions.parse({ model: "gpt-alias", messages });
    expect(parsed.choices[0]?.message.content).toBe(ANSWER);
    const { data, response } = await client.chat.completions.create({ model: "gpt-alias", messages }).withResponse();
    expect([data.model, response.status]).toEqual(["gpt-real-1", 200]);
    const raw = await client.chat.completions.create({ model: "gpt-alias", messages }).asResponse();
    expect(((await raw.json()) as { model: string }).model).toBe("gpt-real-1");
    expect((await sent()).map(({ outcome }) => outcome)).toEqual(["stop", "stop", "stop", "completed"]);
  });

  it("responses and embeddings", async () => {
    const { client, sent } = await open();
    expect((await client.responses.create({ model: "gpt-alias", input: PROMPT })).output_text).toBe(ANSWER);
    for await (const event of await client.responses.create({ model: "gpt-alias", input: PROMPT, stream: true })) {
      expect(event.type).toMatch(/^response\./);
    }
    await client.embeddings.create({ model: "embedder", input: PROMPT, encoding_format: "float" });
    expect(await sent()).toMatchObject([
      { outcome: "completed", ...digests, ai: { responseModel: "gpt-real-2", outputTokens: 7 } },
      { outcome: "completed", ...digests, ai: { responseModel: "gpt-real-2", outputTokens: 7 } },
      { outcome: "completed", ai: { operation: "embeddings", responseModel: "embedder-1", inputTokens: 4 } },
    ]);
  });

  it("an error is the caller's as it was, and recorded by its class alone", async () => {
    const { client, sent } = await open();
    await expect(client.chat.completions.create({ model: "broken", messages })).rejects.toThrow(OpenAI.BadRequestError);
    expect(await sent()).toMatchObject([
      { outcome: "error", ai: { error: "BadRequestError 400", requestModel: "broken" } },
    ]);
  });
});

describe("Anthropic's client", () => {
  const ai = {
    provider: "anthropic",
    operation: "chat",
    requestModel: "claude",
    responseModel: "claude-real-1",
    inputTokens: 11,
    outputTokens: 7,
  };
  const asked = { model: "claude", max_tokens: 10, messages, system: "secret rules" };
  const open = async () => {
    const { steward, sent } = await watched();
    return {
      client: watchAnthropic(steward, new Anthropic({ apiKey: "k", baseURL: service.url, maxRetries: 0 })),
      sent,
    };
  };

  it("a message, streamed, and by the helper", async () => {
    const { client, sent } = await open();
    expect((await client.messages.create(asked)).content[0]).toMatchObject({ text: ANSWER });
    for await (const event of await client.messages.create({ ...asked, stream: true }))
      expect(event.type).toBeTypeOf("string");
    expect(await client.messages.stream(asked).finalText()).toBe(ANSWER);
    const each = { outcome: "tool_use", toolsCalled: ["look_up"], ...digests, ai };
    expect(await sent()).toMatchObject([each, each, each]);
  });

  it("an error", async () => {
    const { client, sent } = await open();
    await expect(client.messages.create({ ...asked, model: "broken" })).rejects.toThrow(Anthropic.BadRequestError);
    expect(await sent()).toMatchObject([{ outcome: "error", ai: { error: "BadRequestError 400" } }]);
  });
});

describe("the AI SDK's middleware", () => {
  const usage = {
    inputTokens: { total: 11, noCache: 11, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 7, text: 7, reasoning: undefined },
  };
  const finishReason = { unified: "stop" as const, raw: "stop" };
  const chunks = [
    { type: "stream-start" as const, warnings: [] },
    { type: "response-metadata" as const, modelId: "real-1" },
    { type: "text-start" as const, id: "1" },
    { type: "text-delta" as const, id: "1", delta: ANSWER },
    { type: "text-end" as const, id: "1" },
    { type: "finish" as const, usage, finishReason },
  ];

  it("generates, streams and fails", async () => {
    const { steward, sent } = await watched();
    const content = [{ type: "text" as const, text: ANSWER }];
    const model = new MockLanguageModelV4({
      provider: "acme",
      modelId: "alias",
      doGenerate: async () => ({ content, finishReason, usage, warnings: [], response: { modelId: "real-1" } }),
      doStream: async () => ({ stream: simulateReadableStream({ chunks }) }),
    });
    const wrapped = wrapLanguageModel({ model, middleware: stewardMiddleware(steward) });
    expect((await generateText({ model: wrapped, prompt: PROMPT })).text).toBe(ANSWER);
    expect(await streamText({ model: wrapped, prompt: PROMPT }).text).toBe(ANSWER);
    const broken = new MockLanguageModelV4({ doGenerate: () => Promise.reject(new TypeError("secret")) });
    const failing = wrapLanguageModel({ model: broken, middleware: stewardMiddleware(steward) });
    await expect(generateText({ model: failing, prompt: PROMPT, maxRetries: 0 })).rejects.toThrow("secret");
    const ai = {
      provider: "acme",
      operation: "chat",
      requestModel: "alias",
      responseModel: "real-1",
      inputTokens: 11,
      outputTokens: 7,
    };
    const each = { outcome: "stop", ...digests, ai };
    expect(await sent()).toMatchObject([each, each, { outcome: "error", ai: { error: "TypeError" } }]);
  });
});

describe("LangChain's callbacks", () => {
  it("a model, streamed or not, a tool, and their errors", async () => {
    const { steward, sent } = await watched();
    const callbacks = [stewardCallbacks(steward)];
    const model = new FakeListChatModel({ responses: [ANSWER] });
    expect((await model.invoke(PROMPT, { callbacks })).content).toBe(ANSWER);
    let text = "";
    for await (const chunk of await model.stream(PROMPT, { callbacks })) text += chunk.content;
    expect(text).toBe(ANSWER);
    const lookUp = tool(({ q }) => `secret of ${q}`, {
      name: "look_up",
      description: "…",
      schema: z.object({ q: z.string() }),
    });
    await lookUp.invoke({ q: "secret" }, { callbacks });
    const breaks = tool(() => Promise.reject(new RangeError("secret")), {
      name: "breaks",
      description: "…",
      schema: z.object({}),
    });
    await expect(breaks.invoke({}, { callbacks })).rejects.toThrow("secret");
    const [first, second, third, fourth] = await sent();
    expect(first).toMatchObject({
      outcome: "completed",
      ...digests,
      ai: { operation: "chat", runId: expect.any(String) },
    });
    expect(second).toMatchObject({ ...digests, ai: { operation: "chat" } });
    expect(third).toMatchObject({
      outcome: "completed",
      ...digests,
      ai: { operation: "execute_tool", agent: { name: "look_up" } },
    });
    expect(fourth).toMatchObject({ outcome: "error", ai: { operation: "execute_tool", error: "RangeError" } });
  });
});

describe("watch", () => {
  it("records a function that answers at once, later, or bit by bit, and answers what it answers", async () => {
    const { steward, sent } = await watched();
    const classify = steward.watch((text: string) => (text.length > 3 ? "long" : "short"));
    const later = steward.watch(async (score: number) => ({ band: "upper", score }), {
      decision: ({ band, score }) => ({ outcome: band, score, attributes: { region: "EU" } }),
    });
    async function* talk() {
      yield "secret";
      yield "words";
    }
    const talking = steward.watch(talk);
    expect(classify("secret prompt")).toBe("long");
    expect(await later(0.7)).toEqual({ band: "upper", score: 0.7 });
    const said: string[] = [];
    for await (const word of talking()) said.push(word);
    expect(said).toEqual(["secret", "words"]);
    expect(await sent()).toMatchObject([
      { outcome: "long", ...digests },
      { outcome: "upper", score: 0.7, attributes: { region: "EU" }, ...digests },
      { outcome: "completed", ...digests },
    ]);
  });

  it("lets errors through, and keeps its own to itself", async () => {
    const { steward, server, problems } = await connected();
    const throws = steward.watch(() => {
      throw new RangeError("secret");
    });
    const rejects = steward.watch(async () => Promise.reject(new TypeError("secret")));
    const odd = steward.watch(() => 1, {
      decision() {
        throw new Error("secret");
      },
    });
    expect(throws).toThrow(RangeError);
    await expect(rejects()).rejects.toThrow(TypeError);
    expect(odd()).toBe(1);
    await steward.flush();
    expect([...server.decisions.values()].map(({ ai }) => ai)).toEqual([
      { error: "RangeError" },
      { error: "TypeError" },
    ]);
    expect(problems).toMatchObject([{ code: "wrapper" }]);
  });
});

describe("outcome", () => {
  it("is told after its decision, and waits with it while the server is away", async () => {
    const { steward, server } = await connected();
    server.answerWith(() => ({ status: 503 }));
    const id = steward.record({ outcome: "upper" });
    steward.outcome(id, "lower");
    steward.outcome("other", { outcome: "upper", observedAt: "2026-03-01T00:00:00Z", source: "audit" });
    await steward.flush();
    server.answerWith(() => undefined);
    await vi.waitFor(() => expect(server.outcomes).toHaveLength(2), { timeout: 20_000 });
    expect(server.outcomes).toMatchObject([
      { decision: id, system: "Ranker", outcome: "lower", observedAt: expect.stringMatching(/Z$/) },
      { decision: "other", outcome: "upper", observedAt: "2026-03-01T00:00:00Z", source: "audit" },
    ]);
    expect(server.decisions.has(id)).toBe(true);
  });
});
