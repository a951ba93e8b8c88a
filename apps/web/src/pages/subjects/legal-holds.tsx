import { Button, Group, Stack, Textarea } from "@mantine/core";
import type { OperationOutput } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, Link, Panel, Time } from "@steward/ui";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { type May, useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { useHeldChanged } from "./use-held-changed.ts";

type Hold = OperationOutput<"listLegalHolds">["items"][number];

export function LegalHolds() {
  const holds = useQuery({
    queryKey: ["legal-holds"],
    queryFn: ({ signal }) => api.listLegalHolds({ signal }),
  });
  const may = useMay("erasures.approve");
  const [chosen, setChosen] = useState<Hold>();
  if (holds.isError) return <ErrorState problem={problemView(holds.error)} onRetry={() => void holds.refetch()} />;
  return (
    <Stack gap={16}>
      {chosen === undefined ? null : <Lift key={chosen.id} hold={chosen} onDone={() => setChosen(undefined)} />}
      <DataTable
        label="Legal holds"
        storageKey="legal-holds"
        rows={holds.data?.items ?? []}
        columns={columnsFor(may, setChosen)}
        rowId={({ id }) => id}
        loading={holds.isPending}
        empty={
          <EmptyState title="Nothing is held">
            Find a person above and place a hold when a claim, an inquiry or an order demands that all of it be kept.
          </EmptyState>
        }
      />
    </Stack>
  );
}

function columnsFor(may: May, onLift: (hold: Hold) => void): DataColumn<Hold>[] {
  return [
    { id: "at", header: "Placed", cell: ({ placedAt }) => <Time at={placedAt} /> },
    { id: "by", header: "By", cell: ({ placedBy }) => placedBy.name ?? "unknown" },
    { id: "reason", header: "Reason", cell: ({ reason }) => reason },
    {
      id: "state",
      header: "State",
      cell: (hold) => (
        <>
          <Link href={paths.ledgerEntry(hold.ledgerIndex)}>{hold.liftedAt === null ? "holds" : "lifted"}</Link>
          {hold.liftReason === null ? null : <>: “{hold.liftReason}”</>}
        </>
      ),
    },
    {
      id: "act",
      header: "Lift",
      cell: (hold) =>
        hold.liftedAt === null ? (
          <Button
            size="compact-sm"
            variant="default"
            disabled={!may.allowed}
            title={may.reason ?? undefined}
            onClick={() => onLift(hold)}
          >
            Lift
          </Button>
        ) : (
          "—"
        ),
    },
  ];
}

function Lift({ hold, onDone }: { hold: Hold; onDone: () => void }) {
  const heldChanged = useHeldChanged();
  const [reason, setReason] = useState("");
  const lift = useMutation({
    mutationFn: async () => api.liftLegalHold({ params: { id: hold.id }, body: { reason } }),
    onSuccess: async () => {
      await heldChanged();
      onDone();
    },
  });
  return (
    <Panel>
      <Stack gap={16} maw={720}>
        {lift.isError ? <ErrorState problem={problemView(lift.error)} /> : null}
        <Textarea
          label="Reason"
          description={`Why the hold “${hold.reason}” is not needed any more. It becomes evidence; do not name the person.`}
          autosize
          minRows={2}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group>
          <Button disabled={reason.trim() === ""} loading={lift.isPending} onClick={() => lift.mutate()}>
            Lift the hold
          </Button>
          <Button variant="subtle" onClick={onDone}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
