/**
 * Requests served, hour by hour (UTC), apart from what is logged: only so can Steward know that the log is complete.
 * A report holds the whole count of this process for an hour, so that it may be sent again and again.
 */
import type { Parcel } from "./backlog.ts";

const HOUR_MS = 3_600_000;

interface Count {
  readonly system: string;
  readonly hourMs: number;
  served: number;
  /** What the server knows. */
  reported: number;
}

export class ServedCounts {
  readonly #source: string;
  readonly #counts = new Map<string, Count>();

  /** `source` names this process among all that count for a system. */
  constructor(source: string) {
    this.#source = source;
  }

  add(system: string, requests: number, nowMs: number): void {
    const hourMs = nowMs - (nowMs % HOUR_MS);
    const key = `${hourMs} ${system}`;
    const count = this.#counts.get(key) ?? { system, hourMs, served: 0, reported: 0 };
    count.served += requests;
    this.#counts.set(key, count);
  }

  get isDirty(): boolean {
    for (const { served, reported } of this.#counts.values()) if (served !== reported) return true;
    return false;
  }

  /** What the server does not know yet, and what to do once it does. */
  report(): { parcel: Parcel; done: (nowMs: number) => void } | undefined {
    const news = [...this.#counts.values()].filter(({ served, reported }) => served !== reported);
    if (news.length === 0) return undefined;
    const told = news.map((count) => [count, count.served] as const);
    const body = told.map(([{ system, hourMs }, served]) => ({
      system,
      source: this.#source,
      hour: new Date(hourMs).toISOString(),
      served,
    }));
    return {
      parcel: { kind: "served", records: 0, body: JSON.stringify(body) },
      done: (nowMs) => {
        for (const [count, served] of told) count.reported = served;
        this.#forget(nowMs);
      },
    };
  }

  /** Hours that have ended and are reported need not be remembered. */
  #forget(nowMs: number): void {
    for (const [key, { hourMs, served, reported }] of this.#counts) {
      if (served === reported && hourMs + HOUR_MS < nowMs) this.#counts.delete(key);
    }
  }
}
