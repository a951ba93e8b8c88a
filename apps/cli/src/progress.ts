/** A progress bar on stderr, where a person is watching; nothing at all elsewhere. */
import process from "node:process";

export interface Progress {
  /** Whether anybody sees it: asking how far a step is costs something too. */
  readonly shown: boolean;
  /** Says how far a step is, from 0 to 1. */
  update(step: string, share: number): void;
  /** Clears the line, so that what follows starts clean. */
  done(): void;
}

const WIDTH = 30;

/** Work that ends sooner needs no bar. */
const QUIET_MS = 300;

export function progressOn(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { shown: false, update: () => undefined, done: () => undefined };
  const start = performance.now();
  let shown = "";
  return {
    shown: true,
    update(step, share) {
      if (performance.now() - start < QUIET_MS) return;
      const done = Math.min(1, Math.max(0, share));
      const filled = Math.round(done * WIDTH);
      const line = `${step} [${"█".repeat(filled)}${"░".repeat(WIDTH - filled)}] ${Math.round(done * 100)} %`;
      if (line === shown) return;
      shown = line;
      stream.write(`\r\u001B[K${line}`);
    },
    done() {
      if (shown !== "") stream.write("\r\u001B[K");
      shown = "";
    },
  };
}
