/** The clients of OpenAI and Anthropic are made by one generator: methods that answer a promise of a body or a stream. */
import type { Steward } from "../steward.ts";
import type { AiFields } from "../types.ts";
import { type Answered, Call, type Extra } from "./call.ts";
import { isStream, watchInPlace } from "./stream.ts";

/** How calls of one method are read. All bodies are what the service documents; any part may be missing. */
export interface MethodReader {
  readonly ai: (body: Loose) => AiFields;
  readonly input: (body: Loose) => unknown;
  readonly answer: (body: Loose) => Answered;
  /** Puts the chunks of a stream together. */
  readonly collect: () => { see(chunk: Loose): void; answered(): Answered };
}

/** JSON of a service, looked into with care. */
// oxlint-disable-next-line typescript/no-explicit-any -- bodies of services have no type that this package may depend on
export type Loose = any;

type Method = (body: unknown, ...rest: unknown[]) => unknown;
interface AnswerPromise {
  parse?: () => Promise<unknown>;
  asResponse?: () => Promise<unknown>;
  _thenUnwrap?: (transform: unknown) => AnswerPromise;
  then: Promise<unknown>["then"];
}

/**
 * Watches a method in its place, so that the library's own helpers, which call it, are watched too. Does nothing where
 * there is no such method.
 */
export function watchMethod(steward: Steward, extra: Extra, owner: Loose, name: string, reader: MethodReader): void {
  const original = owner?.[name] as Method | undefined;
  if (typeof original !== "function") return;
  owner[name] = function watched(this: unknown, body: unknown, ...rest: unknown[]): unknown {
    const call = beginCall(steward, extra, reader, body);
    let promise: unknown;
    try {
      promise = original.call(this, body, ...rest);
    } catch (error) {
      call?.failed(error);
      throw error;
    }
    return call === undefined ? promise : watchPromise(promise as AnswerPromise, call, reader);
  };
}

function beginCall(steward: Steward, extra: Extra, reader: MethodReader, body: unknown): Call | undefined {
  try {
    return new Call(steward, extra, reader.ai(body), reader.input(body));
  } catch (error) {
    steward.problem(`A call is not recorded: ${error instanceof Error ? error.name : "unknown"}`);
    return undefined;
  }
}

/**
 * The library's promise itself is answered: it parses when it is awaited, and has methods of its own. Its parsing is
 * watched, also through the promises that its helpers derive from it.
 */
function watchPromise(promise: AnswerPromise, call: Call, reader: MethodReader): unknown {
  const seen = (value: unknown) => watchValue(value, call, reader);
  const failed = (error: unknown) => {
    call.failed(error);
    throw error;
  };
  const { parse, asResponse, _thenUnwrap: unwrap } = promise;
  if (typeof parse !== "function") return promise.then(seen, failed);
  let parsed: Promise<unknown> | undefined;
  promise.parse = () => (parsed ??= parse.call(promise).then(seen, failed));
  if (typeof unwrap === "function") {
    promise._thenUnwrap = (transform) => watchPromise(unwrap.call(promise, transform), call, reader) as AnswerPromise;
  }
  if (typeof asResponse === "function") {
    promise.asResponse = () =>
      asResponse.call(promise).then((response) => {
        // Whoever takes the raw response reads it alone: that there was a call is all that is known.
        if (parsed === undefined) call.succeeded(() => ({}));
        return response;
      }, failed);
  }
  return promise;
}

function watchValue(value: unknown, call: Call, reader: MethodReader): unknown {
  if (!isStream(value)) {
    call.succeeded(() => reader.answer(value));
    return value;
  }
  const collector = reader.collect();
  const read = () => collector.answered();
  watchInPlace(value, {
    see: (chunk) => collector.see(chunk),
    end: () => call.succeeded(read),
    leave: () => call.abandoned(read),
    fail: (error) => call.failed(error, read),
  });
  return value;
}
