/** What entries must be, one by one and together: canonical, unique, and without gaps in the versions of a subject. */
import type { Micros } from "@steward/kernel";

import { decodeEntry, entryTime } from "../entry.ts";
import type { Entry, Subject } from "../entry.ts";
import { LedgerError } from "../error.ts";
import type { PlacedEntry } from "./bundle-check.ts";
import type { Findings } from "./finding.ts";
import { UuidSet } from "./uuid-set.ts";

/** The versions of a subject that were not seen yet, below the highest that was: [from, to], both included. */
type Gap = readonly [from: number, to: number];

export class EntryRules {
  readonly #findings: Findings;
  readonly #ids = new UuidSet();
  readonly #nextVersions = new Map<string, number>();
  readonly #gaps = new Map<string, Gap[]>();
  #latest: Micros = 0n;
  #timesBack = 0;
  #firstTimeBack: { readonly index: number; readonly micros: Micros } | undefined;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Checks an entry and gives it back decoded; undefined where it is none. */
  check({ index, bytes }: PlacedEntry): Entry | undefined {
    let entry: Entry;
    try {
      entry = decodeEntry(bytes);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      this.#findings.add({ code: "entry_invalid", entry: index, message: `Entry ${index}: ${error.message}` });
      return undefined;
    }
    if (!this.#ids.add(entry.id)) {
      const message = `Entry ${index} has the id ${entry.id} of an earlier entry.`;
      this.#findings.add({ code: "id_repeated", entry: index, message });
    }
    if (entry.subject.version !== undefined) this.#checkVersion(index, entry.subject, entry.subject.version);
    this.#checkTime(index, entryTime(entry));
    return entry;
  }

  /** What is remarkable and no fault. */
  notes(): string[] {
    if (this.#firstTimeBack === undefined) return [];
    const { index, micros } = this.#firstTimeBack;
    return [
      `The time of ${this.#timesBack} entries lies before that of an earlier entry, first at entry ${index} by ${micros} µs. ` +
        "Several writers have several clocks; the order of a log is that of its entries, not of their times.",
    ];
  }

  #checkVersion(index: number, subject: Subject, version: number): void {
    const key = subjectKey(subject);
    const next = this.#nextVersions.get(key) ?? 1;
    if (version >= next) this.#nextVersions.set(key, version + 1);
    if (version === next) return;
    const what = `${subject.kind} ${subject.id}`;
    if (version > next) {
      const gaps = this.#gaps.get(key) ?? [];
      gaps.push([next, version - 1]);
      this.#gaps.set(key, gaps);
      const range = next === version - 1 ? `version ${next} is` : `versions ${next} to ${version - 1} are`;
      const message = `Before version ${version} of ${what} in entry ${index}, ${range} missing.`;
      this.#findings.add({ code: "version_missing", entry: index, message });
    } else if (this.#fillGap(key, version)) {
      const message = `Version ${version} of ${what} in entry ${index} comes after a later version.`;
      this.#findings.add({ code: "version_reordered", entry: index, message });
    } else {
      const message = `Entry ${index} repeats version ${version} of ${what}.`;
      this.#findings.add({ code: "version_repeated", entry: index, message });
    }
  }

  #fillGap(key: string, version: number): boolean {
    const gaps = this.#gaps.get(key) ?? [];
    const hit = gaps.find(([from, to]) => from <= version && version <= to);
    if (hit === undefined) return false;
    const [from, to] = hit;
    const rest: Gap[] = [
      [from, version - 1],
      [version + 1, to],
    ];
    this.#gaps.set(key, [...gaps.filter((gap) => gap !== hit), ...rest.filter(([low, high]) => low <= high)]);
    return true;
  }

  #checkTime(index: number, time: Micros): void {
    if (time >= this.#latest) {
      this.#latest = time;
      return;
    }
    this.#timesBack++;
    this.#firstTimeBack ??= { index, micros: this.#latest - time };
  }
}

/** One text for one subject, whatever its version. */
export function subjectKey(subject: Subject): string {
  return `${subject.kind} ${subject.id}`;
}
