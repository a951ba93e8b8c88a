/** Evaluations as they are kept: the results of `assurance` with moments as RFC 3339 text. */
import { createHash } from "node:crypto";

import type { EvidenceRef, NextAction, RequirementStatus, TestResult } from "@steward/assurance";
import { formatInstant, type Micros, parseInstant } from "@steward/kernel";

/** The same shape with every moment as text. */
export type Stored<T> = T extends Micros
  ? string
  : T extends readonly (infer U)[]
    ? Stored<U>[]
    : T extends object
      ? { [K in keyof T]: Stored<T[K]> }
      : T;

/** Items are computed anew where they are needed: for a thousand systems they would outweigh all the rest. */
export type StoredTest = Stored<Omit<TestResult, "items">> & { exceptionsTotal: number; evidenceTotal: number };
export type StoredRequirement = Stored<RequirementStatus>;
export type StoredStatus = StoredRequirement & { since: string };
export interface StoredSummary {
  requirements: StoredStatus[];
  nextActions: NextAction[];
  totals: Totals;
}

/** Figures of an organisation that take a count over everything. */
export interface Totals {
  readonly systems: number;
  readonly systemsInOperation: number;
  readonly decisionsTotal: number;
  /** What arrived in the day before, by hour; the first of them in part. */
  readonly arrivals: readonly Arrivals[];
}

/** Decisions that were recorded in one hour (UTC). */
export interface Arrivals {
  readonly hour: string;
  readonly n: number;
  readonly flagged: number;
}

/** Exceptions and evidence kept with a result: more than a person reads; the totals say how many there are. */
const LISTED_MAX = 200;

function storeTest({ items: _items, ...result }: TestResult): StoredTest {
  return {
    ...toText({
      ...result,
      exceptions: result.exceptions.slice(0, LISTED_MAX).map((exception) => ({
        ...exception,
        evidence: exception.evidence.slice(0, LISTED_MAX),
      })),
      evidence: newestFirst(result.evidence).slice(0, LISTED_MAX),
    }),
    exceptionsTotal: result.exceptions.length,
    evidenceTotal: result.evidence.length,
  };
}

/** A result ready to be kept: its text, and digests that tell whether it has to be. */
export interface KeptTest {
  readonly testId: string;
  readonly verdict: string;
  readonly reason: string;
  readonly validUntil: string | null;
  readonly codeVersion: string;
  /** The result as JSON. */
  readonly json: string;
  readonly digest: string;
  /** Of what it says to a person, without counts that grow by themselves. */
  readonly statementDigest: string;
}

export function keepTest(result: TestResult): KeptTest {
  const stored = storeTest(result);
  const json = JSON.stringify(stored);
  const { testId, verdict, reason, validUntil, codeVersion } = stored;
  return {
    testId,
    verdict,
    reason,
    validUntil,
    codeVersion,
    json,
    digest: sha256(json),
    statementDigest: sha256(statementOf(stored)),
  };
}

function statementOf(test: StoredTest): string {
  const failing = test.exceptions.map(
    ({ subject, verdict, message }) => `${subject.kind} ${subject.id} ${verdict} ${message}`,
  );
  const { verdict, parameters, codeVersion, exceptionsTotal, missingSources } = test;
  return JSON.stringify([verdict, parameters, codeVersion, exceptionsTotal, failing, missingSources]);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

export function storeRequirement(status: RequirementStatus): StoredRequirement {
  return toText(status);
}

export function reviveTest(stored: StoredTest): TestResult {
  const { window } = stored;
  return {
    ...stored,
    items: [],
    exceptions: stored.exceptions.map((exception) => ({
      ...exception,
      evidence: exception.evidence.map(reviveEvidence),
    })),
    evidence: stored.evidence.map(reviveEvidence),
    window: window === null ? null : { from: micros(window.from), to: micros(window.to) },
    validUntil: maybeMicros(stored.validUntil),
  };
}

export function reviveStatus(stored: StoredRequirement): RequirementStatus {
  return { ...stored, validUntil: maybeMicros(stored.validUntil) };
}

function reviveEvidence(evidence: Stored<EvidenceRef>): EvidenceRef {
  return { ...evidence, at: micros(evidence.at) };
}

function newestFirst(evidence: readonly EvidenceRef[]): EvidenceRef[] {
  return evidence.toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

function toText<T>(value: T): Stored<T> {
  return JSON.parse(
    JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? formatInstant(item) : item)),
  ) as Stored<T>;
}

function micros(text: string): Micros {
  const moment = parseInstant(text);
  if (moment === undefined) throw new RangeError(`A stored moment cannot be read: ${text}`);
  return moment;
}

function maybeMicros(text: string | null): Micros | null {
  return text === null ? null : micros(text);
}
