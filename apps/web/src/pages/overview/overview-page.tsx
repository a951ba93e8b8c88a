import type { OperationOutput } from "@steward/client";
import { ErrorState, Link, PageHeader, Panel, Section, StatusStrip } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";
import { Fragment } from "react";

import { overviewQuery } from "../../data/status.ts";
import { stripGroups } from "../../data/strip.ts";
import { paths } from "../../paths.ts";
import { useSticky } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { PagePending } from "../../shell/page-pending.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { Changes } from "./changes.tsx";
import { Clocks } from "./clocks.tsx";
import { ComputedLine } from "./computed-line.tsx";
import { Counts } from "./counts.tsx";
import { Figures } from "./figures.tsx";
import { FirstSteps, isConnected } from "./first-steps.tsx";
import { NextActions } from "./next-actions.tsx";
import styles from "./overview.module.css";

export type Overview = OperationOutput<"getOverview">;

/** What the access of a person who is held to some AI systems leaves out. */
function Scope({ systems }: { systems: NonNullable<Overview["scope"]> }) {
  return (
    <p className={styles.scope}>
      Your access covers{" "}
      {systems.map(({ id, name }, index) => (
        <Fragment key={id}>
          {index === 0 ? "" : ", "}
          <Link href={paths.record("systems", id)}>{name}</Link>
        </Fragment>
      ))}
      {systems.length === 0 ? "no AI system" : ""}. The status below is that of the whole organisation; figures, next
      actions and what stands against a requirement are of these systems alone.
    </p>
  );
}

/** Where we stand, what changed, what to do next. */
export function OverviewPage() {
  usePageTitle("Overview");
  const moment = useSticky();
  const overview = useQuery(overviewQuery(moment));
  if (overview.isPending) return <PagePending />;
  if (overview.isError && overview.data === undefined) {
    return (
      <>
        <PageHeader title="Overview" />
        <ErrorState problem={problemView(overview.error)} onRetry={() => void overview.refetch()} />
      </>
    );
  }
  return <Loaded overview={overview.data} past={moment.asOf !== undefined} />;
}

function Loaded({ overview, past }: { overview: Overview; past: boolean }) {
  const { status, figures, scope } = overview;
  const teaching = !past && scope === null && !isConnected(figures);
  return (
    <>
      <PageHeader title="Overview" sentence={overview.sentence} />
      {scope === null ? null : <Scope systems={scope} />}
      {teaching ? <FirstSteps figures={figures} /> : null}
      <Panel>
        <StatusStrip groups={stripGroups(status)} label={`Status of ${status.requirements.length} requirements`} />
        <Counts requirements={status.requirements} />
      </Panel>
      <div className={styles.columns}>
        <div className={styles.wide}>
          <Section title="Next actions" aside="What unlocks most comes first">
            <NextActions overview={overview} />
          </Section>
          {scope === null ? (
            <Section title="Changed in seven days">
              <Changes changes={overview.changes} />
            </Section>
          ) : null}
        </div>
        <div className={styles.narrow}>
          <Section title="Live">
            <Figures figures={figures} />
          </Section>
          <Section title="Clocks" aside="Next to run out">
            <Clocks clocks={overview.clocks} />
          </Section>
        </div>
      </div>
      <ComputedLine status={status} />
    </>
  );
}
