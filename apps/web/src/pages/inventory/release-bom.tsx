import { Button, FileButton, Group } from "@mantine/core";
import { ApiProblem, type RecordView } from "@steward/client";
import { EmptyState, ErrorState, LinesSkeleton, Link, Panel, type ProblemView, Section, Time } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { saveFile } from "../../data/save-file.ts";
import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { BomChanges } from "./bom-changes.tsx";
import { groupsOf, type Part, wordsOf } from "./bom-words.ts";
import styles from "./inventory.module.css";

/** The newest AI-BOM of a release, and what changed since another one. */
export function ReleaseBom({ record }: { record: RecordView }) {
  const bom = useQuery({
    queryKey: ["drift", "bom", record.id],
    queryFn: ({ signal }) => api.getReleaseBom({ params: { id: record.id }, signal }),
    retry: false,
  });
  const isMissing = bom.error instanceof ApiProblem && bom.error.status === 404;
  return (
    <Section title="AI-BOM" note="What this release is made of, with its model card. The newest document holds.">
      {bom.isPending ? <LinesSkeleton lines={4} /> : null}
      {isMissing ? <Missing record={record} /> : null}
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
          <Parts parts={bom.data.components} />
          <BomChanges record={record} />
          <Group gap={8} mt={16}>
            <Button
              variant="default"
              onClick={() =>
                saveFile(
                  `${record.title}.cdx.json`,
                  `${JSON.stringify(bom.data.document, null, 2)}\n`,
                  "application/vnd.cyclonedx+json",
                )
              }
            >
              Download
            </Button>
            <Import releaseId={record.id} />
          </Group>
        </Panel>
      )}
    </Section>
  );
}

/** More of one kind than this are folded: a lock file has hundreds of libraries. */
const SHOWN_MAX = 12;

function Parts({ parts }: { parts: readonly Part[] }) {
  if (parts.length === 0) return <p>It lists nothing.</p>;
  return groupsOf(parts).map(({ title, members }) => {
    const list = (
      <ul className={styles.list}>
        {members.map((part) => (
          <li key={`${part.kind} ${part.name} ${part.version ?? ""}`}>{wordsOf(part)}</li>
        ))}
      </ul>
    );
    return members.length > SHOWN_MAX ? (
      <details key={title} className={styles.group}>
        <summary>
          {title} ({members.length.toLocaleString("en")})
        </summary>
        {list}
      </details>
    ) : (
      <div key={title} className={styles.group}>
        <h3>{title}</h3>
        {list}
      </div>
    );
  });
}

function Missing({ record }: { record: RecordView }) {
  const system = record.references[String(record.values["systemId"])]?.title ?? "";
  return (
    <EmptyState
      title="No AI-BOM is stored"
      action={<Import releaseId={record.id} />}
      example={{
        label: "Or from its pipeline, with an API key that may publish the inventory and read records",
        text: `steward scan . --publish ${quoted(system)} --release ${quoted(record.title)} --server ${window.location.origin}`,
      }}
    >
      It says what the release is made of; with a model card in it, what runs in production is known. Any CycloneDX
      document in JSON will do: that of a scan, of cdxgen, k8s-aibom or the OWASP AIBOM generator.
    </EmptyState>
  );
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function Import({ releaseId }: { releaseId: string }) {
  const may = useMay("inventory.write");
  const queries = useQueryClient();
  const store = useMutation({
    mutationFn: async (file: File) =>
      api.publishReleaseBom({ params: { id: releaseId }, body: { document: await readDocument(file) } }),
    onSuccess: async () => queries.invalidateQueries(),
  });
  return (
    <>
      <FileButton
        accept=".json,application/json,application/vnd.cyclonedx+json"
        onChange={(file) => {
          if (file !== null) store.mutate(file);
        }}
      >
        {(props) => (
          <Button
            {...props}
            variant="default"
            disabled={!may.allowed}
            title={may.reason ?? undefined}
            loading={store.isPending}
          >
            Import a document
          </Button>
        )}
      </FileButton>
      {store.isError ? <ErrorState problem={refusalOf(store.error)} /> : null}
    </>
  );
}

function refusalOf(error: unknown): ProblemView {
  return error instanceof NotJson ? { title: "This file is not stored", detail: error.message } : problemView(error);
}

class NotJson extends Error {}

/** @throws NotJson for a file that holds no JSON object. */
async function readDocument(file: File): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await file.text());
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, as of a file that holds other JSON.
  }
  throw new NotJson(`${file.name} is no CycloneDX document in JSON.`);
}
