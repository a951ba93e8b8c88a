/** What the core needs from where it runs; all else is the same in Node, in browsers and at the edge. */
import { type Backlog, MemoryBacklog } from "./backlog.ts";
import type { Problem, SpoolOptions } from "./types.ts";

/** What a connection can do when its process is about to end. */
export interface ExitHooks {
  /** Whether anything is in memory that a flush could move. */
  isDirty(): boolean;
  flush(timeoutMs: number): Promise<unknown>;
  /** Writes what is in memory to disk without waiting for anything. */
  saveNow(): void;
}

export interface BacklogPlace {
  readonly spool: SpoolOptions | false;
  /** Tells connections to other servers, or of other keys, apart. */
  readonly fingerprint: string;
  /** Name of this process among those that count requests. */
  readonly source: string;
  readonly onProblem: (problem: Problem) => void;
}

export interface Platform {
  /** HMAC-SHA256 of each text in hexadecimal; at once where the platform can. */
  hash(secret: string, texts: readonly string[]): readonly string[] | Promise<readonly string[]>;
  openBacklog(place: BacklogPlace): Backlog;
  /** Answers how to be told no more. */
  onExit(hooks: ExitHooks): () => void;
}

/** What waits where there is no disk. */
export const MEMORY_BACKLOG_MAX_BYTES = 32 * 1024 * 1024;

/** Browsers, workers and edge functions: Web Crypto, no disk, no end that is announced. */
export const webPlatform: Platform = {
  async hash(secret, texts) {
    if (texts.length === 0) return [];
    const encoder = new TextEncoder();
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
    return Promise.all(
      texts.map(async (text) => {
        const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
        return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
      }),
    );
  },
  openBacklog: () => new MemoryBacklog(MEMORY_BACKLOG_MAX_BYTES),
  onExit: () => () => undefined,
};
