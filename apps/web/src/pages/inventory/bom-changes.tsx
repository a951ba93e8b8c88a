import { Select } from "@mantine/core";
import { ApiProblem, type RecordView } from "@steward/client";
import { ErrorState, LinesSkeleton } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { api } from "../../api.ts";
import { releaseChoicesQuery } from "../../data/decisions.ts";
import { problemView } from "../../shell/page-error.tsx";
import { changeOf, type Part, wordsOf } from "./bom-words.ts";
import styles from "./inventory.module.css";

/** What is added, removed or another since a release that a person chooses. */
export function BomChanges({ record }: { record: RecordView }) {
  const releases = useQuery(releaseChoicesQuery(String(record.values["systemId"])));
  const [from, setFrom] = useState<string | null>(null);
  const changes = useQuery({
    queryKey: ["drift", "bom", record.id, "since", from],
    queryFn: ({ signal }) => api.diffReleaseBoms({ params: { id: record.id }, query: { from: from ?? "" }, signal }),
    enabled: from !== null,
    retry: false,
  });
  const others = (releases.data?.items ?? []).filter(({ id }) => id !== record.id);
  if (others.length === 0) return null;
  const chosen = others.find(({ id }) => id === from)?.title ?? "The other release";
  const isMissing = changes.error instanceof ApiProblem && changes.error.status === 404;
  return (
    <>
      <Select
        mt={16}
        maw={320}
        label="Changes since release"
        placeholder="Choose a release"
        clearable
        data={others.map(({ id, title }) => ({ value: id, label: title }))}
        value={from}
        onChange={setFrom}
      />
      {from !== null && changes.isPending ? <LinesSkeleton lines={3} /> : null}
      {isMissing ? <p className={styles.note}>{chosen} has no AI-BOM to compare with.</p> : null}
      {changes.isError && !isMissing ? <ErrorState problem={problemView(changes.error)} /> : null}
      {changes.data === undefined || from === null ? null : (
        <ul className={styles.changes} aria-label="Changes">
          {changes.data.added.map((part) => (
            <Change key={`added ${keyOf(part)}`} what="Added">
              {wordsOf(part)}
            </Change>
          ))}
          {changes.data.removed.map((part) => (
            <Change key={`removed ${keyOf(part)}`} what="Removed">
              {wordsOf(part)}
            </Change>
          ))}
          {changes.data.changed.map(({ before, after }) => (
            <Change key={`changed ${keyOf(after)}`} what="Changed">
              {after.name}: {changeOf(before, after)}
            </Change>
          ))}
          <li className={styles.note}>{changes.data.unchanged.toLocaleString("en")} unchanged</li>
        </ul>
      )}
    </>
  );
}

function Change({ what, children }: { what: "Added" | "Removed" | "Changed"; children: ReactNode }) {
  return (
    <li data-change={what}>
      <strong>{what}</strong> {children}
    </li>
  );
}

function keyOf({ kind, name, version }: Part): string {
  return `${kind} ${name} ${version ?? ""}`;
}
