import type { EvaluationDocument, EvaluationPlot } from "@steward/client";
import { EmptyState, ErrorState, Link, PageHeader, Panel, Section } from "@steward/ui";
import { useQueries } from "@tanstack/react-query";

import { documentQuery } from "../../data/evaluations.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { PagePending } from "../../shell/page-pending.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { changeWords, joinPlots, type JoinedPlot } from "./comparison.ts";
import styles from "./evaluations.module.css";
import { compareRoute } from "./evaluations.routes.ts";
import { IntervalTrack } from "./interval-track.tsx";
import { ScaleWords } from "./plot-table.tsx";
import { EvaluationVerdict } from "./verdict.tsx";

/** Two evaluations of a system, group by group: usually of the release before and the release after. */
export function ComparePage() {
  const { id, otherId } = compareRoute.useParams();
  usePageTitle("Comparison");
  const queries = useQueries({ queries: [documentQuery(id), documentQuery(otherId)] });
  const failed = queries.find((query) => query.isError);
  const [one, other] = queries.map((query) => query.data);
  if (failed) {
    return <ErrorState problem={problemView(failed.error)} onRetry={() => void failed.refetch()} />;
  }
  if (one === undefined || other === undefined) return <PagePending />;
  const [before, after] = one.evaluation.recordedAt < other.evaluation.recordedAt ? [one, other] : [other, one];
  return <Comparison before={before} after={after} />;
}

function Comparison({ before, after }: { before: EvaluationDocument; after: EvaluationDocument }) {
  const joined = joinPlots(before.document, after.document);
  const { systemName, releaseVersion } = after.evaluation;
  return (
    <>
      <PageHeader
        above={<Link href={paths.evaluation(after.evaluation.id)}>The later evaluation</Link>}
        title={`${systemName}: ${before.evaluation.releaseVersion} and ${releaseVersion}`}
        sentence="Squares are the earlier evaluation, dots the later one; the lines say how sure each is. Where the lines overlap, chance alone may explain the change."
      />
      <Section title="Verdicts">
        <Panel>
          <ul className={styles.findings}>
            {[before, after].map(({ evaluation }) => (
              <li key={evaluation.id}>
                <EvaluationVerdict verdict={evaluation.verdict} />
                <span>
                  <Link href={paths.evaluation(evaluation.id)}>
                    Release {evaluation.releaseVersion}, {evaluation.suite}
                  </Link>
                  , {evaluation.dataset.name}, {evaluation.cases?.toLocaleString("en") ?? "an unknown number of"} cases
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      </Section>
      {joined.length === 0 ? (
        <EmptyState title="The two have no slice in common">
          They compare other attributes, so no group of one stands beside a group of the other.
        </EmptyState>
      ) : (
        joined.map(({ title, plots }) => (
          <Section key={title} title={title}>
            <Panel>
              {plots.map((plot) => (
                <JoinedTable key={plot.plot.of} joined={plot} />
              ))}
            </Panel>
          </Section>
        ))
      )}
    </>
  );
}

function JoinedTable({ joined: { plot, rows } }: { joined: JoinedPlot }) {
  return (
    <table className={styles.plot}>
      <caption>
        <span className={styles.plotTitle}>{plot.title}</span>
        <span className={styles.muted}> {plot.meaning}</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">Group</th>
          <th scope="col" className={styles.trackCell}>
            <ScaleWords plot={plot} />
          </th>
          <th scope="col">Earlier, later, change</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, before, after }) => (
          <tr key={label}>
            <th scope="row">{label === "" ? "The worst pair" : label}</th>
            <td className={styles.trackCell}>
              <IntervalTrack plot={plot} row={after ?? EMPTY} before={before} />
            </td>
            <td>
              {before?.text ?? "not there"}
              <br />
              {after?.text ?? "not there"}
              <span className={styles.note}>{changeWords(before, after)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const EMPTY: Pick<EvaluationPlot["rows"][number], "value" | "low" | "high" | "thin"> = {
  value: null,
  low: null,
  high: null,
  thin: false,
};
