/** Older and present conventions, agents and tools, as their documents and libraries write them. */
import type { Call, LogRecord } from "@steward/telemetry";
import { normaliseEvaluation, readEvent, sourceOf, supplierOf, withEvents } from "@steward/telemetry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { digestOf, normalised, sha256, span } from "./support.ts";

const question = digestOf({ role: "user", content: "Hello?" });
const answer = digestOf({ role: "assistant", content: "Hello." });

describe("OpenTelemetry's conventions", () => {
  it.each([
    [{ "gen_ai.system": "az.ai.openai" }, "azure.ai.openai"],
    [{ "gen_ai.system": "vertex_ai" }, "gcp.vertex_ai"],
    [{ "gen_ai.system": "xai" }, "x_ai"],
    [{ "gen_ai.provider.name": "anthropic" }, "anthropic"],
    [{ "gen_ai.provider.name": "aws.bedrock", "gen_ai.system": "anthropic" }, "aws.bedrock"],
    [{ "gen_ai.request.model": "m" }, undefined],
  ])("name the provider in %j", (attributes, provider) => {
    expect(normalised(attributes)?.provider).toBe(provider);
  });

  it("tell messages on the span, on one event, or in an event each", () => {
    const marked = { "gen_ai.operation.name": "chat" };
    const sent = [{ role: "user", parts: [{ type: "text", content: "Hello?" }] }];
    const said = [{ role: "assistant", parts: [{ type: "text", content: "Hello." }], finish_reason: "end_turn" }];
    const attributes = { "gen_ai.input.messages": sent, "gen_ai.output.messages": JSON.stringify(said) };
    const expected = { inputDigest: question, outputDigest: answer, finishReasons: ["stop"], tools: [] };
    expect(normalised({ ...marked, ...attributes })).toMatchObject(expected);
    const details = { name: "gen_ai.client.inference.operation.details", attributes, body: null };
    expect(normalised(marked, { events: [details] })).toMatchObject(expected);
    const events = [
      { name: "gen_ai.user.message", attributes: { content: "Hello?" }, body: null },
      { name: "gen_ai.choice", attributes: {}, body: { finish_reason: "stop", message: { content: "Hello." } } },
    ];
    expect(normalised(marked, { events })).toMatchObject(expected);
    const later = events.flatMap((event) => readEvent(event, sha256) ?? []);
    expect(withEvents(normalised(marked) as Call, later, sha256)).toMatchObject(expected);
  });

  it("tell agents, their tools, and what they belong to", () => {
    const agent = { "gen_ai.agent.id": "a-1", "gen_ai.agent.name": "Planner", "gen_ai.agent.version": "2" };
    const run = { "gen_ai.operation.name": "invoke_agent", ...agent, "gen_ai.conversation.id": "c-9" };
    expect(normalised(run, { parentSpanId: "00f067aa0ba902b7" })).toMatchObject({
      operation: "invoke_agent",
      agentId: "a-1",
      agentName: "Planner",
      agentVersion: "2",
      conversationId: "c-9",
      parentSpanId: "00f067aa0ba902b7",
      tools: undefined,
    });
    const tool = { "gen_ai.tool.name": "search", "gen_ai.tool.call.arguments": '{"q": "x"}' };
    expect(normalised({ "gen_ai.operation.name": "execute_tool", ...tool })).toMatchObject({
      operation: "execute_tool",
      tools: [{ name: "search", argumentHash: sha256('{"q":"x"}') }],
    });
    const documents = { "gen_ai.data_source.id": "kb", "gen_ai.retrieval.documents": '[{"id":"7","content":"text"}]' };
    expect(normalised({ "gen_ai.operation.name": "retrieval", ...documents })?.items).toEqual([
      { kind: "retrieval", sourceId: "kb", uriOrKey: "7", contentHash: sha256('"text"') },
    ]);
  });

  it("tell the result of an evaluation", () => {
    const attributes = {
      "gen_ai.evaluation.name": "Relevance",
      "gen_ai.evaluation.score.value": 0.8,
      "gen_ai.evaluation.score.label": "relevant",
      "gen_ai.evaluation.explanation": "It speaks of a person.",
    };
    const record: LogRecord = { ...span({}), at: 1n, body: null, name: "gen_ai.evaluation.result", attributes };
    const told = normaliseEvaluation(record);
    expect(told).toMatchObject({ name: "Relevance", score: 0.8, label: "relevant", spanId: record.spanId });
    expect(JSON.stringify(told)).not.toContain("person");
    expect(normaliseEvaluation({ ...record, name: "gen_ai.choice" })).toBeUndefined();
  });

  it("name the sender as it names itself", () => {
    expect(sourceOf({ "steward.system": "Desk", "service.name": "desk-api", "service.version": 2 })).toEqual({
      system: "Desk",
      release: undefined,
      service: "desk-api",
      serviceVersion: undefined,
    });
    expect([supplierOf("aws.bedrock"), supplierOf("gcp.gemini"), supplierOf("openai")]).toEqual([
      "aws",
      "google",
      "openai",
    ]);
  });
});

