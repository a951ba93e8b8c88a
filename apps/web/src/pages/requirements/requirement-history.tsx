import { Button } from "@mantine/core";
import { EmptyState, ErrorState, Icon, LinesSkeleton, Link, StatusBadge, Time } from "@steward/ui";
import { useInfiniteQuery } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import styles from "./requirement.module.css";

const PAGE_ITEMS = 10;

/** How the status moved, newest first. */
export function RequirementHistory({ requirementRef }: { requirementRef: string }) {
  const history = useInfiniteQuery({
    queryKey: ["status", "history", requirementRef],
    queryFn: ({ pageParam, signal }) =>
      api.getRequirementHistory({
        params: { id: requirementRef },
        query: { limit: PAGE_ITEMS, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  if (history.isPending) return <LinesSkeleton />;
  if (history.isError && history.data === undefined) {
    return <ErrorState problem={problemView(history.error)} onRetry={() => void history.refetch()} />;
  }
  const changes = history.data.pages.flatMap((page) => page.items);
  if (changes.length === 0) {
    return <EmptyState title="The status has not moved yet">The first computation starts its history.</EmptyState>;
  }
  return (
    <>
      <ol className={styles.history}>
        {changes.map((change) => (
          <li key={`${change.at}${change.to}`} className={styles.historyRow}>
            <span className={styles.move}>
              {change.from ? (
                <>
                  <StatusBadge status={change.from} shapeOnly />
                  <Icon name="right" size={12} />
                </>
              ) : null}
              <StatusBadge status={change.to} />
            </span>
            <span className={styles.because}>
              {change.because}{" "}
              {change.ledgerIndex === null ? null : (
                <Link href={paths.ledgerEntry(change.ledgerIndex)}>entry {change.ledgerIndex}</Link>
              )}
            </span>
            <span className={styles.muted}>
              <Time at={change.at} absolute />
            </span>
          </li>
        ))}
      </ol>
      {history.hasNextPage ? (
        <Button
          className={styles.more}
          variant="default"
          size="xs"
          loading={history.isFetchingNextPage}
          onClick={() => void history.fetchNextPage()}
        >
          Show more
        </Button>
      ) : null}
    </>
  );
}
