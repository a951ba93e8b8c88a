import type { Steward } from "../steward.ts";
import type { DecisionFields } from "../types.ts";
import { errorClass } from "./call.ts";
import { isStream, watchInPlace } from "./stream.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- any function can be watched
export type AnyFunction = (...args: any[]) => any;

export interface WatchOptions<Fn extends AnyFunction> {
  /** What the decision says: at least its outcome. Without it the outcome is the result, where that is a short text, number or yes and no. */
  readonly decision?: (result: Awaited<ReturnType<Fn>>, ...args: Parameters<Fn>) => Partial<DecisionFields>;
}

const OUTCOME_MAX_CHARS = 100;

/**
 * The same function, recorded: each call is a decision with its arguments as input and its result as output. It answers
 * and throws exactly what the function does, at once or later as the function does.
 */
export function watch<Fn extends AnyFunction>(steward: Steward, fn: Fn, options: WatchOptions<Fn> = {}): Fn {
  function succeeded(occurredAt: Date, args: Parameters<Fn>, result: Awaited<ReturnType<Fn>>): void {
    try {
      const more = options.decision?.(result, ...args);
      steward.record({ occurredAt, input: args, output: result, outcome: outcomeOf(result), ...more });
    } catch (error) {
      steward.problem(`A call was not recorded: ${errorClass(error)}`);
    }
  }

  function failed(occurredAt: Date, args: Parameters<Fn>, error: unknown): void {
    steward.record({ occurredAt, input: args, outcome: "error", ai: { error: errorClass(error) } });
  }

  /** Tells of a result, also of one that comes later or bit by bit; answers what the caller gets. */
  function tell(occurredAt: Date, args: Parameters<Fn>, result: unknown): unknown {
    const done = (value: unknown) => succeeded(occurredAt, args, value as Awaited<ReturnType<Fn>>);
    const broke = (error: unknown) => failed(occurredAt, args, error);
    if (result instanceof Promise) {
      return result.then(
        (value: unknown) => tell(occurredAt, args, value),
        (error: unknown) => {
          broke(error);
          throw error;
        },
      );
    }
    if (!isStream(result)) {
      done(result);
      return result;
    }
    const chunks: unknown[] = [];
    const read = () => done(chunks);
    watchInPlace(result, { see: (chunk) => void chunks.push(chunk), end: read, leave: read, fail: broke });
    return result;
  }

  return function watched(this: unknown, ...args: Parameters<Fn>): ReturnType<Fn> {
    const occurredAt = new Date();
    let result: unknown;
    try {
      result = fn.apply(this, args);
    } catch (error) {
      failed(occurredAt, args, error);
      throw error;
    }
    return tell(occurredAt, args, result) as ReturnType<Fn>;
  } as Fn;
}

function outcomeOf(result: unknown): string {
  const text =
    typeof result === "string" ? result : ["number", "boolean"].includes(typeof result) ? String(result) : "";
  return text.trim() !== "" && text.length <= OUTCOME_MAX_CHARS ? text : "completed";
}
