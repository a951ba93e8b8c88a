/** What waits until the server takes it. */

/** One request to be: records of one kind, as the exact body that is sent. */
export interface Parcel {
  readonly kind: "decisions" | "served" | "outcomes";
  readonly records: number;
  readonly body: string;
}

/** A parcel with the names under which its parts are kept. */
export interface Kept {
  readonly names: readonly string[];
  readonly parcel: Parcel;
}

/** Bounded: what finds no room is refused, so the oldest stay. Nothing here throws or rejects. */
export interface Backlog {
  readonly records: number;
  readonly bytes: number;
  /** False where there is no room. */
  add(parcel: Parcel): Promise<boolean>;
  /** For the last moment of a process; false also where only memory is left. */
  addAtExit(parcel: Parcel): boolean;
  oldest(): Promise<Kept | undefined>;
  remove(kept: Kept): Promise<void>;
  /** Replaces the one parcel of this process that says how much was served; undefined takes it away. */
  keepServed(parcel: Parcel | undefined): Promise<void>;
}

/** Where there is no disk, or it cannot be used. */
export class MemoryBacklog implements Backlog {
  readonly #maxBytes: number;
  readonly #kept: Kept[] = [];
  records = 0;
  bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  async add(parcel: Parcel): Promise<boolean> {
    if (this.bytes + parcel.body.length > this.#maxBytes) return false;
    this.#kept.push({ names: [], parcel });
    this.records += parcel.records;
    this.bytes += parcel.body.length;
    return true;
  }

  addAtExit(): boolean {
    return false;
  }

  async oldest(): Promise<Kept | undefined> {
    return this.#kept[0];
  }

  async remove(kept: Kept): Promise<void> {
    const place = this.#kept.indexOf(kept);
    if (place === -1) return;
    this.#kept.splice(place, 1);
    this.records -= kept.parcel.records;
    this.bytes -= kept.parcel.body.length;
  }

  async keepServed(): Promise<void> {
    // The counts themselves are in memory.
  }
}
