/** A thread that computes beside the one that serves requests, with database connections of its own. */
import { Worker } from "node:worker_threads";

import type { Config } from "../config/config.ts";
import type { Connection } from "../database/pool.ts";
import { DatabaseError, type DatabaseErrorCode } from "../database/errors.ts";
import { type Computations, type Computer, computerOf } from "./compute.ts";

export interface ComputeThread<C extends Computations> {
  readonly computer: Computer<C>;
  /** Ends the thread; what it still computes is refused. */
  close(): Promise<void>;
}

/** What the thread is started with. */
export interface ThreadSetUp {
  readonly connection: Connection;
  readonly keysDir: string;
  readonly logLevel: Config["logLevel"];
}

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** An error keeps its code: a database that is away is another answer than a mistake in the program. */
export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failed: { message: string; code: string | null; stack: string | undefined } };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * Starts `module`, which calls `answerQuestions` of answer.ts, with the first question. A thread that ends by a failure
 * is started again with the next one; whoever waits for it is told.
 * @param lasting whether it waits for more questions; else it ends with the last answer, for what is seldom asked.
 */
export function startComputeThread<C extends Computations>(
  computations: C,
  module: URL,
  setUp: ThreadSetUp,
  lasting = true,
): ComputeThread<C> {
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let closed = false;
  let worker: Worker | undefined;

  const failAll = (error: Error): void => {
    worker = undefined;
    const failed = [...waiting.values()];
    waiting.clear();
    for (const { reject } of failed) reject(error);
  };
  const start = (): Worker => {
    const started = new Worker(module, { workerData: setUp });
    started.on("message", (answer: Answer) => {
      const waits = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("value" in answer) waits?.resolve(answer.value);
      else waits?.reject(revive(answer.failed));
      if (waiting.size > 0) return;
      if (lasting) return started.unref();
      worker = undefined;
      void started.terminate();
    });
    started.on("error", (error: Error) => failAll(error));
    started.on("exit", () => {
      if (worker === started) failAll(new Error("The thread that computes has ended."));
    });
    return started;
  };
  const run = (name: string, input: unknown): Promise<unknown> => {
    if (closed) return Promise.reject(new DatabaseError("unavailable", "Steward is stopping."));
    const running = (worker ??= start());
    running.ref();
    return new Promise((resolve, reject) => {
      const id = asked++;
      waiting.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      running.postMessage({ id, name, input } satisfies Question);
    });
  };
  return {
    computer: computerOf(computations, run),
    async close() {
      closed = true;
      const running = worker;
      failAll(new DatabaseError("unavailable", "Steward is stopping."));
      await running?.terminate();
    },
  };
}

function revive({ message, code, stack }: { message: string; code: string | null; stack: string | undefined }): Error {
  const error = code === null ? new Error(message) : new DatabaseError(code as DatabaseErrorCode, message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
