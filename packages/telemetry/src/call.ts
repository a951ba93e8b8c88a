/** One call of a model, a tool or an agent, whatever dialect told of it. A field that nobody sent is undefined. */
import type { Micros } from "@steward/kernel";

export type Dialect = "opentelemetry" | "traceloop" | "openinference";

export interface ToolCall {
  readonly name: string;
  /** Digest of the arguments as canonical JSON. */
  readonly argumentHash?: string;
}

/** A document that was fetched for the model. */
export interface ContextItem {
  readonly kind: string;
  readonly sourceId: string | undefined;
  readonly uriOrKey: string | undefined;
  readonly contentHash: string | undefined;
}

/** What one dialect's attributes say. */
export interface Reading {
  readonly dialect: Dialect;
  readonly provider: string | undefined;
  readonly operation: string | undefined;
  readonly requestModel: string | undefined;
  readonly responseModel: string | undefined;
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly finishReasons: readonly string[] | undefined;
  /** In order; an empty list says that there were none. */
  readonly tools: readonly ToolCall[] | undefined;
  readonly items: readonly ContextItem[] | undefined;
  readonly agentId: string | undefined;
  readonly agentName: string | undefined;
  readonly agentVersion: string | undefined;
  readonly conversationId: string | undefined;
  /** Digests of the messages in both directions: content itself is never kept. */
  readonly inputDigest: string | undefined;
  readonly outputDigest: string | undefined;
}

/** What messages tell of a call, whether they came with its span or in events of their own. */
export type MessageReading = Pick<Reading, "finishReasons" | "tools" | "inputDigest" | "outputDigest">;

export interface Call extends Reading {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly startedAt: Micros;
  readonly endedAt: Micros;
  /** Class of the error; `_OTHER` where the call failed and nobody said how. */
  readonly error: string | undefined;
}

/** SHA-256 of a text, as `sha256:` and 64 hexadecimal digits. */
export type Digest = (text: string) => string;
