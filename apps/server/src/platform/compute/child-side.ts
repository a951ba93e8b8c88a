/** What a child of the server does to live and end with it. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Hears every message of the parent, in their order. */
export function listenToParent<M>(hear: (message: M) => void): void {
  // A terminal and a service manager send these to parent and child alike; the parent decides when its children end.
  for (const signal of SIGNALS) process.on(signal, () => undefined);
  process.on("disconnect", () => process.exit());
  process.on("message", hear);
}

/** Sends plain data to the parent; one that is gone hears nothing. */
export function tellParent(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Answers the one piece of work that this process was started for. An error ends it, and the parent is told. */
export function answerWork<W>(answer: (work: W) => object): void {
  listenToParent<W>((work) => tellParent(answer(work)));
}
