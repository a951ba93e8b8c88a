/**
 * OpenTelemetry's conventions for generative AI, from `gen_ai.system` (2024) to `gen_ai.provider.name`, and OpenLLMetry
 * (Traceloop), which took them over and adds workflows, agents and tools of its own.
 */
import type { ContextItem, Digest, MessageReading, Reading, ToolCall } from "./call.ts";
import {
  digestOf,
  digestOfValue,
  factsOfMessage,
  type Message,
  type MessageFacts,
  messageOf,
  messagesOf,
} from "./messages.ts";
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
export function readGenAi(span: Span, digest: Digest): Reading | undefined {
  const { attributes, events } = span;
  const kind = text(attributes, "traceloop.span.kind");
  const requestType = text(attributes, "llm.request.type");
  const marked = MARKS.some((name) => attributes[name] !== undefined) || requestType !== undefined;
  const ofKind = kind === undefined ? undefined : TRACELOOP_OPERATIONS[kind];
  // A task is a step of a program, not of a model.
  if (!marked && ofKind === undefined) return undefined;
  const operation = operationOf(text(attributes, "gen_ai.operation.name") ?? requestType ?? ofKind);
  const isTraceloop = kind !== undefined || requestType !== undefined || /traceloop/.test(span.scope);
  const read = factsOf(
    [messagesOn(attributes, digest), ...events.flatMap((event) => readEvent(event, digest) ?? [])],
    digest,
  );
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
    finishReasons: finishReasonsOf(texts(attributes["gen_ai.response.finish_reasons"])) ?? read.finishReasons,
    tools: operation === "execute_tool" ? executedTool(attributes, digest) : read.tools,
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
    inputDigest: read.inputDigest ?? entityDigest(attributes["traceloop.entity.input"], digest),
    outputDigest: read.outputDigest ?? entityDigest(attributes["traceloop.entity.output"], digest),
  };
}

/** The messages that an event tells of; content is gone. */
export interface CallEvent {
  /** When it was told, as RFC 3339 in UTC with six fractional digits; left out where the sender did not say. */
  readonly at?: string;
  readonly input: readonly MessageFacts[];
  /** Null where nothing was said of the answer, not even that it was without content. */
  readonly output: readonly MessageFacts[] | null;
}

/** What the messages of a call tell, in the order in which they were sent. */
export function factsOf(told: readonly CallEvent[], digest: Digest): MessageReading {
  const events = inOrder(told);
  const input = events.flatMap((event) => event.input);
  const answered = events.some((event) => event.output !== null);
  const output = events.flatMap((event) => event.output ?? []);
  return {
    finishReasons: finishReasonsOf(output.flatMap(({ finishReason }) => finishReason ?? [])),
    tools: answered ? output.flatMap(({ tools }) => tools) : undefined,
    inputDigest: digestOf(input, digest),
    outputDigest: digestOf(output, digest),
  };
}

/** By their time, where all have one: requests overtake each other. Else as they came. */
function inOrder(events: readonly CallEvent[]): readonly CallEvent[] {
  if (events.some(({ at }) => at === undefined)) return events;
  return events.toSorted(
    (a, b) => Number((a.at as string) > (b.at as string)) - Number((a.at as string) < (b.at as string)),
  );
}

/** Undefined where the event tells of no messages. */
export function readEvent(event: TelemetryEvent, digest: Digest): CallEvent | undefined {
  if (event.name === "gen_ai.client.inference.operation.details") return messagesOn(event.attributes, digest);
  const role = /^gen_ai\.(system|user|assistant|tool)\.message$/.exec(event.name)?.[1];
  if (role !== undefined) return { input: [factsOfMessage(messageOf(bodyOf(event), role), digest)], output: null };
  if (event.name !== "gen_ai.choice") return undefined;
  const { message: inner, ...choice } = bodyOf(event);
  const message = structured(inner);
  // What the choice says of its end holds, whatever the message in it says.
  const whole = { ...(isObject(message) ? message : {}), ...choice };
  return { input: [], output: [factsOfMessage(messageOf(whole, "assistant"), digest)] };
}

/** Messages as attributes: lists, or flattened as they were before attributes could hold any. */
function messagesOn(attributes: Attributes, digest: Digest): CallEvent {
  const facts = (messages: readonly Message[]) => messages.map((message) => factsOfMessage(message, digest));
  const told = messagesOf(attributes["gen_ai.input.messages"], "user");
  const input = told.length > 0 ? told : flattened(attributes, "gen_ai.prompt").map((item) => promptOf(item, "user"));
  const said = messagesOf(attributes["gen_ai.output.messages"], "assistant");
  const completions = flattened(attributes, "gen_ai.completion").map((item) => promptOf(item, "assistant"));
  const output = said.length > 0 ? said : completions;
  return {
    input: facts([...systemMessage(structured(attributes["gen_ai.system_instructions"])), ...input]),
    output: output.length > 0 ? facts(output) : null,
  };
}

function systemMessage(instructions: Value | undefined): Message[] {
  if (typeof instructions === "string") return [messageOf({ content: instructions }, "system")];
  return Array.isArray(instructions) ? [messageOf({ parts: instructions }, "system")] : [];
}

/** `gen_ai.completion.0.tool_calls.0.name` and its like. */
function promptOf(item: Attributes, role: string): Message {
  return messageOf({ ...item, tool_calls: flattened(item, "tool_calls") }, role);
}

/** As a log record, an event's content is its body; on a span it stands in attributes. */
function bodyOf({ attributes, body }: TelemetryEvent): { readonly [key: string]: Value } {
  return isObject(body) ? body : attributes;
}

function executedTool(attributes: Attributes, digest: Digest): ToolCall[] | undefined {
  const name = text(attributes, "gen_ai.tool.name", "traceloop.entity.name");
  if (name === undefined) return undefined;
  const given = structured(attributes["gen_ai.tool.call.arguments"] ?? attributes["traceloop.entity.input"]);
  const argumentHash = entityDigest(given, digest);
  return [{ name, ...(argumentHash === undefined ? {} : { argumentHash }) }];
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
