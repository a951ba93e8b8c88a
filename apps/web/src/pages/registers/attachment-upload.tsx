import { Button, FileInput, Group, Modal, Progress, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { ApiProblem } from "@steward/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { uploadAttachment } from "../../data/attachments.ts";
import { problemView } from "../../shell/page-error.tsx";

interface Props {
  readonly subjectKind: string;
  readonly subjectId: string;
  readonly onClose: () => void;
}

const EMPTY = { source: "", description: "", effectiveOn: "", expiresOn: "", keepUntil: "" };

/** Adds a file to a record; what is known of it can be changed later, what it holds cannot. */
export function AttachmentUpload({ subjectKind, subjectId, onClose }: Props) {
  const [file, setFile] = useState<File | null>(null);
  const [values, setValues] = useState(EMPTY);
  const [share, setShare] = useState(0);
  const queries = useQueryClient();
  const upload = useMutation({
    mutationFn: async (chosen: File) =>
      uploadAttachment({ file: chosen, query: { subjectKind, subjectId, ...values }, onProgress: setShare }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ["records", "attachments"] });
      onClose();
    },
  });
  const problem = upload.isError ? problemView(upload.error) : undefined;
  const fields = upload.error instanceof ApiProblem ? upload.error.fields : {};
  const input = (name: keyof typeof EMPTY) => ({
    value: values[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setValues((before) => ({ ...before, [name]: value }));
    },
    error: fields[name],
  });
  const told = Object.keys(fields).some((name) => name in EMPTY);
  return (
    <Modal opened onClose={onClose} title="Add an evidence file" closeButtonProps={{ "aria-label": "Close" }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (file !== null) upload.mutate(file);
        }}
      >
        <Stack gap={12}>
          <FileInput
            label="File"
            description="Any document, picture or table. Programs are refused."
            placeholder="Choose a file"
            withAsterisk
            value={file}
            onChange={setFile}
            error={told ? undefined : (problem?.detail ?? problem?.title)}
            clearable
            clearButtonProps={{ "aria-label": "Choose no file" }}
          />
          <Textarea label="What it shows" description="In a sentence or two." autosize {...input("description")} />
          <TextInput
            label="Source"
            description="Where it comes from: who made it, which system wrote it."
            {...input("source")}
          />
          <TextInput
            type="date"
            label="Takes effect on"
            description="The day since which it holds, where that is not today."
            {...input("effectiveOn")}
          />
          <TextInput
            type="date"
            label="Expires on"
            description="The last day on which it holds, such as that of a certificate."
            {...input("expiresOn")}
          />
          <TextInput
            type="date"
            label="Keep until"
            description="It is removed by itself after this day; empty keeps it."
            {...input("keepUntil")}
          />
          {upload.isPending ? (
            <>
              <Progress value={share * 100} aria-label="Upload" />
              <Text size="xs">{share < 1 ? `${Math.round(share * 100)} %` : "Looking at it and storing it…"}</Text>
            </>
          ) : null}
          <Group gap={8}>
            <Button type="submit" disabled={file === null} loading={upload.isPending}>
              Upload
            </Button>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
