import { counted } from "@steward/kernel";
import { Button } from "@mantine/core";
import type { MonitoredSystem } from "@steward/client";
import { EmptyState, ErrorState, LinesSkeleton, Link, PageHeader } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { MonitoredSystemSection } from "./system-monitors.tsx";

/** What watches each AI system, and what it saw. */
export function MonitoringPage() {
  usePageTitle("Monitoring");
  const found = useQuery({
    queryKey: ["monitoring"],
    queryFn: ({ signal }) => api.getMonitoring({ query: {}, signal }),
  });
  const may = useMay("monitors.write");
  return (
    <>
      <PageHeader
        title="Monitoring"
        sentence={found.data ? sentenceOf(found.data.systems) : "What watches each AI system in operation."}
        actions={
          may.allowed ? (
            <Button component={AppLink} href={paths.newRecord("monitors")}>
              Add a monitor
            </Button>
          ) : null
        }
      />
      {found.isError ? <ErrorState problem={problemView(found.error)} onRetry={() => void found.refetch()} /> : null}
      {found.isPending ? <LinesSkeleton lines={8} /> : null}
      {found.data?.systems.length === 0 ? (
        <EmptyState title="No AI system yet" action={<Link href={paths.newRecord("systems")}>Register a system</Link>}>
          Each system in operation needs a live monitor of health, output quality, drift, misuse and user feedback.
        </EmptyState>
      ) : null}
      {found.data?.systems.map((system) => (
        <MonitoredSystemSection key={system.id} system={system} />
      ))}
    </>
  );
}

function sentenceOf(systems: readonly MonitoredSystem[]): string {
  const running = systems.filter(({ lifecycle }) => lifecycle === "operation");
  const covered = running.filter(({ missingKinds }) => missingKinds.length === 0);
  const open = systems.reduce((sum, system) => sum + system.openAlerts, 0);
  const alerts = open === 0 ? "No alert is open." : `${counted(open, "alert is", "alerts are")} open.`;
  if (running.length === 0) return `No system is in operation. ${alerts}`;
  return `${covered.length} of ${running.length} systems in operation have a live monitor of each kind. ${alerts}`;
}
