import type { Decision } from "@steward/client";
import { EmptyState } from "@steward/ui";

import styles from "./decisions.module.css";
import { type Reason, readExplanation, shareOfLargest } from "./explanation-parts.ts";

/** Why the system decided so, as it explained itself. */
export function Explanation({ explanation }: { explanation: Decision["explanation"] }) {
  const parts = readExplanation(explanation);
  if (parts === undefined) {
    return (
      <EmptyState title="It carries no explanation">
        Let the system send a method, a summary or its reasons with each decision. A person who is affected may ask why.
      </EmptyState>
    );
  }
  return (
    <>
      {parts.summary ? <p className={styles.summary}>{parts.summary}</p> : null}
      {parts.reasons.length > 0 ? <Reasons reasons={parts.reasons} /> : null}
      {parts.method ? <p className={styles.muted}>Computed by: {parts.method}</p> : null}
    </>
  );
}

function Reasons({ reasons }: { reasons: readonly Reason[] }) {
  const weighed = reasons.some(({ weight }) => weight !== undefined);
  return (
    <table className={styles.reasons}>
      <thead>
        <tr>
          <th scope="col">Reason</th>
          <th scope="col">In words</th>
          {weighed ? (
            <th scope="col" className={styles.weight}>
              Weight
            </th>
          ) : null}
        </tr>
      </thead>
      <tbody>
        {reasons.map((reason) => (
          <tr key={reason.code}>
            <td>
              <code>{reason.code}</code>
            </td>
            <td>{reason.text ?? "none"}</td>
            {weighed ? (
              <td>
                <Weight weight={reason.weight} share={shareOfLargest(reason, reasons)} />
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Weight({ weight, share }: { weight: number | undefined; share: number }) {
  if (weight === undefined) return "none";
  const width = `${share * 50}%`;
  const lowers = weight < 0;
  return (
    <div className={styles.bar}>
      <span>{weight.toLocaleString("en", { maximumSignificantDigits: 3, signDisplay: "exceptZero" })}</span>
      <span className={styles.track} aria-hidden>
        <span
          className={styles.fill}
          data-lowers={lowers}
          style={lowers ? { right: "50%", width } : { left: "50%", width }}
        />
      </span>
    </div>
  );
}
