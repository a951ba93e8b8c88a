/** Questions about evidence files, and the upload, which is no JSON. */
import { ApiProblem, type RecordView } from "@steward/client";
import { queryOptions } from "@tanstack/react-query";

import { api } from "../api.ts";

export interface AttachmentValues {
  readonly name: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  readonly virusScan: "clean" | "not_scanned";
  readonly source: string | null;
  readonly description: string | null;
  readonly effectiveOn: string | null;
  readonly expiresOn: string | null;
  readonly keepUntil: string | null;
  readonly legalHold: boolean;
  readonly holdReason: string | null;
}

/** A record shows this many; the register of evidence files has all. */
const SHOWN_MAX = 100;

export function attachmentsQuery(subjectId: string, asOf: string | undefined) {
  return queryOptions({
    queryKey: ["records", "attachments", "of", subjectId, asOf],
    queryFn: ({ signal }) =>
      api
        .records("attachments")
        .list(
          { where: { subjectId }, limit: SHOWN_MAX, sort: "-recordedAt", ...(asOf === undefined ? {} : { asOf }) },
          { signal },
        ),
  });
}

export function previewQuery(id: string) {
  return queryOptions({
    queryKey: ["attachment-preview", id],
    queryFn: ({ signal }) => api.getAttachmentPreview({ params: { id }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function contentUrl(id: string): string {
  return `/api/v1/attachments/${encodeURIComponent(id)}/content`;
}

export function valuesOf(record: RecordView): AttachmentValues {
  return record.values as unknown as AttachmentValues;
}

export interface Upload {
  readonly file: File;
  readonly query: Readonly<Record<string, string>>;
  /** From 0 to 1; only XMLHttpRequest tells it. */
  readonly onProgress: (share: number) => void;
}

/** @throws ApiProblem */
export async function uploadAttachment({ file, query, onProgress }: Upload): Promise<void> {
  const given = Object.entries({ ...query, name: file.name }).filter(([, value]) => value !== "");
  await new Promise<void>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/v1/attachments?${new URLSearchParams(given).toString()}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 201) resolve();
      else reject(problemOf(request));
    });
    request.addEventListener("error", () => reject(problemOf(request)));
    request.send(file);
  });
}

function problemOf(request: XMLHttpRequest): ApiProblem {
  try {
    return new ApiProblem("problem", JSON.parse(request.responseText));
  } catch {
    const detail = "The file did not arrive. Check the connection, then try again.";
    return new ApiProblem("unreachable", { type: "about:blank", title: "The upload failed", status: 0, detail });
  }
}
