/**
 * Group commit: what many callers of an organisation hand in at once is written together. There is no timer: a lone
 * caller does not wait, and a crowd makes its own groups, because more callers arrive while a group is being written.
 *
 * Two groups of an organisation may be under way: one is computed here while the other is in the database, where they
 * take turns at the head of the log.
 */
import type { Uuid } from "@steward/kernel";

import { nextTurn } from "../../platform/jobs/turns.ts";

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

/** What one organisation has waiting and under way. */
interface Lane<S, A> {
  readonly waiting: Waiting<S, A>[];
  waitingRecords: number;
  groups: number;
}

/** Groups of one organisation under way: a third would only wait for its turn. */
const GROUPS_MAX = 2;
/**
 * A group behind another has at least so many records, or begins when the other has ended: of a crowd whose answers have
 * just gone out, the first to come back would be a group of its own, and take a whole turn at the head of the log.
 */
const BEHIND_MIN_RECORDS = 64;

export class GroupQueue<S extends Submission, A> {
  readonly #write: (orgId: Uuid, submissions: readonly S[]) => Promise<readonly A[]>;
  readonly #isolates: (error: unknown) => boolean;
  readonly #limits: QueueLimits;
  readonly #lanes = new Map<Uuid, Lane<S, A>>();
  readonly #running = new Set<Promise<void>>();
  readonly #woken = new Set<Uuid>();
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
      const lane = this.#lanes.get(orgId) ?? { waiting: [], waitingRecords: 0, groups: 0 };
      this.#lanes.set(orgId, lane);
      lane.waiting.push({ submission, resolve, reject });
      lane.waitingRecords += submission.records;
      this.#wake(orgId, lane);
    });
  }

  /** Takes nothing more in, and waits until all that was taken in is answered. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#records > 0) {
      await Promise.all(this.#running);
      await nextTurn();
    }
  }

  /** Starts groups in the next turn of the event loop, so that all who arrive in this one are among them. */
  #wake(orgId: Uuid, lane: Lane<S, A>): void {
    if (lane.groups === GROUPS_MAX || this.#woken.has(orgId)) return;
    this.#woken.add(orgId);
    setImmediate(() => {
      this.#woken.delete(orgId);
      while (this.#begins(lane)) this.#start(orgId, lane);
      if (lane.groups === 0) this.#lanes.delete(orgId);
    });
  }

  #begins({ waiting, waitingRecords, groups }: Lane<S, A>): boolean {
    if (waiting.length === 0 || groups === GROUPS_MAX) return false;
    return groups === 0 || waitingRecords >= Math.min(BEHIND_MIN_RECORDS, this.#limits.groupMaxRecords);
  }

  #start(orgId: Uuid, lane: Lane<S, A>): void {
    lane.groups++;
    const group = takeGroup(lane, GROUPS_MAX - lane.groups + 1, this.#limits.groupMaxRecords);
    const running = this.#writeGroup(orgId, group).finally(() => {
      this.#running.delete(running);
      lane.groups--;
      this.#wake(orgId, lane);
    });
    this.#running.add(running);
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

/** Takes from the front the share of one of `groups`, always at least the first submission. */
function takeGroup<S extends Submission, A>(lane: Lane<S, A>, groups: number, maxRecords: number): Waiting<S, A>[] {
  const { waiting, waitingRecords } = lane;
  const share = waitingRecords < groups * BEHIND_MIN_RECORDS ? waitingRecords : Math.ceil(waitingRecords / groups);
  const limit = Math.min(share, maxRecords);
  let taken = 0;
  let count = 0;
  for (const { submission } of waiting) {
    if (count > 0 && taken + submission.records > limit) break;
    taken += submission.records;
    count++;
  }
  lane.waitingRecords -= taken;
  return waiting.splice(0, count);
}
