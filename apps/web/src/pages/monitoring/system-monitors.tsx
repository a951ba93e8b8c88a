import { counted } from "@steward/kernel";
import { Button, Group } from "@mantine/core";
import type { MonitoredSystem, MonitorView } from "@steward/client";
import { EmptyState, ErrorState, LinesSkeleton, Link, Section, Time, VerdictBadge } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { MonitorSeries } from "./monitor-series.tsx";
import { figureOf, KIND_WORDS, monitorVerdict } from "./monitor-words.ts";
import styles from "./monitoring.module.css";

/** The monitors of one system, on its page. A system that is retired is not watched any more. */
export function SystemMonitors({ systemId }: { systemId: string }) {
  const found = useQuery({
    queryKey: ["monitoring", systemId],
    queryFn: ({ signal }) => api.getMonitoring({ query: { systemId }, signal }),
  });
  if (found.isError) return <ErrorState problem={problemView(found.error)} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <LinesSkeleton lines={3} />;
  return found.data.systems.map((system) => (
    <MonitoredSystemSection key={system.id} system={system} title="What watches it" />
  ));
}

/** What watches one system, under a title of its own. */
export function MonitoredSystemSection({ system, title }: { system: MonitoredSystem; title?: string }) {
  const { id, name, monitors, missingKinds, openAlerts } = system;
  const missing = missingKinds.map((kind) => (KIND_WORDS[kind] ?? kind).toLowerCase());
  return (
    <Section
      title={title ?? name}
      note={
        missing.length === 0
          ? "Every kind is watched."
          : `Not watched at present: ${new Intl.ListFormat("en").format(missing)}.`
      }
      aside={
        openAlerts === 0 ? null : <Link href={paths.alerts({ systemId: id })}>{counted(openAlerts, "open alert")}</Link>
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
