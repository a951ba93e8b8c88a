import { Button, Group } from "@mantine/core";
import type { RecordView } from "@steward/client";
import { EmptyState, ErrorState, Example, LinesSkeleton, Link, Panel, Section, Time, VerdictBadge } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { newestEvaluationsQuery } from "../../data/evaluations.ts";
import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { EvaluationVerdict } from "../evaluations/verdict.tsx";
import { SystemMonitors } from "../monitoring/system-monitors.tsx";
import { RunningAt } from "./running-at.tsx";
import { SystemInventory } from "./system-inventory.tsx";
import styles from "./systems.module.css";

/** What stands above a system's own fields: what runs, what it decided, how complete its log is, what tests say. */
export function SystemPanels({ record }: { record: RecordView }) {
  const { id, title } = record;
  return (
    <>
      <Section
        title="Releases and deployments"
        aside={<Link href={paths.register("releases", { where: `systemId:${id}` })}>All releases</Link>}
      >
        <Deployments systemId={id} />
      </Section>
      <Section
        title="Inventory"
        note="What it is registered as, beside what code, traffic and deployments show."
        aside={<Link href={paths.map()}>Inventory map</Link>}
      >
        <SystemInventory systemId={id} />
      </Section>
      <Section title="What ran at a moment" note="By the deployments to production.">
        <RunningAt systemId={id} />
      </Section>
      <Section title="Decisions" aside={<Link href={paths.decisions({ systemId: id })}>All decisions</Link>}>
        <Completeness systemId={id} name={title} />
      </Section>
      <Section
        title="Evaluations"
        note="The newest of each suite."
        aside={<Link href={paths.evaluations({ systemId: id })}>All evaluations</Link>}
      >
        <Evaluations systemId={id} />
      </Section>
      <SystemMonitors systemId={id} />
      <Section title="Tests that look at it">
        <Tests systemId={id} />
      </Section>
      <Section title="Reconstruction drills" note="A random sample of decisions, each rebuilt from what is stored.">
        <Drills systemId={id} />
      </Section>
    </>
  );
}

