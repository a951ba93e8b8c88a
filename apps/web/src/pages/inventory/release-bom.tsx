import { Select } from "@mantine/core";
import { ApiProblem, type RecordView } from "@steward/client";
import { EmptyState, ErrorState, LinesSkeleton, Link, Panel, Section, Time } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { releaseChoicesQuery } from "../../data/decisions.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import styles from "./inventory.module.css";

interface Part {
  kind: string;
  name: string;
  version: string | null;
}

/** The newest AI-BOM of a release, and what changed since another one. */
export function ReleaseBom({ record }: { record: RecordView }) {
  const bom = useQuery({
    queryKey: ["drift", "bom", record.id],
    queryFn: ({ signal }) => api.getReleaseBom({ params: { id: record.id }, signal }),
    retry: false,
  });
  const isMissing = bom.error instanceof ApiProblem && bom.error.status === 404;
  return (
    <Section title="AI-BOM" note="What this release is made of, with its model card, as its pipeline stored it.">
      {bom.isPending ? <LinesSkeleton lines={4} /> : null}
      {isMissing ? <Missing releaseId={record.id} /> : null}
      {bom.isError && !isMissing ? <ErrorState problem={problemView(bom.error)} /> : null}
      {bom.data === undefined ? null : (
        <Panel>
          <p className={styles.note}>
            {bom.data.format}, {bom.data.hasModelCard ? "with a model card" : "without a model card"}, stored{" "}
            <Time at={bom.data.recordedAt} />.{" "}
            <Link href={paths.ledgerEntry(bom.data.ledgerIndex)}>
              Ledger entry {bom.data.ledgerIndex.toLocaleString("en")}
            </Link>
          </p>
          <ul className={styles.list}>
            {bom.data.components.map((part) => (
              <li key={keyOf(part)}>{wordsOf(part)}</li>
            ))}
          </ul>
          <Compare record={record} />
        </Panel>
      )}
    </Section>
  );
}

function Missing({ releaseId }: { releaseId: string }) {
  const url = `${window.location.origin}/api/v1/releases/${releaseId}/ai-bom`;
  return (
    <EmptyState
      title="No AI-BOM is stored"
      example={{
        label: "Store one from the pipeline, with an API key that may publish the inventory",
        text: `steward scan . --format cyclonedx --output bom.json\njq '{document: .}' bom.json | curl ${url} -H "Authorization: Bearer $STEWARD_KEY" -H "Content-Type: application/json" --data-binary @-`,
      }}
    >
      It says what the release is made of; with a model card in it, what runs in production is known.
    </EmptyState>
  );
}

function Compare({ record }: { record: RecordView }) {
  const systemId = String(record.values["systemId"]);
  const releases = useQuery(releaseChoicesQuery(systemId));
  const [from, setFrom] = useState<string | null>(null);
  const changes = useQuery({
    queryKey: ["drift", "bom", record.id, "since", from],
    queryFn: ({ signal }) => api.diffReleaseBoms({ params: { id: record.id }, query: { from: from ?? "" }, signal }),
    enabled: from !== null,
    retry: false,
  });
  const others = (releases.data?.items ?? []).filter(({ id }) => id !== record.id);
  if (others.length === 0) return null;
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
      {changes.isError ? <ErrorState problem={problemView(changes.error)} /> : null}
      {changes.data === undefined || from === null ? null : (
        <ul className={styles.list} aria-label="Changes">
          {changes.data.added.map((part) => (
            <li key={`added ${keyOf(part)}`}>Added: {wordsOf(part)}</li>
          ))}
          {changes.data.removed.map((part) => (
            <li key={`removed ${keyOf(part)}`}>Removed: {wordsOf(part)}</li>
          ))}
          {changes.data.changed.map(({ before, after }) => (
            <li key={`changed ${keyOf(after)}`}>
              Changed: {after.name}, {before.version ?? "no version"} to {after.version ?? "no version"}
            </li>
          ))}
          <li>{changes.data.unchanged} unchanged</li>
        </ul>
      )}
    </>
  );
}

function keyOf({ kind, name, version }: Part): string {
  return `${kind} ${name} ${version ?? ""}`;
}

function wordsOf({ kind, name, version }: Part): string {
  return `${name}${version === null ? "" : ` ${version}`}, ${kind.replaceAll("-", " ")}`;
}
