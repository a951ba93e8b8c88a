/**
 * A process of Steward's own that computes for it. Not a thread: threads share one V8, where ending one that still
 * loads its modules has ended the whole server (ADR 14); what breaks in a child breaks only there, and it can be ended
 * at any moment.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What one piece of work may take. */
export interface WorkLimits {
  readonly maxMs: number;
  readonly maxHeapMb: number;
}

/** The work takes more time or memory than it may. */
export class WorkLimitError extends Error {}

/** As much work waits for its turn as may. */
export class QueueFullError extends Error {}

/** Starts `module`, which listens to its parent through child-side.ts. What it says on its own goes to the server's log. */
export function startChild(module: URL, options: { maxHeapMb?: number } = {}): ChildProcess {
  const { maxHeapMb } = options;
  return fork(fileURLToPath(module), [], {
    // As threads do: dates, maps, byte arrays and infinities arrive as they were.
    serialization: "advanced",
    // Those of a program that watches or debugs the parent are not for its children.
    execArgv: maxHeapMb === undefined ? [] : [`--max-old-space-size=${maxHeapMb}`],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

/** Ends a child, whatever it does. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

/**
 * One piece of work after another, each in a process that lives as long as it takes: plain data there and back.
 * @param maxWaiting pieces that wait or are under way; each holds its data in memory
 * @returns what answers a piece of work. @throws QueueFullError, WorkLimitError, or an Error when the process ends
 * without an answer
 */
export function workQueue<W, A>(module: URL, limits: WorkLimits, maxWaiting: number): (work: W) => Promise<A> {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    if (waiting >= maxWaiting) throw new QueueFullError(`${maxWaiting} pieces of work wait already.`);
    waiting++;
    const turn = last.then(() => workInChild<A>(module, work, limits));
    last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      waiting--;
    }
  };
}

async function workInChild<A>(module: URL, work: unknown, limits: WorkLimits): Promise<A> {
  const child = startChild(module, { maxHeapMb: limits.maxHeapMb });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<A>((resolve, reject) => {
      timer = setTimeout(() => reject(new WorkLimitError(`It takes longer than ${limits.maxMs} ms.`)), limits.maxMs);
      child.once("message", (answer) => resolve(answer as A));
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        // V8 ends a process that outgrows its heap by this signal.
        if (signal === "SIGABRT") reject(new WorkLimitError(`It takes more than ${limits.maxHeapMb} MB.`));
        else reject(new Error(`The process ended without an answer (${signal ?? `code ${code}`}).`));
      });
      child.send(work as object, (error) => error !== null && reject(error));
    });
  } finally {
    clearTimeout(timer);
    await endChild(child);
  }
}
