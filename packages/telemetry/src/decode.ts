/** Reads the requests of OTLP/HTTP (opentelemetry-proto 1.9) in both encodings, and writes its answers. */
import { create, fromBinary, fromJson, type JsonValue, toBinary, toJson } from "@bufbuild/protobuf";
import type { GenMessage } from "@bufbuild/protobuf/codegenv2";
import type { Message } from "@bufbuild/protobuf";
import type { Micros } from "@steward/kernel";

import { TelemetryError } from "./error.ts";
import { StatusSchema } from "./generated/google/rpc/status_pb.js";
import {
  ExportLogsServiceRequestSchema,
  ExportLogsServiceResponseSchema,
} from "./generated/opentelemetry/proto/collector/logs/v1/logs_service_pb.js";
import {
  ExportTraceServiceRequestSchema,
  ExportTraceServiceResponseSchema,
} from "./generated/opentelemetry/proto/collector/trace/v1/trace_service_pb.js";
import type { AnyValue, KeyValue } from "./generated/opentelemetry/proto/common/v1/common_pb.js";
import { type Span as SpanMessage, Status_StatusCode } from "./generated/opentelemetry/proto/trace/v1/trace_pb.js";
import type { Attributes, LogRecord, Span, TelemetryEvent, Value } from "./model.ts";

/** Protobuf as bytes, or JSON that is parsed already. */
export type Encoded =
  | { readonly encoding: "protobuf"; readonly bytes: Uint8Array }
  | { readonly encoding: "json"; readonly value: unknown };

/** Deeper values than this are no attributes: a body that is nested so is refused before it costs stack. */
const MAX_DEPTH = 64;

/** @throws TelemetryError `malformed`. */
export function decodeSpans(encoded: Encoded): Span[] {
  const { resourceSpans } = decode(ExportTraceServiceRequestSchema, encoded);
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const ofResource = attributesOf(resource?.attributes);
    return scopeSpans.flatMap(({ scope, spans }) => {
      const origin = { resource: ofResource, scope: scope?.name ?? "" };
      return spans.map((span) => ({ ...spanOf(span), ...origin }));
    });
  });
}

function spanOf(span: SpanMessage): Omit<Span, "resource" | "scope"> {
  return {
    traceId: idOf(span.traceId, "traceId", 16),
    spanId: idOf(span.spanId, "spanId", 8),
    parentSpanId: span.parentSpanId.length === 0 ? undefined : idOf(span.parentSpanId, "parentSpanId", 8),
    name: span.name,
    startedAt: microsOf(span.startTimeUnixNano),
    endedAt: microsOf(span.endTimeUnixNano),
    attributes: attributesOf(span.attributes),
    events: span.events.map(eventOf),
    failed: span.status?.code === Status_StatusCode.ERROR,
  };
}

function eventOf({ name, attributes }: SpanMessage["events"][number]): TelemetryEvent {
  return { name, attributes: attributesOf(attributes), body: null };
}

/** @throws TelemetryError `malformed`. */
export function decodeLogs(encoded: Encoded): LogRecord[] {
  const { resourceLogs } = decode(ExportLogsServiceRequestSchema, encoded);
  return resourceLogs.flatMap(({ resource, scopeLogs }) => {
    const ofResource = attributesOf(resource?.attributes);
    return scopeLogs.flatMap(({ scope, logRecords }) =>
      logRecords.map((record) => {
        const attributes = attributesOf(record.attributes);
        // Before events had a name of their own, an attribute named them.
        const named = attributes["event.name"];
        return {
          name: record.eventName || (typeof named === "string" ? named : ""),
          at: microsOf(record.timeUnixNano || record.observedTimeUnixNano),
          traceId: record.traceId.length === 0 ? "" : idOf(record.traceId, "traceId", 16),
          spanId: record.spanId.length === 0 ? "" : idOf(record.spanId, "spanId", 8),
          attributes,
          body: valueOf(record.body),
          resource: ofResource,
          scope: scope?.name ?? "",
        };
      }),
    );
  });
}

