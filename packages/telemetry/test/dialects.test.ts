/**
 * The same call in all dialects, as the real instrumentations told of it. What one of them does not send is written down
 * here, field by field: everything else must be the same.
 */
import { canonicalJson } from "@steward/kernel";
import type { Call } from "@steward/telemetry";
import { describe, expect, it } from "vitest";

import { callOf, digestOf, recorded, sha256 } from "./support.ts";

const INPUT = digestOf(
  { role: "system", content: "You answer in one word." },
  { role: "user", content: "What is the capital of France?" },
);
const OUTPUT = digestOf({ role: "assistant", content: "Paris" });
const TOOL_CALL = { name: "find_city", arguments: { country: "France" } };

const chat: Partial<Call> = {
  provider: "openai",
  operation: "chat",
  requestModel: "gpt-4o",
  responseModel: "gpt-4o-2024-08-06",
  inputTokens: 21,
  outputTokens: 5,
  finishReasons: ["stop"],
  tools: [],
  inputDigest: INPUT,
  outputDigest: OUTPUT,
  error: undefined,
  items: undefined,
  agentName: undefined,
  conversationId: undefined,
  parentSpanId: undefined,
};
const tool: Partial<Call> = {
  ...chat,
  finishReasons: ["tool_call"],
  tools: [{ name: TOOL_CALL.name, argumentHash: sha256(canonicalJson(TOOL_CALL.arguments)) }],
  outputDigest: digestOf({ role: "assistant", content: "", toolCalls: [TOOL_CALL] }),
};
const nothingOfContent = { inputDigest: undefined, outputDigest: undefined };

const expected: [dialect: string, scenario: string, Partial<Call>][] = [
  ["opentelemetry-content", "chat", chat],
  ["traceloop", "chat", chat],
  ["openinference", "chat", chat],
  // Content is left out unless it is asked for.
  ["opentelemetry", "chat", { ...chat, ...nothingOfContent }],

  ["opentelemetry-content", "stream", chat],
  // It counts no tokens of a stream.
  ["traceloop", "stream", { ...chat, inputTokens: undefined, outputTokens: undefined }],
  // It reads neither model nor usage from a stream.
  ["openinference", "stream", { ...chat, inputTokens: undefined, outputTokens: undefined, responseModel: undefined }],
  ["opentelemetry", "stream", { ...chat, ...nothingOfContent }],

  ["opentelemetry-content", "tool", tool],
  ["traceloop", "tool", tool],
  ["openinference", "tool", tool],
  ["opentelemetry", "tool", { ...tool, ...nothingOfContent, tools: [{ name: TOOL_CALL.name }] }],
];

describe("the same call", () => {
  it.each(expected)("is told by %s (%s) as by the others", (dialect, scenario, call) => {
    expect(callOf(dialect, scenario)).toMatchObject(call);
  });

  it("is an embedding where it is one", () => {
    const embedding = {
      provider: "openai",
      operation: "embeddings",
      requestModel: "text-embedding-3-small",
      finishReasons: undefined,
      tools: undefined,
    };
    const answered = { responseModel: "text-embedding-3-small", inputTokens: 1 };
    expect(callOf("opentelemetry", "embeddings")).toMatchObject({ ...embedding, ...answered });
    // It tells neither who answered nor the usage. Traceloop's does not see embeddings at all.
    const told = { ...embedding, responseModel: undefined, inputTokens: undefined };
    expect(callOf("openinference", "embeddings")).toMatchObject(told);
  });

  it("is a failure where it failed, without what the error said", () => {
    // The other two never end the span of a call that failed.
    const call = callOf("opentelemetry", "error");
    expect(call).toMatchObject({
      operation: "chat",
      requestModel: "gpt-4o-error",
      responseModel: undefined,
      error: "RateLimitError",
      finishReasons: undefined,
      tools: undefined,
    });
    expect(call.endedAt).toBeGreaterThan(call.startedAt);
  });

  it("keeps no content anywhere", () => {
    for (const [dialect, scenario] of expected) {
      const text = JSON.stringify(callOf(dialect, scenario), (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      );
      expect(text).not.toMatch(/capital|France|Paris|one word/);
    }
  });

  it("names its sender", () => {
    const { spans } = recorded("traceloop", "chat");
    expect(spans[0]?.resource).toMatchObject({ "service.name": "support-desk", "service.version": "1.0" });
  });
});
