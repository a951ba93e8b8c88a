import type { Evaluation } from "@steward/client";

import styles from "./evaluations.module.css";
import { EvaluationVerdict } from "./verdict.tsx";

/** Why it came to its verdict, and the figures of a suite other than bias, each against its threshold. */
export function Results({ evaluation }: { evaluation: Evaluation }) {
  return (
    <>
      {evaluation.reasons.map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
      {evaluation.results.length === 0 ? null : <Figures results={evaluation.results} />}
    </>
  );
}

function Figures({ results }: { results: Evaluation["results"] }) {
  return (
    <div className={styles.scroll}>
      <table className={styles.table}>
        <caption className={styles.muted}>What was measured</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Verdict</th>
            <th scope="col">Reading</th>
          </tr>
        </thead>
        <tbody>
          {results.map((result) => (
            <tr key={`${result.name} ${result.metric}`}>
              <th scope="row">{result.name}</th>
              <td>
                <EvaluationVerdict verdict={result.verdict} />
              </td>
              <td>{result.reading}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
