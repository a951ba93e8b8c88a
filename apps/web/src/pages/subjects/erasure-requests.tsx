import { Alert, Button, Group, Stack, Textarea } from "@mantine/core";
import type { OperationOutput } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, Link, Panel, Time } from "@steward/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { type May, useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { useHeldChanged } from "./use-held-changed.ts";

type Request = OperationOutput<"listErasureRequests">["items"][number];

const STATES: Readonly<Record<Request["state"], string>> = {
  requested: "waits for approval",
  rejected: "rejected",
  erased: "erased",
};

export function ErasureRequests() {
  const requests = useQuery({
    queryKey: ["erasure-requests"],
    queryFn: ({ signal }) => api.listErasureRequests({ signal }),
  });
  const may = useMay("erasures.approve");
  const [chosen, setChosen] = useState<Request>();
  if (requests.isError) {
    return <ErrorState problem={problemView(requests.error)} onRetry={() => void requests.refetch()} />;
  }
  return (
    <Stack gap={16}>
      {chosen === undefined ? null : <Decide key={chosen.id} request={chosen} onDone={() => setChosen(undefined)} />}
      <DataTable
        label="Requests for erasure"
        storageKey="erasure-requests"
        rows={requests.data?.items ?? []}
        columns={columnsFor(may, setChosen)}
        rowId={({ id }) => id}
        loading={requests.isPending}
        empty={
          <EmptyState title="Nobody has asked">
            Find a person above and ask for erasure; somebody else then approves or rejects it here.
          </EmptyState>
        }
      />
    </Stack>
  );
}

function columnsFor(may: May, onDecide: (request: Request) => void): DataColumn<Request>[] {
  return [
    { id: "at", header: "Asked", cell: ({ requestedAt }) => <Time at={requestedAt} /> },
    { id: "by", header: "By", cell: ({ requestedBy }) => requestedBy.name ?? "unknown" },
    { id: "reason", header: "Reason", cell: ({ reason }) => reason },
    { id: "decisions", header: "Decisions", cell: ({ decisions }) => decisions },
    {
      id: "state",
      header: "State",
      cell: (request) => (
        <>
          <Link href={paths.ledgerEntry(request.ledgerIndex)}>{STATES[request.state]}</Link>
          {request.hold === null ? null : <>, kept by a legal hold: “{request.hold.reason}”</>}
        </>
      ),
    },
    { id: "decided", header: "Decided by", cell: ({ decidedBy }) => decidedBy?.name ?? "—" },
    {
      id: "act",
      header: "Decide",
      cell: (request) =>
        request.state === "requested" ? (
          <Button
            size="compact-sm"
            variant="default"
            disabled={!may.allowed}
            title={may.reason ?? undefined}
            onClick={() => onDecide(request)}
          >
            Decide
          </Button>
        ) : (
          "—"
        ),
    },
  ];
}

function Decide({ request, onDone }: { request: Request; onDone: () => void }) {
  const heldChanged = useHeldChanged();
  const [reason, setReason] = useState("");
  const decide = useMutation({
    mutationFn: async (approve: boolean) => {
      const input = { params: { id: request.id }, body: { reason } };
      return approve ? api.approveErasure(input) : api.rejectErasure(input);
    },
    onSuccess: async () => {
      await heldChanged();
      onDone();
    },
  });
  const isEmpty = reason.trim() === "";
  return (
    <Panel>
      <Stack gap={16} maw={720}>
        <Alert title="This cannot be undone">
          Approving erases the personal content of {request.decisions} decisions: attributes, explanation, inputs,
          content and what their late outcomes say beside the outcome. That they were made, and their outcomes, stay.
        </Alert>
        {decide.isError ? <ErrorState problem={problemView(decide.error)} /> : null}
        <Textarea
          label="Reason"
          description="Why you approve or reject. It becomes evidence; do not name the person."
          autosize
          minRows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group>
          <Button color="red" disabled={isEmpty} loading={decide.isPending} onClick={() => decide.mutate(true)}>
            Approve and erase
          </Button>
          <Button variant="default" disabled={isEmpty} loading={decide.isPending} onClick={() => decide.mutate(false)}>
            Reject
          </Button>
          <Button variant="subtle" onClick={onDone}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
