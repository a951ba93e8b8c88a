import { Button, Group, TextInput } from "@mantine/core";
import { ApiProblem, type RecordView } from "@steward/client";
import { EmptyState, ErrorState, KeyValue, LinesSkeleton, Link, Panel, Section, Time } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { saveFile } from "../../data/save-file.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { BomChanges } from "./bom-changes.tsx";
import { groupsOf, type Part, wordsOf } from "./bom-words.ts";
import { ImportDocument } from "./import-document.tsx";
import styles from "./inventory.module.css";
import { cardsOf } from "./model-cards.ts";

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
          <Cards document={bom.data.document} />
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
  const [words, setWords] = useState("");
  if (parts.length === 0) return <p>It lists nothing.</p>;
  const found = parts.filter((part) => wordsOf(part).toLowerCase().includes(words.trim().toLowerCase()));
  return (
    <>
      {parts.length > SHOWN_MAX ? (
        <TextInput
          mt={12}
          maw={320}
          type="search"
          label="Find in it"
          placeholder="Name, version, supplier, licence"
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
      ) : null}
      {found.length === 0 ? <p className={styles.note}>Nothing in it is called so.</p> : null}
      <Groups parts={found} unfolded={words.trim() !== ""} />
    </>
  );
}

/** What models say of themselves, each folded: a card may be long. */
function Cards({ document }: { document: unknown }) {
  return cardsOf(document).map(({ name, facts }, index) => (
    <details key={`${index} ${name}`} className={styles.group}>
      <summary>Model card of {name}</summary>
      <KeyValue items={facts.map(({ label, text }) => ({ label, value: text }))} />
    </details>
  ));
}

function Groups({ parts, unfolded }: { parts: readonly Part[]; unfolded: boolean }) {
  return groupsOf(parts).map(({ title, members }) => {
    const list = (
      <ul className={styles.list}>
        {members.map((part) => (
          <li key={`${part.kind} ${part.name} ${part.version ?? ""}`}>{wordsOf(part)}</li>
        ))}
      </ul>
    );
    return members.length > SHOWN_MAX && !unfolded ? (
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
  return (
    <ImportDocument
      label="Import a document"
      what="a CycloneDX document in JSON"
      isDocument={(value): value is Record<string, unknown> => !Array.isArray(value)}
      send={async (document) => api.publishReleaseBom({ params: { id: releaseId }, body: { document } })}
    />
  );
}
