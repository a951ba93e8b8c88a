/** The connection that a host holds. */
import { Courier } from "./courier.ts";
import { newId } from "./id.ts";
import { Numbers } from "./numbers.ts";
import type { Platform } from "./platform.ts";
import { entryOf } from "./entry.ts";
import { Redactor } from "./redact.ts";
import { ServedCounts } from "./served.ts";
import { Transport } from "./transport.ts";
import type { ConnectOptions, DecisionFields, Health, OutcomeFields } from "./types.ts";
import { type AnyFunction, watch, type WatchOptions } from "./wrap/watch.ts";

/** A flush that takes longer goes on by itself; the host does not wait for it. */
const FLUSH_TIMEOUT_MS = 10_000;

export interface FlushOptions {
  readonly timeoutMs?: number;
}

/** Nothing here throws or rejects: recording must never hurt what it records. */
export interface Steward {
  /** Records a decision; answers its id at once. It is sent in the background. */
  record(fields: DecisionFields): string;
  /** Counts requests that the system has answered, apart from what is recorded. */
  served(requests?: number): void;
  /** The same function, recorded: each call is a decision with its arguments as input and its result as output. */
  watch<Fn extends AnyFunction>(fn: Fn, options?: WatchOptions<Fn>): Fn;
  /** Says what turned out to be true of a decision; a later one is a correction. */
  outcome(id: string, outcome: string | OutcomeFields): void;
  /** Sends what waits; resolves when it is with the server or kept on disk. Await it where a function is frozen after. */
  flush(options?: FlushOptions): Promise<Health>;
  /** Flushes and ends; what is recorded later is dropped. */
  close(options?: FlushOptions): Promise<Health>;
  health(): Health;
  /** For wrappers: tells of something that went wrong inside one. */
  problem(message: string): void;
}

export function connectOn(platform: Platform, options: ConnectOptions): Steward {
  const numbers = new Numbers(options?.onProblem);
  try {
    return new Connection(platform, options, numbers);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    numbers.state = "misconfigured";
    numbers.problem("misconfigured", `Nothing is recorded: ${why}`);
    return new Disconnected(numbers);
  }
}

class Connection implements Steward {
  readonly #system: string;
  readonly #release: string;
  readonly #numbers: Numbers;
  readonly #served: ServedCounts;
  readonly #courier: Courier;
  readonly #health: () => Health;
  readonly #leave: () => void;
  #closed = false;

  constructor(platform: Platform, options: ConnectOptions, numbers: Numbers) {
    const { url, key, system, release, redact, salt = key, spool = {} } = options;
    for (const [name, value] of Object.entries({ url, key, system, release })) {
      if (typeof value !== "string" || value === "") throw new TypeError(`“${name}” is missing`);
    }
    this.#system = system;
    this.#release = release;
    this.#numbers = numbers;
    const source = `sdk/${newId()}`;
    this.#served = new ServedCounts(source);
    const backlog = platform.openBacklog({
      spool,
      fingerprint: `${url} ${key}`,
      source,
      onProblem: ({ code, message }) => numbers.problem(code, message),
    });
    this.#courier = new Courier({
      transport: new Transport(url, key),
      backlog,
      redactor: new Redactor(redact),
      hash: (texts) => platform.hash(salt, texts),
      served: this.#served,
      numbers,
    });
    this.#health = () => numbers.health(this.#courier.waiting, backlog);
    this.#leave = platform.onExit({
      isDirty: () => this.#courier.isDirty,
      flush: (timeoutMs) => this.flush({ timeoutMs }),
      saveNow: () => this.#courier.saveNow(),
    });
  }

  record(fields: DecisionFields): string {
    const nowMs = Date.now();
    const id = fields?.id ?? newId(nowMs);
    try {
      this.#numbers.add("recorded", 1);
      if (this.#closed) throw new Error("the connection is closed");
      const defaults = { id, system: this.#system, release: this.#release, occurredAt: new Date(nowMs) };
      this.#courier.push(entryOf(fields, defaults), nowMs);
    } catch (error) {
      this.#numbers.add("dropped", 1);
      this.#numbers.problem("unserialisable", `A record is lost: ${error instanceof Error ? error.message : "?"}.`);
    }
    return id;
  }

  served(requests = 1): void {
    const nowMs = Date.now();
    this.#served.add(this.#system, requests, nowMs);
    this.#courier.servedChanged(nowMs);
  }

  watch<Fn extends AnyFunction>(fn: Fn, options?: WatchOptions<Fn>): Fn {
    return watch(this, fn, options);
  }

  outcome(id: string, outcome: string | OutcomeFields): void {
    try {
      const fields = typeof outcome === "string" ? { outcome } : outcome;
      const told = { decision: id, system: this.#system, observedAt: new Date(), ...fields };
      this.#courier.pushOutcome(JSON.stringify(told));
    } catch (error) {
      this.#numbers.problem("unserialisable", `An outcome is lost: ${error instanceof Error ? error.message : "?"}.`);
    }
  }

  async flush({ timeoutMs = FLUSH_TIMEOUT_MS }: FlushOptions = {}): Promise<Health> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timedOut = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
    await Promise.race([this.#courier.flush(), timedOut]);
    clearTimeout(timer);
    return this.health();
  }

  async close(options: FlushOptions = {}): Promise<Health> {
    if (this.#closed) return this.health();
    this.#closed = true;
    await this.flush(options);
    this.#courier.saveNow();
    this.#courier.stop();
    this.#leave();
    this.#numbers.state = "closed";
    return this.health();
  }

  health(): Health {
    return this.#health();
  }

  problem(message: string): void {
    this.#numbers.problem("wrapper", message);
  }
}

/** What a host gets whose configuration is wrong: it runs on, and its health says so. */
class Disconnected implements Steward {
  readonly #numbers: Numbers;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
  }

  record(fields: DecisionFields): string {
    this.#numbers.add("recorded", 1);
    this.#numbers.add("dropped", 1);
    return fields?.id ?? newId();
  }

  served(): void {
    // There is nobody to tell.
  }

  outcome(): void {
    // Nor here.
  }

  watch<Fn extends AnyFunction>(fn: Fn): Fn {
    return fn;
  }

  async flush(): Promise<Health> {
    return this.health();
  }

  async close(): Promise<Health> {
    return this.health();
  }

  health(): Health {
    return this.#numbers.health(0, { records: 0, bytes: 0 });
  }

  problem(message: string): void {
    this.#numbers.problem("wrapper", message);
  }
}
