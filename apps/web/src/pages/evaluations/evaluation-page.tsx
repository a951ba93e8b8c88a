import { Button } from "@mantine/core";
import type { Evaluation } from "@steward/client";
import { ErrorState, EvidenceTrail, KeyValue, Link, PageHeader, Panel, Section, Time } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { evaluationQuery, seriesQuery } from "../../data/evaluations.ts";
import { useMay } from "../../data/session.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { PagePending } from "../../shell/page-pending.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { BiasFindings, BiasSlices } from "./bias-document.tsx";
import { EntryProof } from "../proof/entry-proof.tsx";
import { CompareWith } from "./compare-with.tsx";
import { differencesFrom } from "./evaluation-differences.ts";
import { evaluationItems, evaluationTrail } from "./evaluation-items.tsx";
import styles from "./evaluations.module.css";
import { evaluationRoute, KINDS } from "./evaluations.routes.ts";
import { Multiples } from "./multiples.tsx";
import { Results } from "./results.tsx";
import { EvaluationVerdict } from "./verdict.tsx";

/** One evaluation: the verdict, why, by which thresholds, and every figure with how sure it is. */
export function EvaluationPage() {
  const { id } = evaluationRoute.useParams();
  const evaluation = useQuery(evaluationQuery(id));
  usePageTitle(evaluation.data ? `${evaluation.data.suite} of ${evaluation.data.releaseVersion}` : undefined);
  if (evaluation.isPending) return <PagePending />;
  if (evaluation.isError && evaluation.data === undefined) {
    return (
      <>
        <PageHeader title="Evaluation" above={<Link href={paths.evaluations()}>Evaluations</Link>} />
        <ErrorState problem={problemView(evaluation.error)} onRetry={() => void evaluation.refetch()} />
      </>
    );
  }
  return <Loaded evaluation={evaluation.data} />;
}

function Loaded({ evaluation }: { evaluation: Evaluation }) {
  const isBias = evaluation.report !== null;
  return (
    <>
      <PageHeader
        above={<Link href={paths.evaluations({ systemId: evaluation.systemId })}>Evaluations</Link>}
        title={`${KINDS[evaluation.kind]} of ${evaluation.systemName} ${evaluation.releaseVersion}`}
        badge={<EvaluationVerdict verdict={evaluation.verdict} />}
        sentence={<Sentence evaluation={evaluation} />}
        actions={isBias ? <PdfButton id={evaluation.id} /> : null}
      />
      <div className={styles.columns}>
        <div>
          <Section title="Findings">
            <Panel>{isBias ? <BiasFindings id={evaluation.id} /> : <Results evaluation={evaluation} />}</Panel>
          </Section>
          {evaluation.action === null ? null : (
            <Section title="Acted upon">
              <Panel>{evaluation.action.sentence}</Panel>
            </Section>
          )}
        </div>
        <div>
          <Section title="What was evaluated">
            <Panel>
              <KeyValue items={evaluationItems(evaluation)} />
            </Panel>
          </Section>
          <Section title="Evidence trail">
            <Panel>
              <EvidenceTrail steps={evaluationTrail(evaluation)} />
            </Panel>
          </Section>
          <Section title="Proof">
            <Panel>
              <EntryProof
                ledgerIndex={evaluation.ledgerIndex}
                claim={{ subjectId: evaluation.id, differs: (body) => differencesFrom(evaluation, body) }}
              />
            </Panel>
          </Section>
        </div>
      </div>
      {isBias ? <BiasSlices id={evaluation.id} /> : null}
      <OverTime evaluation={evaluation} />
      {isBias ? <CompareWith evaluation={evaluation} /> : null}
    </>
  );
}

function Sentence({ evaluation }: { evaluation: Evaluation }) {
  const { dataset, cases, basis, recordedAt, thresholdsFirst } = evaluation;
  const count = cases === null ? "" : `, ${cases.toLocaleString("en")} cases`;
  return (
    <>
      {basis === "live_decisions" ? "Live decisions" : `Data set ${dataset.name}`}
      {count}, recorded <Time at={recordedAt} />.{" "}
      {thresholdsFirst === true ? "Its thresholds were committed before the run." : ""}
      {thresholdsFirst === false ? "Its thresholds were committed only after the run began." : ""}
    </>
  );
}

function PdfButton({ id }: { id: string }) {
  const may = useMay("records.export");
  return (
    <Button
      component="a"
      href={`/api/v1/evaluations/${id}/report.pdf`}
      variant="default"
      disabled={!may.allowed}
      title={may.reason ?? undefined}
    >
      PDF
    </Button>
  );
}

function OverTime({ evaluation }: { evaluation: Evaluation }) {
  const { systemId, kind, suite } = evaluation;
  const series = useQuery(seriesQuery(systemId, kind, suite));
  if (!series.data || series.data.series.length === 0) return null;
  return (
    <Section
      title="Over releases and time"
      note="What each rule found in every evaluation of this suite, oldest first."
    >
      <Multiples series={series.data.series} />
    </Section>
  );
}
