/**
 * Carries what was recorded to the server: packs, redacts, sends, keeps what cannot be sent, and comes back to it.
 * One request at a time; nothing here throws or rejects.
 */
import { waitMs } from "./backoff.ts";
import type { Backlog, Kept, Parcel } from "./backlog.ts";
import type { Numbers } from "./numbers.ts";
import { Queue } from "./queue.ts";
import { type Entry, type Hash, redactAll, type Redactor } from "./redact.ts";
import type { ServedCounts } from "./served.ts";
import type { Answer, Transport } from "./transport.ts";

/** Half of what a request may carry: the server answers soon, and a lost answer costs little. */
const BATCH_MAX_RECORDS = 500;
const BATCH_MAX_CHARS = 2 * 1024 * 1024;
/** A record is sent within this time, or when a batch is full. */
const FLUSH_INTERVAL_MS = 1000;
/** Each report of served requests is an entry of the ledger; once a minute tells enough. */
const SERVED_INTERVAL_MS = 60_000;
/** What may wait in memory, should the host record faster than the event loop lets anything be sent. */
const QUEUE_MAX_RECORDS = 100_000;
const QUEUE_MAX_CHARS = 64 * 1024 * 1024;

export interface CourierParts {
  readonly transport: Transport;
  readonly backlog: Backlog;
  readonly redactor: Redactor;
  readonly hash: Hash;
  readonly served: ServedCounts;
  readonly numbers: Numbers;
}

export class Courier {
  readonly #parts: CourierParts;
  readonly #queue = new Queue(QUEUE_MAX_RECORDS, QUEUE_MAX_CHARS);
  readonly #outcomes: string[] = [];
  #inHand: readonly Entry[] = [];
  #working: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerDueMs = Infinity;
  #flushing = false;
  #failures = 0;
  #blockedUntilMs = 0;
  /** When what is in the queue must be packed; undefined while it is empty. */
  #packAtMs: number | undefined;
  #servedAtMs = 0;

  constructor(parts: CourierParts) {
    this.#parts = parts;
    // An earlier process may have left something.
    this.#wakeAt(Date.now());
  }

  get waiting(): number {
    return this.#queue.length + this.#inHand.length + this.#outcomes.length;
  }