function decode<T extends Message>(schema: GenMessage<T>, encoded: Encoded): T {
  try {
    if (encoded.encoding === "protobuf") {
      return fromBinary(schema, encoded.bytes, { readUnknownFields: false, recursionLimit: MAX_DEPTH });
    }
    const value = hexIdsAsBase64(encoded.value, 0) as JsonValue;
    return fromJson(schema, value, { ignoreUnknownFields: true, recursionLimit: MAX_DEPTH });
  } catch (cause) {
    if (cause instanceof TelemetryError) throw cause;
    const reason = cause instanceof Error ? cause.message.slice(0, 200) : "unreadable";
    throw new TelemetryError("malformed", `The body is no OTLP export request: ${reason}`, { cause });
  }
}

const ID_FIELDS = new Set(["traceId", "spanId", "parentSpanId"]);

/** OTLP's JSON differs from protobuf's in that ids are hexadecimal. */
function hexIdsAsBase64(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) throw new TelemetryError("malformed", `The body is nested deeper than ${MAX_DEPTH}.`);
  if (Array.isArray(value)) return value.map((item) => hexIdsAsBase64(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) =>
      ID_FIELDS.has(key) && typeof member === "string"
        ? [key, base64OfHex(member, key)]
        : [key, hexIdsAsBase64(member, depth + 1)],
    ),
  );
}

function base64OfHex(hex: string, field: string): string {
  if (!/^([0-9a-fA-F]{2}){0,16}$/.test(hex)) {
    throw new TelemetryError("malformed", `${field} is not hexadecimal, as OTLP's JSON asks for.`);
  }
  const bytes = (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return btoa(String.fromCharCode(...bytes));
}

function idOf(bytes: Uint8Array, field: string, length: number): string {
  if (bytes.length !== length || bytes.every((byte) => byte === 0)) {
    throw new TelemetryError("malformed", `${field} is not ${length} bytes of which one is not zero.`);
  }
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function microsOf(nanoseconds: bigint): Micros {
  return nanoseconds / 1000n;
}

function attributesOf(pairs: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, valueOf(value)]));
}

/** Bytes are told by their length only: nothing that is read here is bytes. */
function valueOf(any: AnyValue | undefined): Value {
  const one = any?.value;
  switch (one?.case) {
    case "stringValue":
    case "boolValue":
    case "doubleValue":
      return one.value;
    case "intValue":
      return Number(one.value);
    case "arrayValue":
      return one.value.values.map(valueOf);
    case "kvlistValue":
      return attributesOf(one.value.values);
    case "bytesValue":
      return `${one.value.length} bytes`;
    default:
      return null;
  }
}

export type Signal = "traces" | "logs";
export type Encoding = Encoded["encoding"];

/** What was not taken, and why; without either, everything was taken and there is nothing to say. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

export function encodeAnswer(
  signal: Signal,
  encoding: Encoding,
  partial: PartialSuccess | undefined,
): Uint8Array | string {
  const said = partial !== undefined && (partial.rejected > 0 || partial.message !== "");
  const rejected = BigInt(partial?.rejected ?? 0);
  const errorMessage = partial?.message ?? "";
  if (signal === "traces") {
    const init = said ? { partialSuccess: { rejectedSpans: rejected, errorMessage } } : {};
    return encode(ExportTraceServiceResponseSchema, encoding, init);
  }
  const init = said ? { partialSuccess: { rejectedLogRecords: rejected, errorMessage } } : {};
  return encode(ExportLogsServiceResponseSchema, encoding, init);
}

/** The answer to a request that failed as a whole (google.rpc.Status); `code` is a gRPC code. */
export function encodeFailure(encoding: Encoding, code: number, message: string): Uint8Array | string {
  return encode(StatusSchema, encoding, { code, message });
}

function encode<T extends Message>(
  schema: GenMessage<T>,
  encoding: Encoding,
  init: NonNullable<Parameters<typeof create<GenMessage<T>>>[1]>,
): Uint8Array | string {
  const message = create(schema, init);
  return encoding === "protobuf" ? toBinary(schema, message) : JSON.stringify(toJson(schema, message));
}
