/** OpenInference (Arize Phoenix): a span's kind says what it is; lists are flattened into attributes. */
import type { ContextItem, Digest, Reading, ToolCall } from "./call.ts";
import { digestOf, digestOfValue, factsOfMessage, type MessageFacts, messageOf } from "./messages.ts";
import type { Attributes, Span, Value } from "./model.ts";
import { count, flattened, isObject, structured, text, texts } from "./reading.ts";
import { finishReasonsOf, providerOf } from "./vocabulary.ts";

const OPERATIONS: Readonly<Record<string, string>> = {
  EMBEDDING: "embeddings",
  AGENT: "invoke_agent",
  TOOL: "execute_tool",
  RETRIEVER: "retrieval",
  RERANKER: "rerank",
  GUARDRAIL: "guardrail",
  EVALUATOR: "evaluate",
};

/** Undefined where the span is no call of a model, a tool or an agent: a chain only holds others together. */
export function readOpenInference(span: Span, digest: Digest): Reading | undefined {
  const { attributes } = span;
  const kind = text(attributes, "openinference.span.kind")?.toUpperCase();
  if (kind === undefined || (kind !== "LLM" && OPERATIONS[kind] === undefined)) return undefined;
  const input = messages(attributes, "llm.input_messages", "user", digest);
  const output = messages(attributes, "llm.output_messages", "assistant", digest);
  const isModelCall = kind === "LLM" || kind === "EMBEDDING";
  return {
    dialect: "openinference",
    provider: isModelCall ? providerOf(text(attributes, "llm.provider", "llm.system")) : undefined,
    operation: OPERATIONS[kind] ?? modelOperation(attributes),
    ...models(attributes),
    inputTokens: count(attributes, "llm.token_count.prompt"),
    outputTokens: count(attributes, "llm.token_count.completion"),
    finishReasons: finishReasonsOf(texts(attributes["llm.finish_reason"])),
    tools:
      kind === "TOOL"
        ? executedTool(attributes, digest)
        : output.length > 0
          ? output.flatMap(({ tools }) => tools)
          : undefined,
    items: retrieved(attributes, digest),
    agentId: undefined,
    agentName: text(attributes, "agent.name") ?? (kind === "AGENT" ? text({ name: span.name }, "name") : undefined),
    agentVersion: undefined,
    conversationId: text(attributes, "session.id"),
    inputDigest: digestOf(input, digest) ?? valueDigest(attributes["input.value"], digest),
    outputDigest: digestOf(output, digest) ?? valueDigest(attributes["output.value"], digest),
  };
}

function modelOperation(attributes: Attributes): string | undefined {
  const has = (prefix: string) => Object.keys(attributes).some((name) => name.startsWith(prefix));
  if (has("llm.input_messages.")) return "chat";
  return has("llm.prompts.") ? "text_completion" : undefined;
}

/**
 * `llm.model_name` is first the model that was asked for, and then, with some instrumentations, the one that answered. It
 * is the answering one only where it differs from what was asked for.
 */
function models(attributes: Attributes): Pick<Reading, "requestModel" | "responseModel"> {
  const parameters = structured(attributes["llm.invocation_parameters"]);
  const given = isObject(parameters) ? text(parameters, "model", "model_name", "model_id", "modelId") : undefined;
  const asked = text(attributes, "llm.request.model_name") ?? given;
  const named = text(attributes, "llm.model_name", "embedding.model_name", "reranker.model_name");
  return {
    requestModel: asked ?? named,
    responseModel:
      text(attributes, "llm.response.model_name") ?? (asked !== undefined && named !== asked ? named : undefined),
  };
}

function messages(attributes: Attributes, prefix: string, role: string, digest: Digest): MessageFacts[] {
  return flattened(attributes, prefix).map((item) => {
    const calls = flattened(item, "message.tool_calls").map((call) => ({
      name: call["tool_call.function.name"] ?? null,
      arguments: call["tool_call.function.arguments"] ?? null,
    }));
    const contents = flattened(item, "message.contents").map((part) => ({
      text: part["message_content.text"] ?? null,
    }));
    const message = messageOf(
      {
        role: item["message.role"] ?? null,
        content: item["message.content"] ?? null,
        tool_calls: calls,
        parts: contents,
      },
      role,
    );
    return factsOfMessage(message, digest);
  });
}

function executedTool(attributes: Attributes, digest: Digest): ToolCall[] | undefined {
  const name = text(attributes, "tool.name");
  if (name === undefined) return undefined;
  const argumentHash = valueDigest(attributes["input.value"] ?? attributes["tool.parameters"], digest);
  return [{ name, ...(argumentHash === undefined ? {} : { argumentHash }) }];
}

function retrieved(attributes: Attributes, digest: Digest): ContextItem[] | undefined {
  const documents = flattened(attributes, "retrieval.documents");
  if (documents.length === 0) return undefined;
  return documents.map((document) => ({
    kind: "retrieval",
    sourceId: undefined,
    uriOrKey: text(document, "document.id"),
    contentHash: valueDigest(document["document.content"], digest),
  }));
}

function valueDigest(value: Value | undefined, digest: Digest): string | undefined {
  const given = structured(value);
  return given === undefined || given === null || given === "" ? undefined : digestOfValue(given, digest);
}
