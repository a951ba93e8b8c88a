/** A call as the decision that it is; pure. */
import type { DecisionInput } from "@steward/contract";
import { formatInstant } from "@steward/kernel";
import { type Attributes, type Call, type Source, type Span, text } from "@steward/telemetry";

/** What is sent by instrumentations is shortened to what a decision may hold, never refused for its length. */
const NAME_MAX_CHARS = 200;
const SHORT_MAX_CHARS = 100;
const PARTS_MAX = 100;
const ITEMS_MAX = 200;

/** Where the call ended well and nobody said how. */
const ENDED = "completed";
const FAILED = "error";

/** Ids of a trace and a span are unique together; a run is named by both. */
export function runIdOf(traceId: string, spanId: string): string {
  return `${traceId}:${spanId}`;
}

/** @param system id of the registered AI system. */
export function decisionOf(call: Call, span: Span, source: Source, system: string): DecisionInput {
  const { attributes } = span;
  const runId = runIdOf(call.traceId, call.spanId);
  const toolsCalled = call.tools?.slice(0, PARTS_MAX).map(({ name }) => line(name) ?? "unnamed");
  return {
    id: runId,
    system,
    release: line(text(attributes, "steward.release") ?? source.release ?? source.serviceVersion) ?? null,
    occurredAt: formatInstant(call.endedAt > 0n ? call.endedAt : call.startedAt),
    outcome: outcomeOf(call, attributes),
    subject: line(text(attributes, "steward.subject", "enduser.pseudo.id")) ?? null,
    promptVersion: line(text(attributes, "steward.prompt_version", "llm.prompt_template.version")) ?? null,
    ...(call.inputDigest === undefined ? {} : { inputDigest: call.inputDigest }),
    ...(call.outputDigest === undefined ? {} : { outputDigest: call.outputDigest }),
    ...(toolsCalled === undefined ? {} : { toolsCalled }),
    ...(attributes["steward.sandbox"] === true ? { sandbox: true } : {}),
    ai: aiOf(call, span),
  };
}

function outcomeOf(call: Call, attributes: Attributes): string {
  const told = line(text(attributes, "steward.outcome"));
  if (told !== undefined) return told;
  if (call.error !== undefined) return FAILED;
  return line(call.finishReasons?.join(", ")) ?? ENDED;
}

function aiOf(call: Call, span: Span): NonNullable<DecisionInput["ai"]> {
  const agent = told({
    id: line(call.agentId),
    name: line(call.agentName),
    version: line(call.agentVersion, SHORT_MAX_CHARS),
  });
  const manifest = manifestOf(call, span);
  return told({
    provider: line(call.provider, SHORT_MAX_CHARS),
    operation: line(call.operation, SHORT_MAX_CHARS),
    requestModel: line(call.requestModel),
    responseModel: line(call.responseModel),
    inputTokens: call.inputTokens,
    outputTokens: call.outputTokens,
    finishReasons: call.finishReasons?.slice(0, PARTS_MAX).flatMap((reason) => line(reason, SHORT_MAX_CHARS) ?? []),
    error: line(call.error),
    runId: runIdOf(call.traceId, call.spanId),
    parentRunId: call.parentSpanId === undefined ? undefined : runIdOf(call.traceId, call.parentSpanId),
    conversationId: line(call.conversationId),
    agent: Object.keys(agent).length > 0 ? agent : undefined,
    manifest: Object.keys(manifest).length > 0 ? manifest : undefined,
  });
}

/**
 * What the instrumentation knows of a run's context, and what the application adds in the attribute `steward.manifest`:
 * JSON in the form of the API. That one is judged like any other input.
 */
function manifestOf(call: Call, { attributes }: Span): object {
  const items = call.items
    ?.slice(0, ITEMS_MAX)
    .map(({ kind, sourceId, uriOrKey, contentHash }) =>
      told({ kind: line(kind, SHORT_MAX_CHARS), sourceId: line(sourceId), uriOrKey: line(uriOrKey, 500), contentHash }),
    );
  const isAgent = call.operation === "invoke_agent";
  const hashed = call.tools?.slice(0, PARTS_MAX).filter(({ argumentHash }) => argumentHash !== undefined);
  const tools = hashed?.map(({ name, argumentHash }) => ({ name: line(name) ?? "unnamed", argumentHash }));
  return {
    ...told({
      items,
      toolsCalled: tools !== undefined && tools.length > 0 ? tools : undefined,
      outputHash: isAgent ? call.outputDigest : undefined,
    }),
    ...stated(attributes["steward.manifest"]),
  };
}

function stated(value: unknown): object {
  if (typeof value !== "string") return {};
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" && parsed !== null ? parsed : { [UNREADABLE]: value.slice(0, NAME_MAX_CHARS) };
  } catch {
    return { [UNREADABLE]: true };
  }
}

/** A field that does not exist: the span is refused, and the answer names the attribute. */
const UNREADABLE = "steward.manifest";

/** Without members that are undefined. */
function told<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}

const INVISIBLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu;

/** One line of text as the contract wants it; undefined where nothing visible is left. */
export function line(value: string | undefined, maxChars = NAME_MAX_CHARS): string | undefined {
  const clean = value?.toWellFormed().replace(INVISIBLE, " ").trim().slice(0, maxChars).toWellFormed();
  return clean === undefined || clean.trim() === "" ? undefined : clean;
}
