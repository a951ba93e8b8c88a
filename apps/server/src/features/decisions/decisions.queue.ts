/**
 * Group commit: what many callers hand in at once is written together, one organisation at a time, whenever the write
 * before it has ended. There is no timer: a lone caller does not wait, and a crowd makes its own groups.
 */
import type { Uuid } from "@steward/kernel";

export interface QueueLimits {
  /** Records of one write. A caller's own records are never split. */
  readonly groupMaxRecords: number;
  /** What may wait, over all organisations; beyond it callers are turned away instead of filling the memory. */
  readonly waitingMaxRecords: number;
  readonly waitingMaxBytes: number;
}

/** What a caller hands in: `records` and `bytes` are its size. */
export interface Submission {
  readonly records: number;
  readonly bytes: number;
}

/** Nothing more is taken in: there is too much waiting, or the queue is being closed. */
export type Refusal = "full" | "closed";

interface Waiting<S, A> {
  readonly submission: S;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupQueue<S extends Submission, A> {
  readonly #write: (orgId: Uuid, submissions: readonly S[]) => Promise<readonly A[]>;
  readonly #isolates: (error: unknown) => boolean;
  readonly #limits: QueueLimits;
  readonly #lanes = new Map<Uuid, Waiting<S, A>[]>();
  readonly #running = new Set<Promise<void>>();
  #records = 0;
  #bytes = 0;
  #closed = false;

  /**
   * @param write stores a group and answers for each submission, in order; what it throws is thrown to all of them,
   * @param isolates unless it may be the fault of a single submission: then each is written by itself.
   */
  constructor(
    write: (orgId: Uuid, submissions: readonly S[]) => Promise<readonly A[]>,
    isolates: (error: unknown) => boolean,
    limits: QueueLimits,
  ) {
    this.#write = write;
    this.#isolates = isolates;
    this.#limits = limits;
  }

  /** Records that wait or are being written. */
  get waitingRecords(): number {
    return this.#records;
  }

  /** Why nothing of this size would be taken in now; undefined where it would. */
  refusal({ records, bytes }: Submission): Refusal | undefined {
    if (this.#closed) return "closed";
    const { waitingMaxRecords, waitingMaxBytes } = this.#limits;
    const full = this.#records + records > waitingMaxRecords || this.#bytes + bytes > waitingMaxBytes;
    // An empty queue takes whatever one request may carry.
    return full && this.#records > 0 ? "full" : undefined;
  }

  /** Resolves when the submission is committed. Ask `refusal` before. */
  push(orgId: Uuid, submission: S): Promise<A> {
    this.#records += submission.records;
    this.#bytes += submission.bytes;
    return new Promise<A>((resolve, reject) => {
      const waiting = { submission, resolve, reject };
      const lane = this.#lanes.get(orgId);
      if (lane) {
        lane.push(waiting);
        return;
      }
      this.#lanes.set(orgId, [waiting]);
      const running = this.#run(orgId).finally(() => this.#running.delete(running));
      this.#running.add(running);
    });
  }

  /** Takes nothing more in, and waits until all that was taken in is answered. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #run(orgId: Uuid): Promise<void> {
    const lane = this.#lanes.get(orgId) ?? [];
    while (lane.length > 0) await this.#writeGroup(orgId, takeGroup(lane, this.#limits.groupMaxRecords));
    this.#lanes.delete(orgId);
  }

  async #writeGroup(orgId: Uuid, group: readonly Waiting<S, A>[]): Promise<void> {
    try {
      const answers = await this.#write(
        orgId,
        group.map(({ submission }) => submission),
      );
      for (const [i, waiting] of group.entries()) this.#settle(waiting, () => waiting.resolve(answers[i] as A));
    } catch (error) {
      if (group.length > 1 && this.#isolates(error)) {
        for (const waiting of group) await this.#writeGroup(orgId, [waiting]);
        return;
      }
      for (const waiting of group) this.#settle(waiting, () => waiting.reject(error));
    }
  }

  #settle({ submission }: Waiting<S, A>, tell: () => void): void {
    this.#records -= submission.records;
    this.#bytes -= submission.bytes;
    tell();
  }
}

/** Takes from the front as many submissions as fit into one write, and always the first. */
function takeGroup<S extends Submission, A>(lane: Waiting<S, A>[], maxRecords: number): Waiting<S, A>[] {
  let records = 0;
  const over = lane.findIndex(({ submission }, i) => (records += submission.records) > maxRecords && i > 0);
  return lane.splice(0, over === -1 ? lane.length : over);
}
