import type { Decision } from "@steward/client";
import { ErrorState, LinesSkeleton } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { entryQuery } from "../../data/ledger.ts";
import { problemView } from "../../shell/page-error.tsx";
import { VerifyPanel } from "../proof/verify-panel.tsx";
import { differencesFrom } from "./decision-differences.ts";

/** The ledger entry of a decision, verified in the browser against what this page shows. */
export function DecisionProof({ decision }: { decision: Decision }) {
  const entry = useQuery(entryQuery(decision.ledgerIndex));
  if (entry.isPending) return <LinesSkeleton lines={3} />;
  if (entry.isError && entry.data === undefined) {
    return <ErrorState problem={problemView(entry.error)} onRetry={() => void entry.refetch()} />;
  }
  const differs = (body: Readonly<Record<string, unknown>>) => differencesFrom(decision, body);
  return <VerifyPanel entry={entry.data} claim={{ subjectId: decision.id, differs }} />;
}
