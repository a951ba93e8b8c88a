/** Which decision settles a finding, and for how long. */
import type { Micros } from "@steward/kernel";

import type { DispositionFact } from "../facts-inventory.ts";
import { compare } from "../intervals.ts";

export class Dispositions {
  #byKey: ReadonlyMap<string, readonly DispositionFact[]>;
  #now: Micros;

  constructor(dispositions: readonly DispositionFact[], now: Micros) {
    this.#now = now;
    this.#byKey = Map.groupBy(
      dispositions.filter(isApproved).toSorted((a, b) => compare(b.at, a.at) || compare(a.id, b.id)),
      ({ findingKey }) => findingKey,
    );
  }

  /** The system that a shadow finding's thing was attached to, by the newest decision. */
  attachedTo(findingKey: string): string | undefined {
    return this.#byKey.get(findingKey)?.find(({ kind }) => kind === "attach")?.systemId ?? undefined;
  }

  /**
   * The newest decision in force that settles what was known at `knownAt`: it speaks of nothing that became known later,
   * so that nobody can settle in advance. That a thing is switched off is untrue once it is seen again, at `seenAt`.
   */
  covering(findingKey: string, knownAt: Micros, seenAt: Micros = knownAt): DispositionFact | null {
    const covers = ({ kind, at, until }: DispositionFact) =>
      kind !== "attach" && at >= (kind === "switched_off" ? seenAt : knownAt) && (until === null || until > this.#now);
    return this.#byKey.get(findingKey)?.find(covers) ?? null;
  }
}

/** Whoever asks to leave something as it is can't be the one who agrees. Attaching changes what is looked at instead. */
function isApproved({ kind, requesterId, approverId }: DispositionFact): boolean {
  return kind === "attach" || (approverId !== null && approverId !== requesterId);
}
