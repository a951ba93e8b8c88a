import { Button } from "@mantine/core";
import type { RecordView } from "@steward/client";
import { Diff, ErrorState, LinesSkeleton, Link, Panel, Time } from "@steward/ui";
import { useInfiniteQuery } from "@tanstack/react-query";

import { historyQuery, type RegisterInfo } from "../../data/registers.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import styles from "./registers.module.css";
import { showValue } from "./value-view.tsx";

/** Each version with what it changed, by whom, when and why. */
export function RecordHistory({ register, record }: { register: RegisterInfo; record: RecordView }) {
  const history = useInfiniteQuery(historyQuery(register.path, record.id));
  if (history.isError)
    return <ErrorState problem={problemView(history.error)} onRetry={() => void history.refetch()} />;
  if (history.isPending) return <LinesSkeleton lines={4} />;
  const versions = history.data.pages.flatMap((page) => page.items);
  const fieldOf = (name: string) => register.fields.find((field) => field.name === name);
  return (
    <Panel>
      <ol className={styles.versions}>
        {versions.map((version, index) => {
          const before = versions[index + 1];
          return (
            <li key={version.version} className={styles.version}>
              <p className={styles.versionHead}>
                <strong>Version {version.version}</strong>
                {version.withdrawn ? ", withdrawn" : ""} by {version.actor.name ?? "somebody"}{" "}
                <Time at={version.recordedAt} />
                {" · "}
                <Link href={paths.ledgerEntry(version.ledgerIndex)}>
                  entry {version.ledgerIndex.toLocaleString("en")}
                </Link>
              </p>
              {version.changeReason === null ? null : <p className={styles.reason}>“{version.changeReason}”</p>}
              {before === undefined ? (
                <p className={styles.reason}>
                  {version.version === 1 ? "Entered." : "Older versions are not loaded yet."}
                </p>
              ) : (
                <Diff
                  before={before.values}
                  after={version.values}
                  labelOf={(name) => fieldOf(name)?.label ?? name}
                  show={(name, value) => {
                    const field = fieldOf(name);
                    return field ? showValue(field, value, record.references) : String(value);
                  }}
                />
              )}
            </li>
          );
        })}
      </ol>
      {history.hasNextPage ? (
        <Button variant="default" loading={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
          Show older versions
        </Button>
      ) : null}
    </Panel>
  );
}
