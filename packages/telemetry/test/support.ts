/** Requests as the real instrumentations sent them, and spans as they would be sent. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import { canonicalJson, type Json } from "@steward/kernel";
import {
  type Attributes,
  type Call,
  decodeLogs,
  decodeSpans,
  type LogRecord,
  normaliseSpan,
  readEvent,
  type Span,
  withEvents,
} from "@steward/telemetry";

export const sha256 = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** Digest of a conversation: of the list of its messages' digests. */
export const digestOf = (...messages: Json[]) =>
  sha256(canonicalJson(messages.map((one) => sha256(canonicalJson(one)))));

interface Recorded {
  readonly path: string;
  readonly body: string;
}

/** What one instrumentation sent for one call. */
export function recorded(dialect: string, scenario: string): { spans: Span[]; records: LogRecord[] } {
  const file = path.join(import.meta.dirname, "fixtures", `${dialect}.${scenario}.json`);
  const requests = JSON.parse(readFileSync(file, "utf8")) as Recorded[];
  const of = (wanted: string) =>
    requests
      .filter((request) => request.path === wanted)
      .map(({ body }) => ({ encoding: "protobuf" as const, bytes: Buffer.from(body, "base64") }));
  return { spans: of("/v1/traces").flatMap(decodeSpans), records: of("/v1/logs").flatMap(decodeLogs) };
}

export function callOf(dialect: string, scenario: string): Call {
  const { spans, records } = recorded(dialect, scenario);
  const [span] = spans;
  if (!span || spans.length > 1) throw new Error(`${dialect} ${scenario} is ${spans.length} spans`);
  const call = normaliseSpan(span, sha256);
  if (!call) throw new Error(`${dialect} ${scenario} is no call`);
  const own = records.filter(({ spanId }) => spanId === span.spanId);
  const events = own.flatMap((record) => readEvent(record, sha256) ?? []);
  return withEvents(call, events, sha256);
}

export function span(attributes: Attributes, over: Partial<Span> = {}): Span {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    parentSpanId: undefined,
    name: "a span",
    startedAt: 1n,
    endedAt: 2n,
    attributes,
    events: [],
    failed: false,
    resource: {},
    scope: "",
    ...over,
  };
}

export function normalised(attributes: Attributes, over: Partial<Span> = {}): Call | undefined {
  return normaliseSpan(span(attributes, over), sha256);
}
