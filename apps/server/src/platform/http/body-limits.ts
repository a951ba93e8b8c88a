/** How much of what is sent is held at once: read, waiting, and worked on. */
import type { FastifyRequest } from "fastify";

import { HttpProblem } from "./problem.ts";

export interface BodyLimits {
  /** Bodies that are being read or worked on, of all requests together; beyond it senders are turned away. */
  readonly heldMaxBytes: number;
  /** Lists that are parsed and worked on at once: more would only wait, and parsed they are many times as large. */
  readonly workedOnMaxBytes: number;
  /** Lists that wait as they came: a few seconds of work. */
  readonly waitingMaxBytes: number;
}

const MEGABYTE = 1024 * 1024;
export const DEFAULT_LIMITS: BodyLimits = {
  heldMaxBytes: 128 * MEGABYTE,
  workedOnMaxBytes: 4 * MEGABYTE,
  waitingMaxBytes: 32 * MEGABYTE,
};
const RETRY_AFTER_SECONDS = 2;

/** Counts what bodies hold until their requests are answered, or given up. */
export class Held {
  readonly #bytes = new WeakMap<FastifyRequest, number>();
  readonly #max: number;
  #total = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws HttpProblem `too_many_requests`. */
  add(request: FastifyRequest, bytes: number): void {
    if (this.#total + bytes > this.#max) throw tooMany();
    this.#total += bytes;
    this.#bytes.set(request, (this.#bytes.get(request) ?? 0) + bytes);
  }

  release(request: FastifyRequest): void {
    this.#total -= this.#bytes.get(request) ?? 0;
    this.#bytes.delete(request);
  }
}

interface Waiting {
  readonly request: FastifyRequest;
  readonly bytes: number;
  readonly turn: PromiseWithResolvers<void>;
}

/** Lets lists in one after the other, as there is room for them. */
export class Turns {
  readonly #limits: BodyLimits;
  readonly #bytes = new WeakMap<FastifyRequest, number>();
  #waiting: Waiting[] = [];
  #workedOn = 0;
  #waitingBytes = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Resolves when it is this request's turn. @throws HttpProblem `too_many_requests`, `malformed` where it is given up. */
  async take(request: FastifyRequest, bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#hasRoom(bytes)) return this.#start(request, bytes);
    if (this.#waitingBytes + bytes > this.#limits.waitingMaxBytes) throw tooMany();
    const turn = Promise.withResolvers<void>();
    this.#waitingBytes += bytes;
    this.#waiting.push({ request, bytes, turn });
    return turn.promise;
  }

  /** The request is answered, or its sender is gone. */
  release(request: FastifyRequest): void {
    const started = this.#bytes.get(request);
    if (started === undefined) return this.#giveUp(request);
    this.#workedOn -= started;
    this.#bytes.delete(request);
    for (let next = this.#waiting[0]; next && this.#hasRoom(next.bytes); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes;
      this.#start(next.request, next.bytes);
      next.turn.resolve();
    }
  }

  #giveUp(request: FastifyRequest): void {
    const gone = this.#waiting.find((waiting) => waiting.request === request);
    if (gone === undefined) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting !== gone);
    this.#waitingBytes -= gone.bytes;
    gone.turn.reject(new HttpProblem("malformed", "The connection was closed before the body's turn came."));
  }

  /** One that is larger than all the room there is takes all of it. */
  #hasRoom(bytes: number): boolean {
    return this.#workedOn === 0 || this.#workedOn + bytes <= this.#limits.workedOnMaxBytes;
  }

  #start(request: FastifyRequest, bytes: number): void {
    this.#workedOn += bytes;
    this.#bytes.set(request, bytes);
  }
}

function tooMany(): HttpProblem {
  return new HttpProblem("too_many_requests", "More arrives than can be worked off; send this again shortly.", {
    headers: { "retry-after": String(RETRY_AFTER_SECONDS), connection: "close" },
  });
}
