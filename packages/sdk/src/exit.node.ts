/**
 * The end of a process. Listening for a signal switches off what Node does by itself, so where nobody else listens the
 * signal is raised again once what waits is safe; where the host listens, ending is the host's.
 */
import process from "node:process";

import type { ExitHooks } from "./platform.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
/** Supervisors kill after some ten seconds; what is not sent by then is on disk. */
const SIGNAL_FLUSH_MS = 2000;
const EXIT_FLUSH_MS = 5000;

const open = new Set<ExitHooks>();

export function onExit(hooks: ExitHooks): () => void {
  if (open.size === 0) {
    process.on("beforeExit", flushAll);
    process.on("exit", saveAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  open.add(hooks);
  return () => {
    if (!open.delete(hooks) || open.size > 0) return;
    process.off("beforeExit", flushAll);
    process.off("exit", saveAll);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

/** Node asks again when this is done; then nothing is dirty and it ends. */
function flushAll(): void {
  for (const hooks of open) if (hooks.isDirty()) void hooks.flush(EXIT_FLUSH_MS);
}

function saveAll(): void {
  for (const hooks of open) hooks.saveNow();
}

function onSignal(signal: NodeJS.Signals): void {
  const hostListens = process.listenerCount(signal) > 1;
  const flushed = Promise.all([...open].map((hooks) => hooks.flush(SIGNAL_FLUSH_MS)));
  if (hostListens) return;
  void flushed.then(() => {
    saveAll();
    process.off(signal, onSignal);
    process.kill(process.pid, signal);
  });
}
