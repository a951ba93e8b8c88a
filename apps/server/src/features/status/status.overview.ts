/** The overview's words: the sentence of the day and the clocks that run. */
import type { StatusSummary } from "@steward/contract";

/** The state in one sentence, the worst first. */
export function sentenceOf({ counts, requirements }: StatusSummary): string {
  const total = requirements.length;
  const parts = [`${counts.evidenced} of ${total} requirements are evidenced`];
  if (counts.failing > 0) parts.push(`${counts.failing} ${counts.failing === 1 ? "is" : "are"} failing`);
  if (counts.stale > 0) parts.push(`${counts.stale} ${counts.stale === 1 ? "has" : "have"} gone stale`);
  if (counts.insufficient > 0) {
    parts.push(`${counts.insufficient} ${counts.insufficient === 1 ? "has" : "have"} not enough evidence`);
  }
  if (counts.excepted > 0) parts.push(`${counts.excepted} ${counts.excepted === 1 ? "is" : "are"} under an exception`);
  if (counts.not_applicable > 0) {
    parts.push(`${counts.not_applicable} ${counts.not_applicable === 1 ? "does" : "do"} not apply`);
  }
  return `${parts.join("; ")}.`;
}

/** Clocks shown: those that run out first. */
const CLOCKS_SHOWN = 5;

/** When evidence runs out, soonest first; requirements that run out together share a clock. */
export function clocks({ requirements, asOf }: StatusSummary) {
  const byMoment = new Map<string, string[]>();
  for (const { validUntil, status, ref } of requirements) {
    if (validUntil === null || validUntil <= asOf || (status !== "evidenced" && status !== "excepted")) continue;
    byMoment.set(validUntil, [...(byMoment.get(validUntil) ?? []), ref]);
  }
  return [...byMoment]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, CLOCKS_SHOWN)
    .map(([at, refs]) => ({
      at,
      text: `${refs.join(", ")} ${refs.length === 1 ? "goes" : "go"} stale unless newer evidence arrives`,
      requirementIds: refs,
    }));
}
