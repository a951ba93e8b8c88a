import { Button } from "@mantine/core";
import type { OperationOutput } from "@steward/client";
import { EmptyState, ErrorState, LinesSkeleton, Time, VerdictBadge } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { checksQuery } from "../../data/ledger.ts";
import { useMay } from "../../data/session.ts";
import { problemView } from "../../shell/page-error.tsx";
import { EntryLink } from "./ledger-page.tsx";
import styles from "./ledger.module.css";

type Check = OperationOutput<"listChecks">["items"][number];

/** Past self-checks, and a new one on demand. */
export function Checks() {
  const checks = useQuery(checksQuery);
  const queryClient = useQueryClient();
  const may = useMay("drills.run");
  const run = useMutation({
    mutationFn: () => api.runCheck(),
    onSuccess: async () => queryClient.invalidateQueries({ queryKey: ["ledger"] }),
  });
  const button = (
    <div className={styles.checkNow}>
      <Button size="sm" loading={run.isPending} disabled={!may.allowed} onClick={() => run.mutate()}>
        Check now
      </Button>
      {may.reason === null ? null : <span className={styles.muted}>{may.reason}</span>}
    </div>
  );
  return (
    <>
      {run.isError ? <ErrorState problem={problemView(run.error)} onRetry={() => run.mutate()} /> : null}
      <CheckList checks={checks.data?.items} error={checks.error} onRetry={() => void checks.refetch()} />
      {button}
    </>
  );
}

interface CheckListProps {
  checks: Check[] | undefined;
  error: Error | null;
  onRetry: () => void;
}

function CheckList({ checks, error, onRetry }: CheckListProps) {
  if (checks === undefined) {
    return error ? <ErrorState problem={problemView(error)} onRetry={onRetry} /> : <LinesSkeleton lines={2} />;
  }
  if (checks.length === 0) {
    return <EmptyState title="Not checked yet">The first check runs by itself during the night, or now.</EmptyState>;
  }
  return (
    <ul className={styles.list}>
      {checks.map((check) => (
        <li key={check.id} className={styles.check}>
          <VerdictBadge verdict={check.ok ? "pass" : "fail"} />
          <div>
            <div>
              {check.ok ? "Nothing altered, missing or reordered" : `${check.findings.length} found`} in{" "}
              {check.size.toLocaleString("en")} entries
            </div>
            {check.findings.map((finding) => (
              <div key={`${finding.code}${finding.entry ?? ""}${finding.message}`} className={styles.finding}>
                {finding.message} {finding.entry === null ? null : <EntryLink index={finding.entry} />}
              </div>
            ))}
            <div className={styles.muted}>
              <Time at={check.ranAt} />, took {durationText(check.durationMs)}
              {check.ledgerIndex === null ? null : (
                <>
                  {" · "}
                  <EntryLink index={check.ledgerIndex} />
                </>
              )}
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}

function durationText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
