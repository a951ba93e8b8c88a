import { Example, Icon, Link, Panel } from "@steward/ui";
import type { ReactNode } from "react";

import { stepHref } from "../../data/links.ts";
import type { Overview } from "./overview-page.tsx";
import styles from "./overview.module.css";

type FiguresView = Overview["figures"];

/** Whether any AI system sends what it decides. */
export function isConnected({ systems, decisionsTotal }: FiguresView): boolean {
  return systems > 0 && decisionsTotal > 0;
}

/** Until the first decision arrives the overview teaches the way there. */
export function FirstSteps({ figures }: { figures: FiguresView }) {
  const register = stepHref({ action: "create", subjectKind: "system", subjectId: null });
  return (
    <div className={styles.teach}>
      <Panel>
        <h2 className={styles.teachTitle}>Connect the first AI system</h2>
        <ol className={styles.steps}>
          <Step number={1} done={figures.systems > 0} title="Register an AI system">
            A name and a purpose are enough to start. {register ? <Link href={register}>Register a system</Link> : null}
          </Step>
          <Step number={2} done={figures.systemsInOperation > 0} title="Record its release and deploy it">
            Steward then knows which exact version makes each decision, and flags what it does not know.
          </Step>
          <Step number={3} done={figures.decisionsTotal > 0} title="Send its decisions">
            One call for each decision, or for a batch. It answers after the decision is durable and in the ledger.
            <Example label="With an API key that may send decisions" text={curlExample(window.location.origin)} />
          </Step>
        </ol>
      </Panel>
    </div>
  );
}

function Step({
  number,
  done,
  title,
  children,
}: {
  number: number;
  done: boolean;
  title: string;
  children: ReactNode;
}) {
  return (
    <li className={styles.step}>
      <span className={styles.stepMark} data-done={done}>
        {done ? <Icon name="check" size={14} /> : number}
      </span>
      <div>
        <div className={styles.itemTitle}>
          {title}
          {done ? " (done)" : ""}
        </div>
        <div className={styles.itemNote}>{children}</div>
      </div>
    </li>
  );
}

/** A decision that the server accepts as it stands, once the names fit. */
export function curlExample(origin: string): string {
  return [
    `curl ${origin}/api/v1/decisions \\`,
    '  -H "Authorization: Bearer $STEWARD_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    "  -d '{",
    '    "id": "case-1",',
    '    "system": "Wage band estimator",',
    '    "release": "1.0.0",',
    `    "occurredAt": "'$(date -u +%Y-%m-%dT%H:%M:%SZ)'",`,
    '    "outcome": "upper band"',
    "  }'",
  ].join("\n");
}
