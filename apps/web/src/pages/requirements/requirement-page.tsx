import type { OperationOutput } from "@steward/client";
import { ErrorState, Icon, Link, PageHeader, Panel, Section, StatusBadge, Time } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { requirementQuery } from "../../data/status.ts";
import { paths } from "../../paths.ts";
import { useSticky } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { PagePending } from "../../shell/page-pending.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { ComputedLine } from "../overview/computed-line.tsx";
import { Crosswalk } from "./crosswalk.tsx";
import { LicensedCopy } from "./licensed-copy.tsx";
import { RequirementHistory } from "./requirement-history.tsx";
import { requirementRoute } from "./requirements.routes.ts";
import styles from "./requirement.module.css";
import { TestCard } from "./test-card.tsx";

export type RequirementDetail = OperationOutput<"getRequirement">;

/** One requirement: what it asks, where it stands, why, on which evidence, and what would change it. */
export function RequirementPage() {
  const { ref } = requirementRoute.useParams();
  const moment = useSticky();
  const detail = useQuery(requirementQuery(ref, moment));
  usePageTitle(detail.data ? `${ref} ${detail.data.requirement.title}` : undefined);
  if (detail.isPending) return <PagePending />;
  if (detail.isError && detail.data === undefined) {
    return (
      <>
        <PageHeader title={`Requirement ${ref}`} above={<Link href={paths.requirements()}>Requirements</Link>} />
        <ErrorState problem={problemView(detail.error)} onRetry={() => void detail.refetch()} />
      </>
    );
  }
  return <Loaded detail={detail.data} />;
}

function Loaded({ detail }: { detail: RequirementDetail }) {
  const { requirement, status, tests, crosswalk } = detail;
  return (
    <>
      <PageHeader
        above={
          <>
            <Link href={paths.requirements()}>Requirements</Link> · {requirement.groupTitle}
          </>
        }
        title={`${requirement.ref} ${requirement.title}`}
        badge={<StatusBadge status={status.status} size="large" />}
        sentence={status.sentence}
        actions={<Neighbours previous={detail.previous} next={detail.next} />}
      />
      <p className={styles.since}>
        So since <Time at={status.since} absolute />
        {status.validUntil === null ? "" : "; without new evidence it changes "}
        {status.validUntil === null ? null : <Time at={status.validUntil} />}.
      </p>
      <div className={styles.columns}>
        <div className={styles.words}>
          <Section title="In our words">
            <Panel>
              <p className={styles.summary}>{requirement.summary}</p>
              <AuditorAsks questions={requirement.auditorAsks} />
              <LicensedCopy requirementRef={requirement.ref} />
            </Panel>
          </Section>
        </div>
        <div className={styles.tests}>
          <Section title={tests.length === 1 ? "The test" : `The ${tests.length} tests`}>
            <div className={styles.cards}>
              {tests.map((test) => (
                <TestCard key={test.testId} test={test} requirement={requirement} status={status.status} />
              ))}
            </div>
          </Section>
        </div>
        <div className={styles.elsewhere}>
          <Section title="Elsewhere" note="Where one record can serve two masters. It never shows conformity there.">
            <Crosswalk rows={crosswalk} />
          </Section>
        </div>
        <div className={styles.past}>
          <Section title="History" note="Every move of the status, newest first. Nothing here is ever overwritten.">
            <RequirementHistory requirementRef={requirement.ref} />
          </Section>
        </div>
      </div>
      <ComputedLine status={detail} />
    </>
  );
}

function AuditorAsks({ questions }: { questions: readonly string[] }) {
  if (questions.length === 0) return null;
  return (
    <>
      <h3 className={styles.small}>An auditor may ask for</h3>
      <ul className={styles.asks}>
        {questions.map((question) => (
          <li key={question}>{question}</li>
        ))}
      </ul>
    </>
  );
}

function Neighbours({ previous, next }: { previous: string | null; next: string | null }) {
  return (
    <nav aria-label="Requirements before and after" className={styles.neighbours}>
      {previous === null ? null : (
        <Link href={paths.requirement(previous)} className={styles.neighbour} rel="prev">
          <Icon name="left" /> {previous}
        </Link>
      )}
      {next === null ? null : (
        <Link href={paths.requirement(next)} className={styles.neighbour} rel="next">
          {next} <Icon name="right" />
        </Link>
      )}
    </nav>
  );
}
