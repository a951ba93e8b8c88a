import { Button, Group } from "@mantine/core";
import type { MonitoredSystem, MonitorView } from "@steward/client";
import { EmptyState, ErrorState, LinesSkeleton, Link, PageHeader, Section, Time, VerdictBadge } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { MonitorSeries } from "./monitor-series.tsx";
import { figureOf, KIND_WORDS, monitorVerdict } from "./monitor-words.ts";
import styles from "./monitoring.module.css";

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
  const alerts = open === 0 ? "No alert is open." : open === 1 ? "1 alert is open." : `${open} alerts are open.`;
  if (running.length === 0) return `No system is in operation. ${alerts}`;
  return `${covered.length} of ${running.length} systems in operation have a live monitor of each kind. ${alerts}`;
}

function MonitoredSystemSection({ system }: { system: MonitoredSystem }) {
  const { id, name, monitors, missingKinds, openAlerts } = system;
  const missing = missingKinds.map((kind) => (KIND_WORDS[kind] ?? kind).toLowerCase());
  return (
    <Section
      title={name}
      note={
        missing.length === 0
          ? "Every kind is watched."
          : `Not watched at present: ${new Intl.ListFormat("en").format(missing)}.`
      }
      aside={
        openAlerts === 0 ? null : (
          <Link href={paths.alerts({ systemId: id })}>
            {openAlerts === 1 ? "1 open alert" : `${openAlerts} open alerts`}
          </Link>
        )
      }
    >
      {monitors.length === 0 ? (
        <EmptyState
          title="Nothing watches it"
          action={<Link href={paths.newRecord("monitors", { systemId: id })}>Add its first monitor</Link>}
        >
          Start with silence: an alert when no decision has come for some hours. It needs nothing but the decisions.
        </EmptyState>
      ) : (
        <ul className={styles.monitors}>
          {monitors.map((monitor) => (
            <li key={monitor.id} className={styles.monitor}>
              <Monitor monitor={monitor} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Monitor({ monitor }: { monitor: MonitorView }) {
  const { verdict, words } = monitorVerdict(monitor);
  const { lastRun } = monitor;
  return (
    <>
      <div>
        <div className={styles.head}>
          <Link href={paths.record("monitors", monitor.id)}>{monitor.name}</Link>
          <VerdictBadge verdict={verdict} />
        </div>
        <p className={styles.note}>
          {KIND_WORDS[monitor.kind] ?? monitor.kind}, {words}. Threshold {figureOf(monitor.measure, monitor.threshold)}
          {monitor.alarmWhen === "below" ? " at least" : ""}, heartbeat {monitor.heartbeatHours} h.
        </p>
        {lastRun === null ? null : (
          <p className={styles.text}>
            {lastRun.message} Seen <Time at={lastRun.ranAt} />,{" "}
            <Link href={paths.ledgerEntry(lastRun.ledgerIndex)}>
              ledger entry {lastRun.ledgerIndex.toLocaleString("en")}
            </Link>
            .
          </p>
        )}
        <Group gap={8} mt={8}>
          <RunButton monitor={monitor} />
          {monitor.openAlertId === null ? null : (
            <Link href={paths.record("alerts", monitor.openAlertId)}>Its open alert</Link>
          )}
        </Group>
      </div>
      <MonitorSeries monitor={monitor} />
    </>
  );
}

function RunButton({ monitor }: { monitor: MonitorView }) {
  const may = useMay("monitors.write");
  const queries = useQueryClient();
  const run = useMutation({
    mutationFn: async () => api.runMonitor({ params: { id: monitor.id } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["monitoring"] }),
  });
  if (monitor.measure === "reported" || monitor.state !== "active") return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={run.isPending}
        disabled={!may.allowed}
        title={may.reason ?? undefined}
        aria-label={`Look now: ${monitor.name}`}
        onClick={() => run.mutate()}
      >
        Look now
      </Button>
      {run.isError ? <span role="alert">{problemView(run.error).detail}</span> : null}
    </>
  );
}
