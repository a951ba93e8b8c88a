import { Button, FileButton } from "@mantine/core";
import { ErrorState, Link, type ProblemView } from "@steward/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";

/** A document of JSON: an object, or a list of them. */
export type JsonDocument = Record<string, unknown> | Record<string, unknown>[];

interface Stored {
  readonly ledgerIndex: number;
}

interface ImportDocumentProps<D extends JsonDocument, T extends Stored> {
  readonly label: string;
  /** What a file must be, where it is none: “a CycloneDX document in JSON”. */
  readonly what: string;
  readonly isDocument: (value: JsonDocument) => value is D;
  readonly send: (document: D) => Promise<T>;
  /** Says what was stored, where the page does not show it anyway. */
  readonly said?: (stored: T) => string;
}

/** Takes a document that another tool wrote from the reader's machine. */
export function ImportDocument<D extends JsonDocument, T extends Stored>(props: ImportDocumentProps<D, T>) {
  const { label, said } = props;
  const may = useMay("inventory.write");
  const queries = useQueryClient();
  const store = useMutation({
    mutationFn: async (file: File) => props.send(await readDocument(file, props)),
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
        {(button) => (
          <Button
            {...button}
            variant="default"
            disabled={!may.allowed}
            title={may.reason ?? undefined}
            loading={store.isPending}
          >
            {label}
          </Button>
        )}
      </FileButton>
      {store.isError ? <ErrorState problem={refusalOf(store.error)} /> : null}
      {store.isSuccess && said !== undefined ? (
        <output>
          {said(store.data)}:{" "}
          <Link href={paths.ledgerEntry(store.data.ledgerIndex)}>
            entry {store.data.ledgerIndex.toLocaleString("en")}
          </Link>
        </output>
      ) : null}
    </>
  );
}

function refusalOf(error: unknown): ProblemView {
  return error instanceof NoDocument ? { title: "This file is not stored", detail: error.message } : problemView(error);
}

class NoDocument extends Error {}

/** @throws NoDocument for a file that holds something else. */
async function readDocument<D extends JsonDocument>(
  file: File,
  { what, isDocument }: Pick<ImportDocumentProps<D, Stored>, "what" | "isDocument">,
): Promise<D> {
  try {
    const value: unknown = JSON.parse(await file.text());
    if (typeof value === "object" && value !== null && isDocument(value as JsonDocument)) return value as D;
  } catch {
    // Said below, as of a file that holds other JSON.
  }
  throw new NoDocument(`${file.name} is not ${what}.`);
}
