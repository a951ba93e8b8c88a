import { Button } from "@mantine/core";
import { type DataColumn, DataTable, EmptyState, ErrorState, Time } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { problemView } from "../../shell/page-error.tsx";
import { deviceWords } from "./device-words.ts";

type OpenSession = Awaited<ReturnType<typeof api.listSessions>>["items"][number];

/** The sessions of the signed-in person, each to be ended. */
export function Sessions() {
  const queries = useQueryClient();
  const sessions = useQuery({
    queryKey: ["account", "sessions"],
    queryFn: ({ signal }) => api.listSessions({ signal }),
  });
  const end = useMutation({
    mutationFn: async (id: string) => api.endSession({ params: { id } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["account", "sessions"] }),
  });
  const error = sessions.error ?? end.error;
  return (
    <>
      {error ? <ErrorState problem={problemView(error)} onRetry={() => void sessions.refetch()} /> : null}
      <DataTable
        label="Sessions"
        storageKey="sessions"
        rows={sessions.data?.items ?? []}
        columns={columnsFor(end.mutate)}
        rowId={({ id }) => id}
        loading={sessions.isPending}
        empty={<EmptyState title="None">You are signed in nowhere else.</EmptyState>}
      />
    </>
  );
}

function columnsFor(onEnd: (id: string) => void): DataColumn<OpenSession>[] {
  return [
    { id: "device", header: "Where", cell: ({ userAgent }) => deviceWords(userAgent) },
    { id: "address", header: "Address", cell: ({ address }) => address ?? "unknown" },
    { id: "organisation", header: "Organisation", cell: ({ organisation }) => organisation },
    { id: "since", header: "Signed in", cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: "seen", header: "Last seen", cell: ({ lastSeenAt }) => <Time at={lastSeenAt} /> },
    {
      id: "act",
      header: "End",
      cell: (session) =>
        session.current ? (
          "this session"
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`End the session of ${deviceWords(session.userAgent)}`}
            onClick={() => onEnd(session.id)}
          >
            End
          </Button>
        ),
    },
  ];
}
