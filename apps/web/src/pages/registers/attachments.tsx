import { Button, Group, Text } from "@mantine/core";
import type { RecordView } from "@steward/client";
import { dayOf, EmptyState, ErrorState, Hash, LinesSkeleton, Link, Panel, Section, Time, useUi } from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";

import { api } from "../../api.ts";
import { attachmentsQuery, contentUrl, valuesOf } from "../../data/attachments.ts";
import type { RegisterInfo } from "../../data/registers.ts";
import { useMay } from "../../data/session.ts";
import { ReasonDialog } from "../../forms/reason-dialog.tsx";
import { paths } from "../../paths.ts";
import { useSticky } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { AttachmentUpload } from "./attachment-upload.tsx";
import styles from "./attachments.module.css";

// Readers of documents are large, and most visits look at none.
const AttachmentPreview = lazy(async () => {
  const { AttachmentPreview: Loaded } = await import("./attachment-preview.tsx");
  return { default: Loaded };
});

/** The evidence files of a record: looked at, downloaded, added, removed. */
export function Attachments({ register, record }: { register: RegisterInfo; record: RecordView }) {
  const { asOf } = useSticky();
  const files = useQuery(attachmentsQuery(record.id, asOf));
  const may = useMay("attachments.write");
  const [adding, setAdding] = useState(false);
  const [shown, setShown] = useState<RecordView>();
  const [removed, setRemoved] = useState<RecordView>();
  const reason = asOf === undefined ? may.reason : "You look at a past moment. Go back to now to add files.";
  return (
    <Section title="Evidence files" note="What shows that this holds. The digest of each file is in the ledger.">
      <Panel>
        {files.isError ? (
          <ErrorState problem={problemView(files.error)} onRetry={() => void files.refetch()} />
        ) : files.isPending ? (
          <LinesSkeleton lines={2} />
        ) : files.data.items.length === 0 ? (
          <EmptyState title="No file yet">
            Minutes, certificates, reports, pictures: add what shows that this record is true.
          </EmptyState>
        ) : (
          <ul className={styles.files} aria-label="Evidence files">
            {files.data.items.map((file) => (
              <FileLine
                key={file.id}
                file={file}
                isPast={asOf !== undefined}
                onShow={() => setShown(file)}
                onRemove={() => setRemoved(file)}
              />
            ))}
          </ul>
        )}
        <Group gap={8} mt={12}>
          <Button
            variant="default"
            disabled={reason !== null}
            title={reason ?? undefined}
            onClick={() => setAdding(true)}
          >
            Add a file
          </Button>
          {reason === null ? null : <Text size="xs">{reason}</Text>}
        </Group>
      </Panel>
      {adding ? (
        <AttachmentUpload subjectKind={register.kind} subjectId={record.id} onClose={() => setAdding(false)} />
      ) : null}
      {shown === undefined ? null : (
        <Suspense fallback={null}>
          <AttachmentPreview file={shown} onClose={() => setShown(undefined)} />
        </Suspense>
      )}
      {removed === undefined ? null : <Remove file={removed} onClose={() => setRemoved(undefined)} />}
    </Section>
  );
}

interface FileLineProps {
  readonly file: RecordView;
  readonly isPast: boolean;
  readonly onShow: () => void;
  readonly onRemove: () => void;
}

function FileLine({ file, isPast, onShow, onRemove }: FileLineProps) {
  const may = useMay("attachments.write");
  const { name, mediaType, sizeBytes, source, description, effectiveOn, expiresOn, legalHold, digest } = valuesOf(file);
  const { now, timeZone } = useUi();
  // Of the moment at which the page was opened.
  const [today] = useState(() => dayOf(new Date(now()).toISOString(), timeZone));
  const expired = expiresOn !== null && expiresOn < today;
  const kept = legalHold ? "It is under legal hold." : may.reason;
  return (
    <li className={styles.file}>
      <div className={styles.what}>
        <Link href={paths.record("attachments", file.id)}>{name}</Link>
        {expired ? <strong className={styles.mark}>Expired</strong> : null}
        {legalHold ? <strong className={styles.mark}>Legal hold</strong> : null}
        {description === null ? null : <p className={styles.text}>{description}</p>}
        <p className={styles.facts}>
          {[
            `${mediaType}, ${sizeText(sizeBytes)}`,
            source === null ? undefined : `from ${source}`,
            effectiveOn === null ? undefined : `takes effect ${effectiveOn}`,
            expiresOn === null ? undefined : `${expired ? "expired" : "expires"} ${expiresOn}`,
          ]
            .filter((part) => part !== undefined)
            .join(" · ")}
        </p>
        <p className={styles.facts}>
          Uploaded by {file.actor.name ?? "somebody"} <Time at={file.recordedAt} />, SHA-256{" "}
          <Hash value={digest} what="digest" />
        </p>
      </div>
      <Group gap={8}>
        <Button variant="subtle" size="compact-sm" onClick={onShow} aria-label={`Look at ${name}`}>
          Look
        </Button>
        <Button
          variant="subtle"
          size="compact-sm"
          component="a"
          href={contentUrl(file.id)}
          download={name}
          aria-label={`Download ${name}`}
        >
          Download
        </Button>
        {isPast ? null : (
          <Button
            variant="subtle"
            size="compact-sm"
            color="red"
            disabled={kept !== null}
            title={kept ?? undefined}
            onClick={onRemove}
            aria-label={`Remove ${name}`}
          >
            Remove
          </Button>
        )}
      </Group>
    </li>
  );
}

const UNITS = ["bytes", "kB", "MB", "GB"];

function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

function Remove({ file, onClose }: { file: RecordView; onClose: () => void }) {
  const queries = useQueryClient();
  return (
    <ReasonDialog
      title={`Remove “${file.title}”?`}
      act="Remove"
      onAct={async (changeReason) =>
        api.removeAttachment({ params: { id: file.id }, body: { changeReason }, ifMatch: `"${file.version}"` })
      }
      onDone={() => void queries.invalidateQueries({ queryKey: ["records", "attachments"] })}
      onClose={onClose}
    >
      It leaves this record, and a day later its content is gone. That it was there, and its digest, stay in the ledger.
    </ReasonDialog>
  );
}
