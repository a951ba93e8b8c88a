import type { EvaluationDocument } from "@steward/client";
import { ErrorState, LinesSkeleton, Panel, Section } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { documentQuery } from "../../data/evaluations.ts";
import { problemView } from "../../shell/page-error.tsx";
import styles from "./evaluations.module.css";
import { HeatMap } from "./heat-map.tsx";
import { PlotTable } from "./plot-table.tsx";
import { EvaluationVerdict } from "./verdict.tsx";
import { WordTable } from "./word-table.tsx";

type Document = EvaluationDocument["document"];

/** What each rule says, in words, and which groups are too small to say. */
export function BiasFindings({ id }: { id: string }) {
  const query = useQuery(documentQuery(id));
  if (query.isPending) return <LinesSkeleton lines={4} />;
  if (query.isError && query.data === undefined) {
    return <ErrorState problem={problemView(query.error)} onRetry={() => void query.refetch()} />;
  }
  const { verdict, findings, notes, thin } = query.data.document;
  return (
    <>
      <p>{verdict.meaning}</p>
      <ul className={styles.findings}>
        {findings.map((finding) => (
          <li key={finding.reading}>
            <EvaluationVerdict verdict={finding.verdict} />
            <span>{finding.reading}</span>
          </li>
        ))}
      </ul>
      {notes.map((note) => (
        <p key={note} className={styles.step}>
          Note: {note}
        </p>
      ))}
      {thin === null ? null : (
        <>
          <h3>Groups with too few cases</h3>
          <p className={styles.muted}>{thin.explanation}</p>
          <WordTable table={thin.table} />
        </>
      )}
    </>
  );
}

/** Every slice with its plots; where two attributes meet, as a grid too. */
export function BiasSlices({ id }: { id: string }) {
  const query = useQuery(documentQuery(id));
  if (query.data === undefined) return null;
  const { slices, explanation, glossary } = query.data.document;
  return (
    <>
      {slices.map((slice) => (
        <Section key={slice.title} title={slice.title}>
          <Panel>
            <Slice slice={slice} />
          </Panel>
        </Section>
      ))}
      <Section title="How to read this">
        <Panel>
          {explanation.map((text) => (
            <p key={text}>{text}</p>
          ))}
          <dl className={styles.glossary}>
            {glossary.map(([name, meaning]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </Panel>
      </Section>
    </>
  );
}

function Slice({ slice }: { slice: Document["slices"][number] }) {
  return (
    <>
      {slice.comparisons.map((plot) => (
        <PlotTable key={plot.of} plot={plot} />
      ))}
      {slice.heatMaps.slice(0, 1).map((map) => (
        <HeatMap key={map.of} map={map} />
      ))}
      {slice.main.map((plot) => (
        <PlotTable key={plot.of} plot={plot} />
      ))}
      <details className={styles.more}>
        <summary>More metrics, and all figures as tables</summary>
        {slice.heatMaps.slice(1).map((map) => (
          <HeatMap key={map.of} map={map} />
        ))}
        {slice.other.map((plot) => (
          <PlotTable key={plot.of} plot={plot} />
        ))}
        {slice.tables.map((table) => (
          <WordTable key={table.caption} table={table} />
        ))}
      </details>
    </>
  );
}
