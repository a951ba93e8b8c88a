/** One decision as it is judged, compared and committed to; pure. */
import type { KeyObject } from "node:crypto";

import { type DecisionFlag, type DecisionInput, decisionInputSchema } from "@steward/contract";
import { CanonicalText, type Json, type Micros, MICROS_PER_DAY, parseInstant } from "@steward/kernel";

import { UnreadableLine } from "../../platform/http/body.ts";
import { fieldErrors } from "../../platform/http/problem.ts";
import { keyedHash } from "../../platform/ledger/keyed-hash.ts";
import { type AiPart, aiOf, type Manifest } from "./decisions.ai.ts";
import type { ReleaseRow, SystemRow } from "./decisions.lookup.ts";

/** What is wrong with a field of a record; `field` is a JSON Pointer into the record. */
export interface RecordFault {
  readonly field: string;
  readonly message: string;
}

/** A record that is well formed. */
export interface DecisionRecord {
  readonly input: DecisionInput;
  readonly occurredAt: Micros;
  /** Keyed digest of the content: two records with the same one say the same. */
  readonly digest: Buffer;
  readonly subjectHash: Buffer | null;
  /** Each member as it was told. */
  readonly told: Told;
}

/** The members of a decision that say something, each by its canonical text. */
export type Told = Readonly<Partial<Record<keyof DecisionInput, CanonicalText>>>;

export type Judged =
  | { readonly ok: true; readonly record: DecisionRecord }
  | { readonly ok: false; readonly id: string; readonly faults: readonly RecordFault[] };

/** Judges one record of a batch by itself. */
export function judgeRecord(value: unknown, subjectKey: KeyObject): Judged {
  if (value instanceof UnreadableLine) return { ok: false, id: "", faults: [{ field: "", message: value.reason }] };
  const parsed = decisionInputSchema.safeParse(value);
  if (parsed.success) return { ok: true, record: recordOf(parsed.data, subjectKey) };
  const faults = fieldErrors(parsed.error, "body").map(({ pointer, message }) => ({ field: pointer, message }));
  return { ok: false, id: idOf(value), faults };
}

/** Keyed hash of a person's pseudonym: all that is stored of it. */
export function subjectHashOf(subject: string, subjectKey: KeyObject): Buffer {
  return keyedHash(subjectKey, subject);
}

/** `subjectKey` is the organisation's key for pseudonyms. */
export function recordOf(input: DecisionInput, subjectKey: KeyObject): DecisionRecord {
  const { subject = null } = input;
  const told = toldOf(input);
  return {
    input,
    occurredAt: parseInstant(input.occurredAt) as Micros,
    digest: keyedHash(subjectKey, contentOf(told)),
    subjectHash: subject === null ? null : subjectHashOf(subject, subjectKey),
    told,
  };
}

/** In the order of canonical JSON. */
const MEMBERS = (Object.keys(decisionInputSchema.shape) as (keyof DecisionInput)[]).sort();

/** Left out and null mean the same. */
function toldOf(input: DecisionInput): Told {
  const told: { -readonly [Member in keyof Told]: Told[Member] } = {};
  for (const name of MEMBERS) {
    const value = input[name];
    if (value !== null && value !== undefined) told[name] = new CanonicalText(value as Json);
  }
  return told;
}

/**
 * The canonical JSON of what was told. The system is left out, because it may be named by its id or its name, and the
 * receipt is kept by system anyway.
 */
function contentOf(told: Told): string {
  let members = "";
  for (const name of MEMBERS) {
    const member = told[name];
    if (member !== undefined && name !== "system") members += `${members === "" ? "" : ","}"${name}":${member.text}`;
  }
  return `{${members}}`;
}

const ID_SHOWN_CHARS = 100;

function idOf(value: unknown): string {
  const id = typeof value === "object" && value !== null ? (value as { id?: unknown }).id : undefined;
  return typeof id === "string" ? id.slice(0, ID_SHOWN_CHARS) : "";
}

/** What the registers know of a record: undefined where they know nothing. */
export interface Resolved {
  readonly record: DecisionRecord;
  readonly system: SystemRow | undefined;
  readonly release: ReleaseRow | undefined;
  /** Whether the release was deployed to production when it decided. */
  readonly deployed: boolean;
}

/** What is known of the models that the release declares, and that answered under it before. */
export interface ModelKnowledge {
  readonly changed: (resolved: Resolved) => boolean;
}

/** Later than this after it happened, a decision counts as late. */
const LATE_AFTER: Micros = MICROS_PER_DAY;

