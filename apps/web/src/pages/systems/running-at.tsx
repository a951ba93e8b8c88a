import { TextInput } from "@mantine/core";
import {
  EmptyState,
  ErrorState,
  instantOfLocalField,
  LinesSkeleton,
  Link,
  localFieldOf,
  Panel,
  Time,
  useUi,
} from "@steward/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { runningQuery } from "../../data/decisions.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import styles from "./systems.module.css";

/** Which release of a system was in production at a moment, with its digest and its decisions. */
export function RunningAt({ systemId }: { systemId: string }) {
  const { timeZone } = useUi();
  const [opened] = useState(() => new Date().toISOString());
  const [field, setField] = useState(() => localFieldOf(opened, timeZone));
  const at = instantOfLocalField(field, timeZone) ?? opened;
  const running = useQuery(runningQuery(systemId, at));
  return (
    <Panel>
      <TextInput
        type="datetime-local"
        label="Moment"
        maw={260}
        mb={12}
        value={field}
        onChange={(event) => setField(event.currentTarget.value)}
      />
      {running.isError ? (
        <ErrorState problem={problemView(running.error)} onRetry={() => void running.refetch()} />
      ) : null}
      {running.isPending ? <LinesSkeleton lines={2} /> : null}
      {running.data?.releases.length === 0 ? (
        <EmptyState title="Nothing ran in production then">No production deployment covers this moment.</EmptyState>
      ) : (
        <ul className={styles.rows}>
          {running.data?.releases.map((release) => (
            <li key={release.deploymentId}>
              <Link href={paths.record("releases", release.releaseId)}>{release.version}</Link>, deployed{" "}
              <Time at={release.startedAt} absolute />
              {release.endedAt === null ? (
                ", still running"
              ) : (
                <>
                  {" "}
                  until <Time at={release.endedAt} absolute />
                </>
              )}
              . <Link href={paths.decisions({ systemId, releaseId: release.releaseId })}>Its decisions</Link>
              <code className={styles.digest}>{release.digest}</code>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
