/** Whether the decision that a page shows is the one that the ledger proves. */
import type { Decision } from "@steward/client";
import { sameValue } from "@steward/ui";

type Body = Readonly<Record<string, unknown>>;

/** What of a shown decision differs from the proven body, in the words of the page. */
export function differencesFrom(decision: Decision, body: Body): string[] {
  const core = recordOf(body.decision);
  const input = recordOf(body.input);
  const release = recordOf(core.release);
  const pairs: [name: string, shown: unknown, proven: unknown][] = [
    ["the sender’s id", decision.externalId, core.id],
    ["the outcome", decision.outcome, core.outcome],
    ["the score", decision.score, core.score],
    ["the time", Date.parse(decision.occurredAt), Date.parse(String(core.occurredAt))],
    ["the release", decision.releaseId, release.id],
    ["the oversight", decision.oversight, core.oversight],
    ["the flags", decision.flags, core.flags],
    ["the groups", decision.attributes, body.attributes ?? {}],
    ["the explanation", decision.explanation, body.explanation],
    ["the input’s digest", decision.inputDigest, input.digest],
  ];
  return pairs.filter(([, shown, proven]) => !sameValue(shown ?? null, proven ?? null)).map(([name]) => name);
}

function recordOf(value: unknown): Body {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Body) : {};
}
