/** A process that computes beside the one that serves requests, with database connections of its own. */
import type { ChildProcess } from "node:child_process";

import type { Config } from "../config/config.ts";
import type { Connection } from "../database/pool.ts";
import { DatabaseError, type DatabaseErrorCode } from "../database/errors.ts";
import { endChild, startChild } from "./child.ts";
import { type Computations, type Computer, computerOf } from "./compute.ts";

export interface ComputeProcess<C extends Computations> {
  readonly computer: Computer<C>;
  /** Ends the process; what it still computes is refused. */
  close(): Promise<void>;
}

/** The first message to the process. */
export interface ProcessSetUp {
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
 * Starts `module`, which calls `answerQuestions` of answer.ts, with the first question. A process that ends by a
 * failure is started again with the next one; whoever waits for it is told.
 * @param lasting whether it waits for more questions; else it ends with the last answer, for what is seldom asked.
 */
export function startComputeProcess<C extends Computations>(
  computations: C,
  module: URL,
  setUp: ProcessSetUp,
  lasting = true,
): ComputeProcess<C> {
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let closed = false;
  let child: ChildProcess | undefined;

  const failAll = (error: Error): void => {
    child = undefined;
    const failed = [...waiting.values()];
    waiting.clear();
    for (const { reject } of failed) reject(error);
  };
  const start = (): ChildProcess => {
    const started = startChild(module);
    started.on("message", (message) => {
      const answer = message as Answer;
      const waits = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ("value" in answer) waits?.resolve(answer.value);
      else waits?.reject(revive(answer.failed));
      if (waiting.size > 0) return;
      if (lasting) return hold(started, false);
      child = undefined;
      void endChild(started);
    });
    started.on("error", (error: Error) => child === started && failAll(error));
    started.on("exit", () => {
      if (child === started) failAll(new Error("The process that computes has ended."));
    });
    started.send(setUp, notSent);
    return started;
  };
  const run = (name: string, input: unknown): Promise<unknown> => {
    if (closed) return Promise.reject(new DatabaseError("unavailable", "Steward is stopping."));
    const running = (child ??= start());
    hold(running, true);
    return new Promise((resolve, reject) => {
      const id = asked++;
      waiting.set(id, { resolve, reject });
      running.send({ id, name, input } satisfies Question, notSent);
    });
  };
  return {
    computer: computerOf(computations, run),
    async close() {
      closed = true;
      const running = child;
      failAll(new DatabaseError("unavailable", "Steward is stopping."));
      if (running !== undefined) await endChild(running);
    },
  };
}

/** A message to a process that has ended: its `exit` tells whoever waits. */
const notSent = (): void => undefined;

/** Whether this program goes on for as long as the child does: while it owes an answer. */
function hold(child: ChildProcess, on: boolean): void {
  for (const handle of [child, child.channel]) {
    if (on) handle?.ref();
    else handle?.unref();
  }
}

function revive({ message, code, stack }: { message: string; code: string | null; stack: string | undefined }): Error {
  const error = code === null ? new Error(message) : new DatabaseError(code as DatabaseErrorCode, message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
