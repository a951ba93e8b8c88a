/** Compares what stands on the page of an evaluation with the recorded body that its proof opens. */
import type { Evaluation } from "@steward/client";
import { sameValue } from "@steward/ui";

/** What of a shown evaluation differs from the proven body, in the words of the page. */
export function differencesFrom(evaluation: Evaluation, body: Readonly<Record<string, unknown>>): string[] {
  const pairs: [name: string, shown: unknown, proven: unknown][] = [
    ["the verdict", evaluation.verdict, body["verdict"]],
    ["the reasons", evaluation.reasons, body["reasons"]],
    ["the figures", evaluation.results, body["results"]],
    ["the system", evaluation.systemId, body["systemId"]],
    ["the release", evaluation.releaseId, body["releaseId"]],
    ["the release’s digest", evaluation.releaseDigest, body["releaseDigest"]],
    ["the kind", evaluation.kind, body["kind"]],
    ["the suite", evaluation.suite, body["suite"]],
    ["the data set", evaluation.dataset, body["dataset"]],
    ["the number of cases", evaluation.cases, body["cases"]],
    ["the tool", evaluation.tool, body["tool"]],
    ["the policy", evaluation.policy?.digest ?? null, body["policyDigest"]],
    ["the start of the run", micros(evaluation.startedAt), micros(body["startedAt"])],
  ];
  return pairs.filter(([, shown, proven]) => !sameValue(shown ?? null, proven ?? null)).map(([name]) => name);
}

function micros(moment: unknown): number | null {
  return typeof moment === "string" ? Date.parse(moment) : null;
}
