/**
 * What must be told of the bodies: each one that an entry commits to is disclosed as it was, or was erased, and the
 * erasure is itself an entry of the log.
 */
import { checkBody, checkOpenFields, parseSeed } from "../commitment.ts";
import type { Body, FieldFault } from "../commitment.ts";
import { parseDisclosure } from "../disclosure.ts";
import type { Disclosure, ErasedBody } from "../disclosure.ts";
import { ERASURE_ENTRIES_FIELD, ERASURE_KIND } from "../entry.ts";
import type { Entry } from "../entry.ts";
import { LedgerError } from "../error.ts";
import { utf8Decode } from "../bytes.ts";
import { subjectKey } from "./entry-rules.ts";
import type { EpochRules } from "./epoch-rules.ts";
import type { Findings } from "./finding.ts";

const NEWLINE = 0x0a;

/** An entry that says that it was erased by a later one, which was not read yet. */
interface Waiting {
  readonly index: number;
  readonly subject: string;
}

export interface DecodedEntry {
  readonly index: number;
  readonly entry: Entry;
}

export class BodyRules {
  readonly #findings: Findings;
  readonly #epochs: EpochRules;
  readonly #waiting = new Map<number, Waiting[]>();
  checked = 0;
  withheld = 0;

  constructor(findings: Findings, epochs: EpochRules) {
    this.#findings = findings;
    this.#epochs = epochs;
  }

  /** Checks the entries of a bundle against the file of their disclosures (undefined: there is no such file). */
  check(entries: readonly DecodedEntry[], path: string, file: Uint8Array | undefined): void {
    const disclosures = this.#read(path, file);
    for (const { index, entry } of entries) {
      const disclosure = disclosures.get(index);
      const body = this.#checkOne(index, entry, path, disclosure);
      this.#settle(index, entry, body);
      this.#epochs.check(index, entry, body);
    }
  }

  /**
   * After the last entry: whoever still waits for an erasure beyond the end waits in vain. An erasure before the end
   * that was not settled is itself altered or missing; that finding says it all.
   */
  finish(size: number): void {
    for (const [erasedBy, waiting] of this.#waiting) {
      if (erasedBy < size) continue;
      for (const { index } of waiting) this.#noErasure(index, `entry ${erasedBy}, which is not in the log`);
    }
  }

  #read(path: string, file: Uint8Array | undefined): Map<number, Disclosure> {
    const disclosures = new Map<number, Disclosure>();
    let last = -1;
    const lines = linesOf(file ?? new Uint8Array(0));
    if ((file?.at(-1) ?? NEWLINE) !== NEWLINE) this.#invalidLine(path, lines.length, "It is cut off.");
    for (const [i, line] of lines.entries()) {
      try {
        const disclosure = parseDisclosure(utf8Decode(line));
        if (disclosure.index <= last) throw new LedgerError("disclosure_invalid", "The entries are not in order.");
        last = disclosure.index;
        disclosures.set(disclosure.index, disclosure);
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        this.#invalidLine(path, i + 1, error.message);
      }
    }
    return disclosures;
  }

  #invalidLine(path: string, line: number, why: string): void {
    this.#findings.add({ code: "disclosure_invalid", path, message: `In line ${line} of ${path}: ${why}` });
  }

  /** The body that an entry has; undefined where it is withheld, "faulty" where it is not the one that was recorded. */
  #checkOne(
    index: number,
    entry: Entry,
    path: string,
    disclosure: Disclosure | undefined,
  ): Body | "faulty" | undefined {
    if (disclosure === undefined) {
      if (entry.fields === undefined) return undefined;
      const fields = Object.keys(entry.fields);
      const message = `The body of entry ${index} is neither disclosed nor said to be erased.`;
      this.#findings.add({ code: "body_missing", entry: index, path, fields, message });
      return "faulty";
    }
    if (entry.fields === undefined) {
      const message = `A body is disclosed for entry ${index}, which has none.`;
      this.#findings.add({ code: "body_unexpected", entry: index, path, message });
      return "faulty";
    }
    if ("erasedBy" in disclosure) {
      this.withheld++;
      this.#reportFaults(index, path, checkOpenFields(entry, disclosure.open ?? []));
      this.#await(index, entry, disclosure);
      return undefined;
    }
    this.checked++;
    const faults = checkBody(entry, parseSeed(disclosure.seed), disclosure.body);
    this.#reportFaults(index, path, faults);
    return faults.length === 0 ? disclosure.body : "faulty";
  }

  #reportFaults(index: number, path: string, faults: readonly FieldFault[]): void {
    if (faults.length === 0) return;
    const words = { differs: "is not what was recorded", missing: "is missing", extra: "was not recorded" };
    const told = faults.map(({ field, fault }) => `"${field.slice(0, 64)}" ${words[fault]}`).join(", ");
    const fields = faults.map(({ field }) => field);
    const message = `The body of entry ${index} was altered: ${told}.`;
    this.#findings.add({ code: "body_altered", entry: index, path, fields, message });
  }

  #await(index: number, entry: Entry, { erasedBy }: ErasedBody): void {
    if (erasedBy <= index) {
      this.#noErasure(index, `entry ${erasedBy}, which is not a later one`);
      return;
    }
    const waiting = this.#waiting.get(erasedBy) ?? [];
    waiting.push({ index, subject: subjectKey(entry.subject) });
    this.#waiting.set(erasedBy, waiting);
  }

  /** An erasure covers the earlier entries of its own subject, and those that its body lists by their indexes. */
  #settle(index: number, entry: Entry, body: Body | "faulty" | undefined): void {
    const waiting = this.#waiting.get(index);
    if (waiting === undefined) return;
    this.#waiting.delete(index);
    const listed = body === "faulty" ? undefined : body?.[ERASURE_ENTRIES_FIELD];
    const covered = new Set<unknown>(Array.isArray(listed) ? listed : []);
    for (const one of waiting) {
      if (entry.kind !== ERASURE_KIND) this.#noErasure(one.index, `entry ${index}, which is not an erasure`);
      else if (one.subject !== subjectKey(entry.subject) && body !== "faulty" && !covered.has(one.index)) {
        this.#noErasure(one.index, `entry ${index}, which erases something else`);
      }
    }
  }

  #noErasure(index: number, by: string): void {
    const message = `The body of entry ${index} is withheld as erased by ${by}.`;
    this.#findings.add({ code: "erasure_invalid", entry: index, message });
  }
}

/** The lines of a file, without their newlines. */
function linesOf(file: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let at = 0; at < file.length;) {
    const end = file.indexOf(NEWLINE, at);
    if (end < 0) {
      lines.push(file.subarray(at));
      break;
    }
    lines.push(file.subarray(at, end));
    at = end + 1;
  }
  return lines;
}
