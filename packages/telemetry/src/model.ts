/** Spans and events as they are read, whatever carried them. */
import type { Micros } from "@steward/kernel";

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };
export type Attributes = Readonly<Record<string, Value>>;

/** What a span's or an event's sender says of itself. */
export interface Origin {
  readonly resource: Attributes;
  /** Name of the instrumentation. */
  readonly scope: string;
}

/** An event on a span, or a log record that names its span. */
export interface TelemetryEvent {
  readonly name: string;
  readonly attributes: Attributes;
  readonly body: Value;
}

export interface Span extends Origin {
  /** Lower-case hexadecimal. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly startedAt: Micros;
  readonly endedAt: Micros;
  readonly attributes: Attributes;
  readonly events: readonly TelemetryEvent[];
  readonly failed: boolean;
}

export interface LogRecord extends Origin, TelemetryEvent {
  readonly at: Micros;
  /** Empty where the record belongs to no span. */
  readonly traceId: string;
  readonly spanId: string;
}
