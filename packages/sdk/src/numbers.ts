/** The connection's own numbers, and whom it tells of problems. */
import type { Health, Problem, ProblemCode } from "./types.ts";

type Counted = "recorded" | "accepted" | "duplicates" | "rejected" | "dropped";

export class Numbers {
  readonly #onProblem: ((problem: Problem) => void) | undefined;
  readonly #warned = new Set<ProblemCode>();
  readonly #counts: Record<Counted, number> = { recorded: 0, accepted: 0, duplicates: 0, rejected: 0, dropped: 0 };
  #lastSentAt: string | null = null;
  #lastProblem: Health["lastProblem"] = null;
  state: Health["state"] = "ok";

  constructor(onProblem: ((problem: Problem) => void) | undefined) {
    this.#onProblem = onProblem;
  }

  add(counted: Counted, records: number): void {
    this.#counts[counted] += records;
  }

  sent(): void {
    this.#lastSentAt = new Date().toISOString();
    if (this.state === "away" || this.state === "refused") this.state = "ok";
  }

  problem(code: ProblemCode, message: string): void {
    const problem = { code, message };
    this.#lastProblem = { ...problem, at: new Date().toISOString() };
    try {
      if (this.#onProblem) this.#onProblem(problem);
      else if (!this.#warned.has(code)) console.warn(`Steward: ${message} (${code}; told once)`);
    } catch {
      // A host's callback that throws must not stop what it is told about.
    }
    this.#warned.add(code);
  }

  health(waiting: number, backlog: { readonly records: number; readonly bytes: number }): Health {
    return {
      state: this.state,
      ...this.#counts,
      waiting,
      spooled: backlog.records,
      spooledBytes: backlog.bytes,
      lastSentAt: this.#lastSentAt,
      lastProblem: this.#lastProblem,
    };
  }
}
