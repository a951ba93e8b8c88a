import { ErrorState, LinesSkeleton } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { entryQuery } from "../../data/ledger.ts";
import { problemView } from "../../shell/page-error.tsx";
import type { Claim } from "./verify-entry.ts";
import { VerifyPanel } from "./verify-panel.tsx";

/** The ledger entry of what a page shows, verified in the browser against the page itself. */
export function EntryProof({ ledgerIndex, claim }: { ledgerIndex: number; claim: Claim }) {
  const entry = useQuery(entryQuery(ledgerIndex));
  if (entry.isPending) return <LinesSkeleton lines={3} />;
  if (entry.isError && entry.data === undefined) {
    return <ErrorState problem={problemView(entry.error)} onRetry={() => void entry.refetch()} />;
  }
  return <VerifyPanel entry={entry.data} claim={claim} />;
}
