import { Button } from "@mantine/core";
import type { RecordView } from "@steward/client";
import { EmptyState, ErrorState, LinesSkeleton, Link, PageHeader, Panel, Section } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { AlertCard } from "./alert-card.tsx";
import styles from "./monitoring.module.css";
import { alertsRoute } from "./monitoring.routes.ts";

/** More are not handled in one sitting; the register has all. */
const OPEN_MAX = 100;

/** What the monitors found beyond its limit, and what is to do about it. */
export function AlertsPage() {
  usePageTitle("Alerts");
  const { systemId } = alertsRoute.useSearch();
  const alerts = useQuery({
    queryKey: ["records", "alerts", "board", systemId],
    queryFn: async ({ signal }) => {
      const of = systemId === undefined ? {} : { systemId };
      const states = ["open", "acknowledged", "acted"] as const;
      const pages = await Promise.all(
        states.map((state) =>
          api.records("alerts").list({ where: { ...of, state }, sort: "openedAt", limit: OPEN_MAX }, { signal }),
        ),
      );
      return pages.map(({ items }) => items);
    },
  });
  const [open = [], acknowledged = [], acted = []] = alerts.data ?? [];
  const total = open.length + acknowledged.length + acted.length;
  return (
    <>
      <PageHeader
        title="Alerts"
        sentence={
          alerts.data
            ? `${open.length} to acknowledge, ${acknowledged.length} to act on, ${acted.length} to close.`
            : "What the monitors found beyond its limit."
        }
        actions={
          <Button component={AppLink} href={paths.register("alerts")} variant="default">
            All alerts
          </Button>
        }
      />
      {alerts.isError ? <ErrorState problem={problemView(alerts.error)} onRetry={() => void alerts.refetch()} /> : null}
      {alerts.isPending ? <LinesSkeleton lines={6} /> : null}
      {alerts.data && total === 0 ? (
        <EmptyState title="No alert is open" action={<Link href={paths.monitoring()}>See what is watched</Link>}>
          A monitor opens an alert when something is beyond its limit and chance does not explain it. Silence is no good
          sign by itself: look whether the monitors are alive.
        </EmptyState>
      ) : null}
      <Group title="To acknowledge" note="Say that you look after it." alerts={open} />
      <Group title="To act on" note="Say what is done about it." alerts={acknowledged} />
      <Group title="To close" note="Record cause and fix, and close it." alerts={acted} />
    </>
  );
}

function Group({ title, note, alerts }: { title: string; note: string; alerts: readonly RecordView[] }) {
  if (alerts.length === 0) return null;
  return (
    <Section title={title} note={note}>
      <ul className={styles.cards}>
        {alerts.map((alert) => (
          <li key={alert.id}>
            <Panel>
              <AlertCard alert={alert} />
            </Panel>
          </li>
        ))}
      </ul>
    </Section>
  );
}
