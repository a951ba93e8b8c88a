/** What a verification says to people. */
import { counted } from "@steward/kernel";
import type { PackVerification } from "@steward/ledger";

export interface ToldFinding {
  readonly entry: number | null;
  readonly message: string;
}

/** Findings that are printed; whoever has more repairs these first. */
const PRINTED_MAX = 20;

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints the result of verifying a pack; answers whether nothing was found. */
export function reportVerification(verification: PackVerification): boolean {
  const { ok, origin, size, findings, findingsTotal, first, witnessed, notes, stats } = verification;
  print(`Log ${origin ?? "of an unknown name"}, ${counted(size, "entry", "entries")}`);
  if (ok) {
    const withheld = stats.bodiesWithheld === 0 ? "" : `, ${stats.bodiesWithheld} of them erased for a recorded reason`;
    print(
      `Verified: every entry is as it was recorded, in its place; ${stats.bodiesChecked} bodies compared${withheld}.`,
    );
    if (stats.earlierCheckpoints > 0) {
      print(`It continues ${counted(stats.earlierCheckpoints, "earlier checkpoint", "earlier checkpoints")}.`);
    }
  } else {
    printFindings(
      findings.map(({ entry = null, message }) => ({ entry, message })),
      findingsTotal,
      first?.message,
    );
  }
  for (const { witness, size: cosigned, timeSeconds } of witnessed) {
    print(`Cosigned by ${witness} at ${cosigned} entries, ${new Date(Number(timeSeconds) * 1000).toISOString()}.`);
  }
  for (const note of notes) print(`Note: ${note}`);
  return ok;
}

/** Prints findings, the one first that names the first entry. */
export function printFindings(findings: readonly ToldFinding[], total: number, first?: string): void {
  const headline = first ?? (findings.find(({ entry }) => entry !== null) ?? findings[0])?.message;
  print(`NOT VERIFIED, ${counted(total, "finding", "findings")}. First: ${headline}`);
  for (const { message } of findings.slice(0, PRINTED_MAX)) print(`- ${message}`);
  if (total > PRINTED_MAX) print(`- … and ${total - PRINTED_MAX} more`);
}

/** Says on a terminal how far a long work has come. */
export function progress(what: string): (done: number, total: number) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return (done, total) => {
    process.stderr.write(`\r${what} ${done} of ${total}${done >= total ? "\n" : ""}`);
  };
}