/** What is remarkable about a decision; never a reason to refuse it. */
export function flagsOf(resolved: Resolved, models: ModelKnowledge, now: Micros, clockSkew: Micros): DecisionFlag[] {
  const { record, system, release, deployed } = resolved;
  const flags: [DecisionFlag, boolean][] = [
    ["unknown_system", system === undefined],
    ["unknown_release", release === undefined],
    ["not_deployed", release !== undefined && !deployed],
    ["out_of_scope", system?.in_scope === "no"],
    ["retired_system", system?.lifecycle === "retired"],
    ["clock_ahead", record.occurredAt > now + clockSkew],
    ["late", record.occurredAt < now - LATE_AFTER],
    ["no_explanation", Object.keys(record.input.explanation ?? {}).length === 0],
    ["model_changed", models.changed(resolved)],
  ];
  return flags.filter(([, holds]) => holds).map(([flag]) => flag);
}

/** The member of a decision's body that says what was decided, when, and by what. */
export interface DecisionCore {
  readonly id: string;
  readonly system: { readonly id: string | null; readonly name: string };
  readonly release: { readonly id: string | null; readonly version: string; readonly digest: string | null };
  /** The system and the release as the sender named them. */
  readonly named: { readonly system: string; readonly release: string | null };
  readonly occurredAt: string;
  readonly outcome: string;
  readonly score: number | null;
  readonly oversight: string;
  readonly sandbox: boolean;
  readonly flags: readonly DecisionFlag[];
}

/**
 * What the ledger commits to, field by field: each field is what is disclosed, withheld or erased together. Fields that
 * the sender did not send are left out.
 */
export interface DecisionBody {
  readonly decision: DecisionCore;
  readonly attributes?: Readonly<Record<string, string | number | boolean | null>>;
  /** Keyed hash of the subject's pseudonym, in hexadecimal. */
  readonly subject?: string;
  readonly input?: { readonly digest: string | null; readonly reference: string | null };
  readonly output?: { readonly digest: string };
  readonly content?: { readonly input: string | null; readonly output: string | null };
  readonly process?: { readonly promptVersion: string | null; readonly toolsCalled: readonly string[] | null };
  readonly explanation?: Readonly<Record<string, Json>>;
  readonly ai?: AiPart;
  /** Out of what the context of a run was made. */
  readonly manifest?: Manifest;
}

/** The canonical text of an empty object. */
const NO_MEMBERS = "{}";
/** A decision whose release nobody can tell. */
const RELEASE_UNKNOWN = "unknown";

/** A body as it is committed to: the largest fields by the texts that are there already. */
export interface BodyToCommit extends Omit<DecisionBody, "attributes" | "explanation"> {
  readonly attributes?: CanonicalText;
  readonly explanation?: CanonicalText;
}

export function bodyOf({ record, system, release }: Resolved, flags: readonly DecisionFlag[]): BodyToCommit {
  const { input, subjectHash, told } = record;
  const { attributes, explanation } = told;
  const { inputDigest = null, inputReference = null, outputDigest, content } = input;
  const { ai, manifest } = aiOf(input);
  const promptVersion = input.promptVersion ?? manifest?.d2Commit ?? null;
  const toolsCalled = input.toolsCalled ?? manifest?.toolsCalled?.map(({ name }) => name) ?? null;
  return {
    // In the order of canonical JSON, so that nothing is sorted when it is committed to.
    decision: {
      flags,
      id: input.id,
      named: { release: input.release ?? null, system: input.system },
      occurredAt: input.occurredAt,
      outcome: input.outcome,
      oversight: input.oversight ?? "none",
      release: {
        digest: release?.digest ?? null,
        id: release?.id ?? null,
        version: release?.version ?? input.release ?? RELEASE_UNKNOWN,
      },
      sandbox: input.sandbox ?? false,
      score: input.score ?? null,
      system: { id: system?.id ?? null, name: system?.name ?? input.system },
    },
    ...(attributes === undefined || attributes.text === NO_MEMBERS ? {} : { attributes }),
    ...(subjectHash === null ? {} : { subject: subjectHash.toString("hex") }),
    ...(inputDigest === null && inputReference === null
      ? {}
      : { input: { digest: inputDigest, reference: inputReference } }),
    ...(outputDigest ? { output: { digest: outputDigest } } : {}),
    ...(content ? { content: { input: content.input ?? null, output: content.output ?? null } } : {}),
    ...(promptVersion === null && toolsCalled === null ? {} : { process: { promptVersion, toolsCalled } }),
    ...(explanation === undefined ? {} : { explanation }),
    ...(ai === undefined ? {} : { ai }),
    ...(manifest === undefined ? {} : { manifest }),
  };
}