describe("OpenLLMetry", () => {
  it("tells a call in its first convention", () => {
    const call = normalised({
      "llm.request.type": "chat",
      "gen_ai.system": "OpenAI",
      "gen_ai.request.model": "gpt-4",
      "gen_ai.response.model": "gpt-4-0613",
      "gen_ai.usage.prompt_tokens": 8,
      "gen_ai.usage.completion_tokens": 3,
      "llm.usage.total_tokens": 11,
      "gen_ai.prompt.0.role": "user",
      "gen_ai.prompt.0.content": "Hello?",
      "gen_ai.completion.0.role": "assistant",
      "gen_ai.completion.0.content": "Hello.",
      "gen_ai.completion.0.finish_reason": "tool_calls",
      "gen_ai.completion.0.tool_calls.0.name": "search",
      "gen_ai.completion.0.tool_calls.0.arguments": "{}",
      "traceloop.association.properties.session_id": "s-1",
    });
    expect(call).toMatchObject({
      dialect: "traceloop",
      provider: "openai",
      operation: "chat",
      responseModel: "gpt-4-0613",
      inputTokens: 8,
      outputTokens: 3,
      finishReasons: ["tool_call"],
      tools: [{ name: "search", argumentHash: sha256("{}") }],
      inputDigest: question,
      conversationId: "s-1",
    });
  });

  it("tells agents, workflows and tools, and leaves tasks to the program", () => {
    const entity = { "traceloop.entity.name": "planner", "traceloop.entity.input": '{"a":1}' };
    expect(normalised({ "traceloop.span.kind": "agent", ...entity })).toMatchObject({
      operation: "invoke_agent",
      agentName: "planner",
      inputDigest: sha256('{"a":1}'),
    });
    expect(normalised({ "traceloop.span.kind": "tool", ...entity })?.tools).toEqual([
      { name: "planner", argumentHash: sha256('{"a":1}') },
    ]);
    expect(normalised({ "traceloop.span.kind": "task", ...entity })).toBeUndefined();
  });
});

describe("OpenInference", () => {
  it("tells the model that answered apart from the one asked for, where it says both", () => {
    const llm = { "openinference.span.kind": "LLM" };
    const models = (attributes: object) => {
      const call = normalised({ ...llm, ...attributes });
      return [call?.requestModel, call?.responseModel];
    };
    expect(models({ "llm.model_name": "m" })).toEqual(["m", undefined]);
    expect(models({ "llm.model_name": "m-1", "llm.invocation_parameters": '{"model":"m"}' })).toEqual(["m", "m-1"]);
    expect(models({ "llm.request.model_name": "m", "llm.response.model_name": "m" })).toEqual(["m", "m"]);
  });

  it("tells agents, tools and what was retrieved, and leaves chains out", () => {
    expect(normalised({ "openinference.span.kind": "AGENT", "agent.name": "Planner" })?.agentName).toBe("Planner");
    const tool = { "openinference.span.kind": "TOOL", "tool.name": "search", "input.value": '{"q":1}' };
    expect(normalised(tool)?.tools).toEqual([{ name: "search", argumentHash: sha256('{"q":1}') }]);
    const documents = { "retrieval.documents.0.document.id": "7", "retrieval.documents.0.document.content": "text" };
    expect(normalised({ "openinference.span.kind": "RETRIEVER", ...documents })).toMatchObject({
      operation: "retrieval",
      items: [{ uriOrKey: "7", contentHash: sha256('"text"') }],
    });
    expect(normalised({ "openinference.span.kind": "CHAIN" })).toBeUndefined();
  });
});

describe("any span", () => {
  const NAMES = [
    "gen_ai.operation.name",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.response.finish_reasons",
    "gen_ai.prompt.0.content",
    "gen_ai.completion.99999.tool_calls.0.name",
    "openinference.span.kind",
    "llm.invocation_parameters",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
    "retrieval.documents.0.document.content",
    "traceloop.span.kind",
    "error.type",
  ];
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 4 }),
    fc.json(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("LLM", "agent", "\ud800", `${"[".repeat(10_000)}${"]".repeat(10_000)}`, `{"a":`.repeat(2000)),
  );

  it("is read or left out, whatever its attributes hold", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...NAMES), value), (attributes) => {
        const call = normalised(attributes as never);
        for (const digest of [call?.inputDigest, call?.outputDigest]) {
          if (digest !== undefined) expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("that is no call of a model is left out", () => {
    expect(normalised({ "http.request.method": "GET", "db.system.name": "postgresql" })).toBeUndefined();
  });
});