function Deployments({ systemId }: { systemId: string }) {
  const deployments = useQuery({
    queryKey: ["records", "deployments", "of", systemId],
    queryFn: async ({ signal }) =>
      api.records("deployments").list({ where: { systemId }, sort: "-startedAt", limit: 10 }, { signal }),
  });
  const mayRelease = useMay("releases.write");
  const mayDeploy = useMay("deployments.write");
  return (
    <Panel>
      {deployments.isError ? <ErrorState problem={problemView(deployments.error)} /> : null}
      {deployments.isPending ? <LinesSkeleton lines={3} /> : null}
      {deployments.data?.items.length === 0 ? (
        <EmptyState title="Nothing is deployed">
          Register a release, then record its deployment; a pipeline can do both with a key.
        </EmptyState>
      ) : (
        <ul className={styles.rows}>
          {deployments.data?.items.map((item) => (
            <li key={item.id}>
              <Link href={paths.record("deployments", item.id)}>
                {item.references[String(item.values["releaseId"])]?.title ?? "A release"} in{" "}
                {String(item.values["environment"])}
              </Link>{" "}
              from <Time at={String(item.values["startedAt"])} />
              {item.values["endedAt"] === null ? (
                ", still running"
              ) : (
                <>
                  {" "}
                  to <Time at={String(item.values["endedAt"])} />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
      <Group gap={8} mt={12}>
        {mayRelease.allowed ? (
          <Button component={AppLink} href={paths.newRecord("releases", { systemId })} variant="default">
            Register a release
          </Button>
        ) : null}
        {mayDeploy.allowed ? (
          <Button component={AppLink} href={paths.newRecord("deployments", { systemId })} variant="default">
            Record a deployment
          </Button>
        ) : null}
      </Group>
    </Panel>
  );
}

function Evaluations({ systemId }: { systemId: string }) {
  const found = useQuery(newestEvaluationsQuery(systemId));
  if (found.isError) return <ErrorState problem={problemView(found.error)} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <LinesSkeleton lines={2} />;
  if (found.data.length === 0) {
    return (
      <EmptyState
        title="Nothing was evaluated"
        example={{
          label: "Evaluate how a release treats groups, and publish it",
          text: `steward bias evaluate test.csv --prediction granted --attributes sex,age --publish "${systemId}@1.0.0"`,
        }}
      >
        An evaluation under a policy that was committed before says whether a release may be deployed.
      </EmptyState>
    );
  }
  return (
    <Panel>
      <ul className={styles.rows}>
        {found.data.map((evaluation) => (
          <li key={evaluation.id}>
            <EvaluationVerdict verdict={evaluation.verdict} />{" "}
            <Link href={paths.evaluation(evaluation.id)}>
              {evaluation.suite} of {evaluation.releaseVersion}
            </Link>{" "}
            on {evaluation.basis === "live_decisions" ? "live decisions" : evaluation.dataset.name},{" "}
            <Time at={evaluation.recordedAt} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Completeness({ systemId, name }: { systemId: string; name: string }) {
  const days = useQuery({
    queryKey: ["completeness", systemId],
    queryFn: async ({ signal }) => api.getLogCompleteness({ params: { id: systemId }, query: { days: 14 }, signal }),
  });
  if (days.isError) return <ErrorState problem={problemView(days.error)} onRetry={() => void days.refetch()} />;
  if (days.isPending) return <LinesSkeleton lines={3} />;
  const seen = days.data.days.filter(({ logged, served }) => logged > 0 || served !== null);
  if (seen.length === 0) {
    return (
      <EmptyState
        title="No decision has arrived in 14 days"
        example={{ label: "Send one, with a key that may send decisions", text: curlOf(name) }}
      >
        Let the system send each decision as it makes it, and report how many requests it served: the two together say
        whether the log is complete.
      </EmptyState>
    );
  }
  return (
    <Panel>
      <table className={styles.table}>
        <caption className={styles.caption}>Decisions logged and requests served, by day (UTC)</caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Logged</th>
            <th scope="col">Served</th>
            <th scope="col">Complete</th>
          </tr>
        </thead>
        <tbody>
          {seen.toReversed().map(({ day, logged, served }) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              <td>{logged.toLocaleString("en")}</td>
              <td>{served === null ? "not reported" : served.toLocaleString("en")}</td>
              <td>
                {served === null || served === 0 ? "unknown" : `${Math.min(100, (100 * logged) / served).toFixed(1)} %`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <details>
        <summary>Connect: how this system sends</summary>
        <Example label="With a key that may send decisions" text={curlOf(name)} />
      </details>
    </Panel>
  );
}

function curlOf(name: string): string {
  const decision = {
    id: "your-id-1",
    system: name,
    release: "1.0.0",
    occurredAt: new Date().toISOString(),
    outcome: "yes",
  };
  const served = { system: name, hour: `${new Date().toISOString().slice(0, 13)}:00:00Z`, served: 1 };
  return [decision, served]
    .map(
      (body, index) =>
        `curl ${window.location.origin}/api/v1/${index === 0 ? "decisions" : "served"} -H "Authorization: Bearer $STEWARD_KEY" -H "Content-Type: application/json" -d '${JSON.stringify(body)}'`,
    )
    .join("\n");
}

function Tests({ systemId }: { systemId: string }) {
  const tests = useQuery({
    queryKey: ["systems", systemId, "tests"],
    queryFn: async ({ signal }) => api.listSystemTests({ params: { id: systemId }, signal }),
  });
  if (tests.isError) return <ErrorState problem={problemView(tests.error)} onRetry={() => void tests.refetch()} />;
  if (tests.isPending) return <LinesSkeleton lines={4} />;
  if (tests.data.tests.length === 0) {
    return (
      <EmptyState title="No live test looks at it yet">
        Decide whether it is in scope, and bring it into operation.
      </EmptyState>
    );
  }
  return (
    <Panel>
      <ul className={styles.rows}>
        {tests.data.tests.map((test) => (
          <li key={test.testId}>
            <VerdictBadge verdict={test.verdict} /> {test.message}{" "}
            {test.requirementRefs.map((ref) => (
              <Link key={ref} href={paths.requirement(ref)}>
                {ref}{" "}
              </Link>
            ))}
            {test.nextStep === null ? null : <p className={styles.step}>{test.nextStep.text}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Drills({ systemId }: { systemId: string }) {
  const queries = useQueryClient();
  const may = useMay("drills.run");
  const drills = useQuery({
    queryKey: ["drills", systemId],
    queryFn: async ({ signal }) => api.listDrills({ params: { id: systemId }, query: { limit: 5 }, signal }),
  });
  const run = useMutation({
    mutationFn: async () => api.runDrill({ params: { id: systemId } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["drills", systemId] }),
  });
  return (
    <Panel>
      {drills.isError ? <ErrorState problem={problemView(drills.error)} /> : null}
      {drills.data?.items.length === 0 ? (
        <p className={styles.step}>None yet. The first runs by itself soon after the first decisions.</p>
      ) : null}
      <ul className={styles.rows}>
        {drills.data?.items.map((drill) => (
          <li key={drill.id}>
            <Time at={drill.ranAt} />: {drill.reconstructed} of {drill.sampled} sampled decisions reconstructed, out of{" "}
            {drill.population.toLocaleString("en")}.{" "}
            <Link href={paths.ledgerEntry(drill.ledgerIndex)}>entry {drill.ledgerIndex.toLocaleString("en")}</Link>
          </li>
        ))}
      </ul>
      {run.isError ? <ErrorState problem={problemView(run.error)} /> : null}
      <Button
        mt={12}
        variant="default"
        disabled={!may.allowed}
        title={may.reason ?? undefined}
        loading={run.isPending}
        onClick={() => run.mutate()}
      >
        Run a drill now
      </Button>
    </Panel>
  );
}