  get isDirty(): boolean {
    return this.waiting > 0 || (this.#parts.served.isDirty && !this.#isBlocked());
  }

  push(entry: Entry, nowMs: number): void {
    if (!this.#queue.push(entry)) this.#drop(1, "More is recorded than can be sent or kept.");
    this.#packAtMs ??= nowMs + FLUSH_INTERVAL_MS;
    this.#wakeAt(this.#queue.length >= BATCH_MAX_RECORDS ? nowMs : this.#packAtMs);
  }

  pushOutcome(text: string): void {
    if (this.#outcomes.length >= QUEUE_MAX_RECORDS) this.#drop(1, "More outcomes are told than can be sent or kept.");
    else this.#outcomes.push(text);
    this.#wakeAt(Date.now() + FLUSH_INTERVAL_MS);
  }

  /** Tells the counts of served requests when their time comes. */
  servedChanged(nowMs: number): void {
    this.#servedAtMs ||= nowMs + SERVED_INTERVAL_MS;
    this.#wakeAt(this.#servedAtMs);
  }

  /** Resolves when all that was recorded before is with the server or kept. */
  async flush(): Promise<void> {
    this.#flushing = true;
    await this.#working;
    this.#flushing = true;
    await this.#work();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#timerDueMs = -Infinity;
  }

  /** Writes what is in memory to disk, now; for the last moment of a process. */
  saveNow(): void {
    const { backlog, served } = this.#parts;
    while (this.#inHand.length + this.#queue.length > 0) {
      const batch = this.#inHand.length > 0 ? this.#inHand : this.#queue.take(BATCH_MAX_RECORDS, BATCH_MAX_CHARS);
      const texts = redactAll(this.#parts.redactor, batch, this.#parts.hash);
      // Where hashes take a while there is no disk either.
      if (texts instanceof Promise || !backlog.addAtExit(parcelOf("decisions", texts)))
        this.#drop(batch.length, "The process ends.");
      this.#inHand = [];
    }
    for (let parcel = this.#takeOutcomes(); parcel; parcel = this.#takeOutcomes()) {
      if (!backlog.addAtExit(parcel)) this.#drop(parcel.records, "The process ends.");
    }
    const report = served.report();
    if (report) backlog.addAtExit(report.parcel);
  }

  #isBlocked(): boolean {
    return Date.now() < this.#blockedUntilMs;
  }

  #wakeAt(dueMs: number): void {
    if (this.#working || dueMs >= this.#timerDueMs) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = dueMs;
    this.#timer = setTimeout(() => void this.#work(), Math.max(0, dueMs - Date.now()));
    // Waiting must not keep a process alive; its end flushes.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #work(): Promise<void> {
    this.#working ??= this.#workOn().finally(() => {
      this.#working = undefined;
      if (this.#timerDueMs !== -Infinity) this.#sleep();
    });
    return this.#working;
  }

  async #workOn(): Promise<void> {
    // Counts are taken before what was recorded is sent, and sent after it: the log is never behind the counts.
    const report = this.#flushing || Date.now() >= this.#servedAtMs ? this.#parts.served.report() : undefined;
    try {
      while (await this.#step()) {
        // Until there is nothing left that can be done now.
      }
      if (report) await this.#tellServed(report);
    } catch (error) {
      // Nothing is known to throw; should it, the records in hand are kept for the next round.
      this.#parts.numbers.problem("away", error instanceof Error ? error.message : String(error));
    }
    this.#flushing = false;
  }

  #sleep(): void {
    this.#timerDueMs = Infinity;
    const { backlog, served } = this.#parts;
    const rest = backlog.records > 0 || this.#outcomes.length > 0;
    const dues = [
      this.#packAtMs,
      rest ? Math.max(this.#blockedUntilMs, Date.now() + FLUSH_INTERVAL_MS) : undefined,
      served.isDirty ? Math.max(this.#blockedUntilMs, this.#servedAtMs) : undefined,
    ].filter((due) => due !== undefined);
    if (dues.length > 0) this.#wakeAt(Math.min(...dues));
  }

  /** Does one thing; false where there is nothing to do now. */
  async #step(): Promise<boolean> {
    if (this.#isDue()) {
      await this.#packAndSend();
      return true;
    }
    if (this.#isBlocked()) return false;
    const kept = await this.#parts.backlog.oldest();
    if (kept) return this.#sendKept(kept);
    // An outcome is told after its decision.
    const outcomes = this.#queue.length === 0 ? this.#takeOutcomes() : undefined;
    if (!outcomes) return false;
    if ((await this.#deliver(outcomes)) === "later") await this.#keep(outcomes);
    return true;
  }

  #takeOutcomes(): Parcel | undefined {
    const texts = this.#outcomes.splice(0, BATCH_MAX_RECORDS);
    return texts.length === 0 ? undefined : parcelOf("outcomes", texts);
  }

  #isDue(): boolean {
    const { length } = this.#queue;
    if (length === 0) return false;
    return this.#flushing || length >= BATCH_MAX_RECORDS || Date.now() >= (this.#packAtMs ?? 0);
  }

  async #packAndSend(): Promise<void> {
    this.#inHand = this.#queue.take(BATCH_MAX_RECORDS, BATCH_MAX_CHARS);
    this.#packAtMs = this.#queue.length > 0 ? Date.now() : undefined;
    const parcel = parcelOf("decisions", await redactAll(this.#parts.redactor, this.#inHand, this.#parts.hash));
    if (this.#isBlocked() || (await this.#deliver(parcel)) === "later") await this.#keep(parcel);
    this.#inHand = [];
  }

  async #sendKept(kept: Kept): Promise<boolean> {
    if ((await this.#deliver(kept.parcel)) === "later") return false;
    await this.#parts.backlog.remove(kept);
    return true;
  }

  async #tellServed({ parcel, done }: NonNullable<ReturnType<ServedCounts["report"]>>): Promise<void> {
    const { backlog } = this.#parts;
    if (this.#isBlocked() || backlog.records > 0) return backlog.keepServed(parcel);
    this.#servedAtMs = Date.now() + SERVED_INTERVAL_MS;
    const fate = await this.#deliver(parcel);
    if (fate === "later") return backlog.keepServed(parcel);
    // Counts of a system that is not registered yet are told again: they hold whole hours.
    if (fate === "taken") done(Date.now());
    await backlog.keepServed(undefined);
  }

  async #deliver(parcel: Parcel): Promise<Answer["is"]> {
    const { numbers, transport } = this.#parts;
    const answer = await transport.send(parcel);
    if (answer.is === "later") {
      this.#failures++;
      this.#blockedUntilMs = Date.now() + waitMs(this.#failures, answer.waitMs);
      numbers.state = answer.state;
      numbers.problem(answer.state, answer.why);
      return answer.is;
    }
    this.#failures = 0;
    this.#blockedUntilMs = 0;
    numbers.sent();
    if (answer.is === "taken") {
      if (parcel.kind === "decisions") {
        numbers.add("accepted", answer.accepted);
        numbers.add("duplicates", answer.duplicates);
      }
      this.#reject(answer.rejected, answer.why);
      return answer.is;
    }
    const halves = halvesOf(parcel);
    if (halves.length === 0) this.#reject(parcel.records, answer.why);
    // One record that the server cannot read must not take the others with it.
    for (const half of halves) if ((await this.#deliver(half)) === "later") await this.#keep(half);
    return answer.is;
  }

  async #keep(parcel: Parcel): Promise<void> {
    if (!(await this.#parts.backlog.add(parcel))) this.#drop(parcel.records, "There is no room left to keep records.");
  }

  #drop(records: number, why: string): void {
    this.#parts.numbers.add("dropped", records);
    this.#parts.numbers.problem("dropped", `${why} The newest records are lost.`);
  }

  #reject(records: number, why: string | undefined): void {
    this.#parts.numbers.add("rejected", records);
    if (why !== undefined) this.#parts.numbers.problem("rejected", why);
  }
}

function parcelOf(kind: Parcel["kind"], texts: readonly string[]): Parcel {
  return { kind, records: texts.length, body: `[${texts.join(",")}]` };
}

/** Both halves of a parcel of several decisions; none where it cannot be split. */
function halvesOf({ kind, records, body }: Parcel): Parcel[] {
  if (kind === "served" || records < 2) return [];
  try {
    const all = (JSON.parse(body) as unknown[]).map((one) => JSON.stringify(one));
    const middle = Math.ceil(all.length / 2);
    return all.length < 2 ? [] : [parcelOf(kind, all.slice(0, middle)), parcelOf(kind, all.slice(middle))];
  } catch {
    return [];
  }
}
