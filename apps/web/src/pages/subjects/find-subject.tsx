import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import type { OperationOutput } from "@steward/client";
import { FieldErrorSummary, KeyValue, Panel, Time } from "@steward/ui";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { saveFile } from "../../data/save-file.ts";
import { useMay } from "../../data/session.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { useHeldChanged } from "./use-held-changed.ts";

type Summary = OperationOutput<"findSubject">;

/** Asked anew whenever a hold or an erasure changes what stands here. */
function subjectQuery(subject: string) {
  return queryOptions({
    queryKey: ["subjects", subject],
    queryFn: async () => api.findSubject({ body: { subject } }),
    staleTime: 0,
  });
}

export function FindSubject() {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<string>();
  const found = useQuery({ ...subjectQuery(asked ?? ""), enabled: asked !== undefined });
  const form = useApiForm({
    initial: { subject: "" },
    labels: { subject: "Pseudonym" },
    send: async ({ subject }) => {
      await queries.fetchQuery(subjectQuery(subject));
      return subject;
    },
    onDone: setAsked,
  });
  return (
    <Stack gap={16}>
      <form onSubmit={form.submit} noValidate style={{ maxWidth: 720 }}>
        <FieldErrorSummary title="Something is missing" errors={form.summary} attempt={form.attempt} />
        <Stack gap={16}>
          <TextInput
            {...form.field("subject")}
            description="As your AI systems send it with their decisions, for example customer-4711. It is not stored; only its keyed hash is compared."
            autoComplete="off"
            value={form.values.subject}
            onChange={(event) => form.set("subject", event.currentTarget.value)}
          />
          <Group>
            <Button type="submit" loading={form.busy}>
              Find
            </Button>
          </Group>
        </Stack>
      </form>
      {asked === undefined || found.data === undefined ? null : (
        <Found key={asked} subject={asked} summary={found.data} />
      )}
    </Stack>
  );
}

function Found({ subject, summary }: { subject: string; summary: Summary }) {
  const { decisions, outcomes, refused, firstAt, lastAt, systems, hold } = summary;
  if (decisions + refused === 0 && hold === null) {
    return <Text>Nothing is held about “{subject}”: no decision carries this pseudonym, or it was erased.</Text>;
  }
  return (
    <Panel>
      <Stack gap={16}>
        <KeyValue
          items={[
            { label: "Decisions", value: decisions },
            { label: "Late outcomes", value: outcomes },
            ...(refused === 0 ? [] : [{ label: "Refused, kept as evidence", value: refused }]),
            { label: "First recorded", value: firstAt === null ? null : <Time at={firstAt} absolute /> },
            { label: "Last recorded", value: lastAt === null ? null : <Time at={lastAt} absolute /> },
            { label: "By", value: systems.map(({ name, decisions: n }) => `${name} (${n})`).join(", ") },
          ]}
        />
        {hold === null ? null : (
          <Alert title="A legal hold keeps all of it">
            Placed <Time at={hold.placedAt} />: “{hold.reason}”. Nothing is erased until it is lifted below.
          </Alert>
        )}
        <Act subject={subject} isHeld={hold !== null} />
      </Stack>
    </Panel>
  );
}

/** Both acts need a reason, which becomes evidence. */
function Act({ subject, isHeld }: { subject: string; isHeld: boolean }) {
  const queries = useQueryClient();
  const heldChanged = useHeldChanged();
  const mayAsk = useMay("erasures.request");
  const mayHold = useMay("erasures.approve");
  const [said, setSaid] = useState<string>();
  const form = useReasonForm(
    async (reason) => api.exportSubject({ body: { subject, reason } }),
    (lines) => {
      saveFile("held-about-a-person.jsonl", lines, "application/x-ndjson");
      setSaid("Exported; its first line names the entry of the ledger that says so.");
    },
  );
  const holding = useReasonForm(
    async (reason) => api.placeLegalHold({ body: { subject, reason } }),
    async () => {
      setSaid(undefined);
      await heldChanged();
    },
  );
  const asking = useReasonForm(
    async (reason) => api.requestErasure({ body: { subject, reason } }),
    () => {
      void queries.invalidateQueries({ queryKey: ["erasure-requests"] });
      setSaid("Asked for. Somebody else has to approve it below.");
    },
  );
  const reason = form.values.reason;
  return (
    <Stack gap={16} maw={720}>
      <FieldErrorSummary
        title="Something is missing"
        errors={[...form.summary, ...asking.summary, ...holding.summary]}
        attempt={form.attempt + asking.attempt + holding.attempt}
      />
      <Textarea
        {...form.field("reason")}
        description="Why you export, erase or hold it, for example: the person asked by letter of 9 March. Do not name the person."
        autosize
        minRows={2}
        value={reason}
        onChange={(event) => {
          form.set("reason", event.currentTarget.value);
          asking.set("reason", event.currentTarget.value);
          holding.set("reason", event.currentTarget.value);
        }}
      />
      <Group>
        <Button loading={form.busy} onClick={form.submit}>
          Export as lines of JSON
        </Button>
        <Button
          variant="default"
          loading={asking.busy}
          disabled={!mayAsk.allowed}
          title={mayAsk.reason ?? undefined}
          onClick={asking.submit}
        >
          Ask for erasure
        </Button>
        {isHeld ? null : (
          <Button
            variant="default"
            loading={holding.busy}
            disabled={!mayHold.allowed}
            title={mayHold.reason ?? undefined}
            onClick={holding.submit}
          >
            Place a legal hold
          </Button>
        )}
      </Group>
      {said === undefined ? null : <Alert>{said}</Alert>}
    </Stack>
  );
}

function useReasonForm<R>(send: (reason: string) => Promise<R>, onDone: (result: R) => void) {
  return useApiForm({
    initial: { reason: "" },
    labels: { reason: "Reason" },
    send: async ({ reason }) => send(reason),
    onDone,
  });
}
