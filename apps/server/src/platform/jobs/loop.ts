/**
 * Background work. What is due is computed from the data (a log that grew past its checkpoint, a verdict that expired,
 * a drill older than a day), so nothing is lost when a process stops and several nodes need no queue between them.
 */
import { type Kysely, sql } from "kysely";
import type { Logger } from "pino";

import type { Tables } from "../database/schema.ts";

export interface Task {
  readonly name: string;
  /** Pause between the end of one run and the start of the next. */
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

export interface Loops {
  /** Runs a task at once, or again right after the run that is under way. */
  nudge(name: string): void;
  /** Waits for what is under way; starts nothing more. */
  stop(): Promise<void>;
}

export function startLoops(tasks: readonly Task[], log: Logger): Loops {
  const loops = new Map(tasks.map((task) => [task.name, startLoop(task, log)]));
  return {
    nudge: (name) => loops.get(name)?.nudge(),
    async stop() {
      await Promise.all([...loops.values()].map((loop) => loop.stop()));
    },
  };
}

function startLoop(task: Task, log: Logger) {
  const state: { stopped: boolean; nudged: boolean; wake: (() => void) | undefined } = {
    stopped: false,
    nudged: false,
    wake: undefined,
  };
  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, task.everyMs);
      state.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const repeat = async () => {
    while (!state.stopped) {
      state.nudged = false;
      try {
        await task.run();
      } catch (error) {
        log.warn({ err: error, task: task.name }, "background task failed; it will run again");
      }
      if (!state.stopped && !state.nudged) await pause();
    }
  };
  const running = repeat();
  return {
    nudge() {
      state.nudged = true;
      state.wake?.();
    },
    async stop() {
      state.stopped = true;
      state.wake?.();
      await running;
    },
  };
}

/**
 * Runs work unless another node is at it: an advisory lock, held by a transaction that does nothing else.
 * Answers undefined where another node holds it.
 */
export async function exclusively<T>(db: Kysely<Tables>, name: string, work: () => Promise<T>): Promise<T | undefined> {
  return db.transaction().execute(async (tx) => {
    // The transaction sits idle for as long as the work takes; that is its purpose.
    await sql`SET LOCAL idle_in_transaction_session_timeout = 0`.execute(tx);
    const { rows } = await sql<{ locked: boolean }>`
      SELECT pg_try_advisory_xact_lock(hashtextextended(${`steward/task/${name}`}, 0)) AS locked`.execute(tx);
    return rows[0]?.locked === true ? work() : undefined;
  });
}
