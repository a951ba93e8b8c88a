import { counted } from "@steward/kernel";
import { Alert, Button, FileInput, Group, Stack, Text, TextInput } from "@mantine/core";
import type { ImportResult } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, Example, Link, PageHeader, Section } from "@steward/ui";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import type { RegisterInfo } from "../../data/registers.ts";
import { paths } from "../../paths.ts";
import { useGo } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { useRegister } from "./register-page.tsx";
import { importRoute } from "./registers.routes.ts";

/** The largest file that the server takes. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;

/** Reads a file, says what it would change, and changes it only when asked: all rows or none. */
export function ImportPage() {
  const { path } = importRoute.useParams();
  const register = useRegister(path);
  const title = `Import ${register.plural.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())}`;
  usePageTitle(title);
  const go = useGo();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [reason, setReason] = useState("");
  const run = useMutation({
    mutationFn: async (dryRun: boolean) => importFile(register, file, dryRun, reason),
    onSuccess: (result) => {
      if (result.dryRun || result.errors.length > 0) return;
      void queries.invalidateQueries({ queryKey: ["records"] });
      go(paths.register(path));
    },
  });
  const choose = (chosen: File | null) => {
    setFile(chosen);
    run.reset();
    if (chosen !== null) run.mutate(true);
  };
  const ready = run.data !== undefined && run.data.errors.length === 0;
  return (
    <>
      <PageHeader
        title={title}
        sentence="A file is read and checked first; nothing changes until you say so, and then all rows or none."
        above={<Link href={paths.register(path)}>{register.plural}</Link>}
      />
      <Stack gap={16} maw={720}>
        <FileInput
          label="File"
          description="CSV with a heading line, or a JSON list, in the columns of this register’s export. A row with an id that exists changes that record; any other makes a new one."
          accept=".csv,.json,text/csv,application/json"
          placeholder="Choose a file"
          value={file}
          onChange={choose}
          clearable
          clearButtonProps={{ "aria-label": "Choose no file" }}
        />
        <TextInput
          label="Reason"
          description="Why these records are entered or changed; the history shows it."
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {run.isError ? <ErrorState problem={problemView(run.error)} /> : null}
        {run.data ? <Outcome result={run.data} /> : null}
        <Group gap={8}>
          <Button disabled={!ready} loading={run.isPending} onClick={() => run.mutate(false)}>
            {ready ? `Import ${counted(run.data.rows, "row")}` : "Import"}
          </Button>
          <Button variant="default" onClick={() => go(paths.register(path))}>
            Cancel
          </Button>
        </Group>
      </Stack>
      {run.data && run.data.errors.length > 0 ? <Errors errors={run.data.errors} /> : null}
      <Section title="What a file looks like">
        <Example label="CSV" text={exampleOf(register)} />
      </Section>
    </>
  );
}

async function importFile(
  register: RegisterInfo,
  file: File | null,
  dryRun: boolean,
  reason: string,
): Promise<ImportResult> {
  if (file === null) throw new Error("Choose a file first.");
  if (file.size > FILE_MAX_BYTES) throw new Error("A file may have 16 MiB at most; split it.");
  const format = file.name.toLowerCase().endsWith(".json") ? "json" : "csv";
  const changeReason = reason.trim() === "" ? {} : { changeReason: reason.trim() };
  return api.records(register.path).import({ format, content: await file.text(), dryRun, ...changeReason });
}

function Outcome({ result }: { result: ImportResult }) {
  if (result.errors.length > 0) {
    return (
      <Alert color="red" title={`${counted(result.errors.length, "fault")} in ${counted(result.rows, "row")}`}>
        Nothing was changed. Mend the lines below in the file, and choose it again.
      </Alert>
    );
  }
  return (
    <Alert title="The file can be imported">
      <Text size="sm">
        It would make {counted(result.created, "new record")}, change {counted(result.changed, "record")}, and leave{" "}
        {counted(result.unchanged, "record")} as they are.
      </Text>
    </Alert>
  );
}

type Fault = ImportResult["errors"][number];

const COLUMNS: DataColumn<Fault>[] = [
  { id: "line", header: "Line", cell: ({ line }) => line, align: "end" },
  { id: "field", header: "Field", cell: ({ field }) => field ?? "the whole row" },
  { id: "message", header: "What is wrong", cell: ({ message }) => message },
];

function Errors({ errors }: { errors: readonly Fault[] }) {
  return (
    <Section title="Faults">
      <DataTable
        label="Faults in the file"
        storageKey="import-faults"
        rows={errors}
        columns={COLUMNS}
        rowId={({ line, field, message }) => `${line} ${field ?? ""} ${message}`}
        empty={<EmptyState title="None">The file is in order.</EmptyState>}
      />
    </Section>
  );
}

/** A heading line and one row, made of the fields that a record must have. */
function exampleOf(register: RegisterInfo): string {
  const fields = register.fields.filter(({ required, defaultValue }) => required && defaultValue === null);
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const row = fields.map(({ example, choices }) => cell(example ?? choices?.[0]?.value ?? "…"));
  return `${fields.map(({ name }) => name).join(",")}\n${row.join(",")}`;
}
