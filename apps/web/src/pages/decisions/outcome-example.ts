/** The call that tells what turned out to be true of a decision. */
import type { Decision } from "@steward/client";

export function outcomeExample(origin: string, { id, outcome }: Pick<Decision, "id" | "outcome">): string {
  const body = JSON.stringify({ outcome, observedAt: "2026-12-24T10:00:00Z" });
  return [
    `curl ${origin}/api/v1/decisions/${id}/outcome \\`,
    '  -H "Authorization: Bearer $STEWARD_KEY" -H "Content-Type: application/json" \\',
    `  -d '${body.replaceAll("'", "\\u0027")}'`,
  ].join("\n");
}
