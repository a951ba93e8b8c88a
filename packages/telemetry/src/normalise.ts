/** Turns spans and events into calls and evaluations. */
import type { Call, Digest, MessageReading } from "./call.ts";
import { type CallEvent, factsOf, readGenAi } from "./gen-ai.ts";
import type { Attributes, LogRecord, Span } from "./model.ts";
import { readOpenInference } from "./openinference.ts";
import { text } from "./reading.ts";

/** The convention's word for an error of which nothing more is known. */
const ERROR_UNKNOWN = "_OTHER";

/**
 * The call that a span tells of; undefined where it is none (a request of a web server, a query of a database). Events
 * that came as log records are read by `readEvent` and joined by `withEvents`.
 */
export function normaliseSpan(span: Span, digest: Digest): Call | undefined {
  const reading = readOpenInference(span, digest) ?? readGenAi(span, digest);
  if (!reading) return undefined;
  return {
    ...reading,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    startedAt: span.startedAt,
    endedAt: span.endedAt,
    error: errorOf(span),
  };
}

/** A call with what events tell of it and its span did not. */
export function withEvents<C extends Partial<MessageReading>>(
  call: C,
  events: readonly CallEvent[],
  digest: Digest,
): C & MessageReading {
  const read = factsOf(events, digest);
  return {
    ...call,
    finishReasons: call.finishReasons ?? read.finishReasons,
    tools: call.tools ?? read.tools,
    inputDigest: call.inputDigest ?? read.inputDigest,
    outputDigest: call.outputDigest ?? read.outputDigest,
  };
}

/** The class alone: a message may quote what a person wrote. */
function errorOf({ attributes, events, failed }: Span): string | undefined {
  const named = text(attributes, "error.type");
  if (named !== undefined) return named;
  if (!failed) return undefined;
  const thrown = events.find(({ name }) => name === "exception");
  return (thrown && text(thrown.attributes, "exception.type")) ?? ERROR_UNKNOWN;
}

/** The result of an evaluation of one call, as an event tells it. */
export interface EvaluationResult {
  readonly traceId: string;
  readonly spanId: string;
  readonly name: string;
  readonly score: number | undefined;
  readonly label: string | undefined;
  readonly responseId: string | undefined;
  readonly error: string | undefined;
}

/** Undefined where the event is no result of an evaluation, or names none. */
export function normaliseEvaluation(record: LogRecord): EvaluationResult | undefined {
  const { attributes } = record;
  const name = text(attributes, "gen_ai.evaluation.name");
  if (record.name !== "gen_ai.evaluation.result" || name === undefined) return undefined;
  const score = attributes["gen_ai.evaluation.score.value"];
  return {
    traceId: record.traceId,
    spanId: record.spanId,
    name,
    score: typeof score === "number" && Number.isFinite(score) ? score : undefined,
    label: text(attributes, "gen_ai.evaluation.score.label"),
    responseId: text(attributes, "gen_ai.response.id"),
    error: text(attributes, "error.type"),
  };
}

/** Which AI system a sender says that it is. */
export interface Source {
  readonly system: string | undefined;
  readonly release: string | undefined;
  readonly service: string | undefined;
  readonly serviceVersion: string | undefined;
}

export function sourceOf(resource: Attributes): Source {
  return {
    system: text(resource, "steward.system"),
    release: text(resource, "steward.release"),
    service: text(resource, "service.name"),
    serviceVersion: text(resource, "service.version"),
  };
}
