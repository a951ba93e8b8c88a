import { Button, Modal } from "@mantine/core";
import type { OperationOutput, RecordView } from "@steward/client";
import { ErrorState, LinesSkeleton } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import Markdown from "react-markdown";

import { contentUrl, previewQuery } from "../../data/attachments.ts";
import { problemView } from "../../shell/page-error.tsx";
import styles from "./attachments.module.css";

type Preview = OperationOutput<"getAttachmentPreview">;

/**
 * What a file holds, without letting anything of it run: texts are shown as texts, Markdown without its HTML and without
 * loading what it names, and documents are drawn page by page by a reader that runs no scripts.
 */
export function AttachmentPreview({ file, onClose }: { file: RecordView; onClose: () => void }) {
  const preview = useQuery(previewQuery(file.id));
  return (
    <Modal opened onClose={onClose} title={file.title} size="xl" closeButtonProps={{ "aria-label": "Close" }}>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <section className={styles.preview} tabIndex={0} aria-label={`Content of ${file.title}`}>
        {preview.isError ? (
          <ErrorState problem={problemView(preview.error)} onRetry={() => void preview.refetch()} />
        ) : preview.isPending ? (
          <LinesSkeleton lines={8} />
        ) : (
          <Content id={file.id} title={file.title} preview={preview.data} />
        )}
      </section>
      <Button component="a" href={contentUrl(file.id)} download={file.title} variant="default" mt={12}>
        Download
      </Button>
    </Modal>
  );
}

function Content({ id, title, preview }: { id: string; title: string; preview: Preview }) {
  switch (preview.kind) {
    case "image":
      return <img className={styles.image} src={contentUrl(id)} alt={title} />;
    case "pdf":
      return <PdfPages url={contentUrl(id)} title={title} />;
    case "none":
      return <p className={styles.note}>Files of this kind cannot be shown here. Download it to look at it.</p>;
    case "table":
      return (
        <>
          <Table rows={preview.rows} />
          {preview.truncated ? (
            <p className={styles.note}>These are the first rows. Download the file for all.</p>
          ) : null}
        </>
      );
    default:
      return (
        <>
          {preview.kind === "markdown" ? (
            <Markdown components={{ img: NamedPicture }}>{preview.text}</Markdown>
          ) : (
            <pre className={styles.plain}>{preview.text}</pre>
          )}
          {preview.truncated ? <p className={styles.note}>This is the beginning. Download the file for all.</p> : null}
        </>
      );
  }
}

/** Loading a picture would tell its server who looks. */
function NamedPicture({ alt }: { alt?: string | undefined }) {
  return <em>{alt}</em>;
}

function Table({ rows: all }: { rows: string[][] }) {
  const [head = [], ...rows] = all;
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          {head.map((cell, column) => (
            // oxlint-disable-next-line react/no-array-index-key -- cells of a file have no other identity
            <th key={column} scope="col">
              {cell}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, line) => (
          // oxlint-disable-next-line react/no-array-index-key -- rows of a file have no other identity
          <tr key={line}>
            {row.map((cell, column) => (
              // oxlint-disable-next-line react/no-array-index-key -- as above
              <td key={column}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Pages drawn; a longer document is for downloading. */
const PAGES_MAX = 20;
/** Sharp on most screens, and still small. */
const SCALE = 1.5;

function PdfPages({ url, title }: { url: string; title: string }) {
  const target = useRef<HTMLElement>(null);
  const [state, setState] = useState<"drawing" | "drawn" | "cut" | "failed">("drawing");
  useEffect(() => {
    const stopped = { now: false };
    void (async () => {
      const pages = await drawPages(url, target.current, stopped);
      if (!stopped.now) setState(pages > PAGES_MAX ? "cut" : "drawn");
    })().catch(() => setState("failed"));
    return () => {
      stopped.now = true;
    };
  }, [url]);
  return (
    <>
      {state === "drawing" ? <LinesSkeleton lines={12} /> : null}
      {state === "failed" ? (
        <p className={styles.note}>This document cannot be drawn here. Download it to look at it.</p>
      ) : null}
      <figure ref={target} className={styles.pages} aria-label={`Pages of ${title}`} />
      {state === "cut" ? (
        <p className={styles.note}>These are the first {PAGES_MAX} pages. Download the file for all.</p>
      ) : null}
    </>
  );
}

/** Draws into the element; answers how many pages there are. */
async function drawPages(url: string, into: HTMLElement | null, stopped: { readonly now: boolean }): Promise<number> {
  const response = await fetch(url);
  if (!response.ok || into === null) throw new Error("The document did not come.");
  const { getResolvedPDFJS } = await import("unpdf");
  const { getDocument } = await getResolvedPDFJS();
  const pdf = await getDocument({
    data: new Uint8Array(await response.arrayBuffer()),
    // No code of a document is compiled, and nothing that it names is loaded.
    isEvalSupported: false,
    enableXfa: false,
    useWasm: false,
  } as Parameters<typeof getDocument>[0]).promise;
  into.replaceChildren();
  for (let number = 1; number <= Math.min(pdf.numPages, PAGES_MAX) && !stopped.now; number++) {
    const page = await pdf.getPage(number);
    const viewport = page.getViewport({ scale: SCALE });
    const canvas = document.createElement("canvas");
    canvas.width = viewport.width;
    canvas.height = viewport.height;
    canvas.className = styles.page ?? "";
    into.append(canvas);
    await page.render({ canvas, viewport }).promise;
  }
  return pdf.numPages;
}
