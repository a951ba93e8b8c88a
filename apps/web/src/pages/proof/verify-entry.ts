/**
 * Verifies a ledger entry on the reader's own machine: nothing but the entry's bytes, its receipt and the log's key goes
 * in, and the server is asked nothing. Loaded when it is first needed, since it brings hashing and signatures along.
 */
import type { LedgerEntry } from "@steward/client";
import { leafHash } from "@steward/ledger";
import { type Body, type ReceiptStep, verifyReceipt } from "@steward/ledger/verify";

export interface ProofStep {
  id: string;
  title: string;
  ok: boolean;
  message: string;
}

export interface Verification {
  ok: boolean;
  steps: ProofStep[];
}

/** What the page claims the entry to be about; `differs` names what the page shows otherwise than the recorded body. */
export interface Claim {
  subjectId: string;
  differs?: (body: Body) => readonly string[];
}

const TITLES: Readonly<Record<ReceiptStep["step"], string>> = {
  entry: "Entry",
  receipt: "Receipt",
  checkpoint: "Checkpoint signature",
  inclusion: "Inclusion in the log",
  witness: "Witness",
  body: "Body",
};

export function verifyEntry(shown: LedgerEntry, claim: Claim): Verification {
  const entryBytes = Uint8Array.from(atob(shown.leaf), (character) => character.charCodeAt(0));
  const steps: ProofStep[] = [leafStep(shown, entryBytes)];
  const body = shown.disclosure === null ? undefined : (JSON.parse(shown.disclosure.body) as Body);
  const result = verifyReceipt({
    entryBytes,
    receipt: shown.receipt ?? "",
    keys: [shown.verificationKey],
    ...(body && shown.disclosure ? { disclosure: { seed: shown.disclosure.seed, body } } : {}),
  });
  for (const step of result.steps) steps.push({ id: step.step, title: TITLES[step.step], ...wordsOf(step, body) });
  if (result.entry !== undefined) {
    steps.push(subjectStep(result.entry.subject.id, result.index, shown, claim));
  }
  if (body && claim.differs) steps.push(pageStep(claim.differs(body)));
  return { ok: steps.every(({ ok }) => ok), steps };
}

function leafStep(shown: LedgerEntry, bytes: Uint8Array): ProofStep {
  const computed = Array.from(leafHash(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const ok = computed === shown.leafHash;
  const message = ok
    ? `This browser hashed the entry’s ${bytes.length.toLocaleString("en")} bytes and got ${computed}, the hash that is shown.`
    : `This browser got ${computed}, but ${shown.leafHash} is shown.`;
  return { id: "leaf", title: "Leaf hash", ok, message };
}

/** A few steps can say more than the verifier knows of the page. */
function wordsOf({ step, ok, message }: ReceiptStep, body: Body | undefined) {
  if (!ok || step !== "body" || body === undefined) return { ok, message };
  const fields = Object.keys(body).length;
  return {
    ok,
    message: `${fields === 1 ? "The one field opens its" : `Each of the ${fields} fields opens its own`} salted commitment in the entry: what is shown is what was recorded.`,
  };
}

function subjectStep(subjectId: string, index: number | undefined, shown: LedgerEntry, claim: Claim): ProofStep {
  const ok = subjectId === claim.subjectId && (index === undefined || index === shown.index);
  const message = ok
    ? "The entry concerns exactly what this page shows, at the index that is shown."
    : "The entry concerns something else than this page shows.";
  return { id: "subject", title: "Same thing", ok, message };
}

function pageStep(differences: readonly string[]): ProofStep {
  const ok = differences.length === 0;
  const message = ok
    ? "What stands on this page is what the proven body says."
    : `This page shows otherwise than was recorded: ${differences.join(", ")}.`;
  return { id: "page", title: "This page", ok, message };
}
