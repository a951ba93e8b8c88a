/**
 * OpenTelemetry's conventions for generative AI, from `gen_ai.system` (2024) to `gen_ai.provider.name`, and OpenLLMetry
 * (Traceloop), which took them over and adds workflows, agents and tools of its own.
 */
import type { ContextItem, Digest, Reading, ToolCall } from "./call.ts";
import { digestOf, digestOfValue, type Message, messageOf, messagesOf, toolsOf } from "./messages.ts";
import type { Attributes, Span, TelemetryEvent, Value } from "./model.ts";
import { count, flattened, isObject, structured, text, texts } from "./reading.ts";
import { finishReasonsOf, operationOf, providerOf } from "./vocabulary.ts";

const TRACELOOP_OPERATIONS: Readonly<Record<string, string>> = {
  agent: "invoke_agent",
  workflow: "invoke_workflow",
  tool: "execute_tool",
};

const MARKS = ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.system", "gen_ai.request.model"];

/** Undefined where the span is no call of a model, a tool or an agent. */
export function readGenAi(span: Span, events: readonly TelemetryEvent[], digest: Digest): Reading | undefined {
  const { attributes } = span;
  const kind = text(attributes, "traceloop.span.kind");
  const requestType = text(attributes, "llm.request.type");
  const marked = MARKS.some((name) => attributes[name] !== undefined) || requestType !== undefined;
  const ofKind = kind === undefined ? undefined : TRACELOOP_OPERATIONS[kind];
  // A task is a step of a program, not of a model.
  if (!marked && ofKind === undefined) return undefined;
  const operation = operationOf(text(attributes, "gen_ai.operation.name") ?? requestType ?? ofKind);
  const isTraceloop = kind !== undefined || requestType !== undefined || /traceloop/.test(span.scope);
  const input = inputMessages(attributes, events);
  const output = outputMessages(attributes, events);
  const entity = text(attributes, "traceloop.entity.name");
  return {
    dialect: isTraceloop ? "traceloop" : "opentelemetry",
    provider: providerOf(text(attributes, "gen_ai.provider.name", "gen_ai.system")),
    operation,
    requestModel: text(attributes, "gen_ai.request.model", "llm.request.model"),
    responseModel: text(attributes, "gen_ai.response.model", "llm.response.model"),
    inputTokens: count(
      attributes,
      "gen_ai.usage.input_tokens",
      "gen_ai.usage.prompt_tokens",
      "llm.usage.prompt_tokens",
    ),
    outputTokens: count(
      attributes,
      "gen_ai.usage.output_tokens",
      "gen_ai.usage.completion_tokens",
      "llm.usage.completion_tokens",
    ),
    finishReasons: readFinishReasons(attributes, output),
    tools: operation === "execute_tool" ? executedTool(attributes, digest) : output && toolsOf(output, digest),
    items: retrieved(attributes, digest),
    agentId: text(attributes, "gen_ai.agent.id"),
    agentName: text(attributes, "gen_ai.agent.name") ?? (operation === "invoke_agent" ? entity : undefined),
    agentVersion: text(attributes, "gen_ai.agent.version"),
    conversationId: text(
      attributes,
      "gen_ai.conversation.id",
      "traceloop.association.properties.conversation_id",
      "traceloop.association.properties.session_id",
      "traceloop.association.properties.thread_id",
    ),
    inputDigest: digestOf(input, digest) ?? entityDigest(attributes["traceloop.entity.input"], digest),
    outputDigest: digestOf(output ?? [], digest) ?? entityDigest(attributes["traceloop.entity.output"], digest),
  };
}

/** Content stood on the span, on an event that tells all, in events of one message each, or flattened. */
function inputMessages(attributes: Attributes, events: readonly TelemetryEvent[]): Message[] {
  const instructions = structured(attributes["gen_ai.system_instructions"]);
  const told = [attributes, ...events.map((event) => event.attributes)].flatMap((from) =>
    messagesOf(from["gen_ai.input.messages"], "user"),
  );
  if (told.length > 0) return [...systemMessage(instructions), ...told];
  const single = events.flatMap((event) => {
    const role = /^gen_ai\.(system|user|assistant|tool)\.message$/.exec(event.name)?.[1];
    return role === undefined ? [] : [messageOf(bodyOf(event), role)];
  });
  if (single.length > 0) return [...systemMessage(instructions), ...single];
  return [
    ...systemMessage(instructions),
    ...flattened(attributes, "gen_ai.prompt").map((item) => promptOf(item, "user")),
  ];
}

function systemMessage(instructions: Value | undefined): Message[] {
  if (typeof instructions === "string") return [messageOf({ content: instructions }, "system")];
  return Array.isArray(instructions) ? [messageOf({ parts: instructions }, "system")] : [];
}

/** Undefined where nothing was said of the answer, not even that it was without content. */
function outputMessages(attributes: Attributes, events: readonly TelemetryEvent[]): Message[] | undefined {
  const told = [attributes, ...events.map((event) => event.attributes)].flatMap((from) =>
    messagesOf(from["gen_ai.output.messages"], "assistant"),
  );
  if (told.length > 0) return told;
  const choices = events.filter(({ name }) => name === "gen_ai.choice").map(bodyOf);
  if (choices.length > 0) {
    return choices.map((choice) => {
      const message = structured(choice["message"]);
      const finish = choice["finish_reason"];
      return messageOf(
        {
          ...choice,
          ...(isObject(message) ? message : {}),
          ...(finish === undefined ? {} : { finish_reason: finish }),
        },
        "assistant",
      );
    });
  }
  const completions = flattened(attributes, "gen_ai.completion");
  return completions.length > 0 ? completions.map((item) => promptOf(item, "assistant")) : undefined;
}

/** `gen_ai.completion.0.tool_calls.0.name` and its like. */
function promptOf(item: Attributes, role: string): Message {
  return messageOf({ ...item, tool_calls: flattened(item, "tool_calls") }, role);
}

/** As a log record, an event's content is its body; on a span it stands in attributes. */
function bodyOf({ attributes, body }: TelemetryEvent): { readonly [key: string]: Value } {
  return isObject(body) ? body : attributes;
}

function readFinishReasons(attributes: Attributes, output: readonly Message[] | undefined): string[] | undefined {
  return (
    finishReasonsOf(texts(attributes["gen_ai.response.finish_reasons"])) ??
    finishReasonsOf((output ?? []).flatMap(({ finishReason }) => finishReason ?? [])) ??
    finishReasonsOf(texts(attributes["llm.response.finish_reason"]))
  );
}

function executedTool(attributes: Attributes, digest: Digest): ToolCall[] | undefined {
  const name = text(attributes, "gen_ai.tool.name", "traceloop.entity.name");
  if (name === undefined) return undefined;
  const given = structured(attributes["gen_ai.tool.call.arguments"] ?? attributes["traceloop.entity.input"]);
  return [{ name, argumentHash: entityDigest(given, digest) }];
}

function retrieved(attributes: Attributes, digest: Digest): ContextItem[] | undefined {
  const documents = structured(attributes["gen_ai.retrieval.documents"]);
  if (!Array.isArray(documents)) return undefined;
  const sourceId = text(attributes, "gen_ai.data_source.id");
  return documents.filter(isObject).map(({ id, content }) => ({
    kind: "retrieval",
    sourceId,
    uriOrKey: typeof id === "string" ? id : undefined,
    contentHash: entityDigest(content, digest),
  }));
}

function entityDigest(value: Value | undefined, digest: Digest): string | undefined {
  const given = structured(value);
  return given === undefined || given === null || given === "" ? undefined : digestOfValue(given, digest);
}
