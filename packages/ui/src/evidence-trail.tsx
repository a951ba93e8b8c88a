import type { ReactNode } from "react";

import { Link } from "./context.tsx";
import styles from "./evidence-trail.module.css";
import { Hash } from "./hash.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { StatusShape } from "./status-shape.tsx";
import type { Status } from "./status.ts";
import { Time } from "./time.tsx";

export type TrailKind = "source" | "record" | "ledger" | "test" | "requirement";

export interface TrailItem {
  /** Tells the items of a step apart. */
  id: string;
  title: ReactNode;
  href?: string | undefined;
  /** When it came to be. */
  at?: string | undefined;
  /** Digest that stands for it. */
  hash?: string | undefined;
  note?: ReactNode;
  /** Something to do here, such as verifying the proof. */
  action?: ReactNode;
}

export interface TrailStep {
  kind: TrailKind;
  items: readonly TrailItem[];
  status?: Status | undefined;
  /** Short items stand beside each other. */
  inline?: boolean | undefined;
  /** How many there are where `items` shows only some. */
  total?: number | undefined;
}

const KINDS: Readonly<Record<TrailKind, { word: string; icon: IconName }>> = {
  source: { word: "Source", icon: "person" },
  record: { word: "Record", icon: "document" },
  ledger: { word: "Ledger", icon: "ledger" },
  test: { word: "Test", icon: "check" },
  requirement: { word: "Requirement", icon: "requirements" },
};

/** From where the evidence came, through the ledger and the test, to the requirement: the same on every page. */
export function EvidenceTrail({ steps, label = "Evidence trail" }: { steps: readonly TrailStep[]; label?: string }) {
  return (
    <ol className={styles.trail} aria-label={label}>
      {steps.map((step) => (
        <li key={step.kind} className={styles.step}>
          <span className={styles.marker} data-status={step.status} aria-hidden>
            {step.status ? <StatusShape status={step.status} /> : <Icon name={KINDS[step.kind].icon} size={14} />}
          </span>
          <div className={styles.body}>
            <span className={styles.kind}>{KINDS[step.kind].word}</span>
            <div className={styles.items} data-inline={step.inline}>
              {step.items.map((item) => (
                <TrailLine key={item.id} item={item} />
              ))}
              <Rest step={step} />
            </div>
          </div>
        </li>
      ))}
    </ol>
  );
}

function TrailLine({ item }: { item: TrailItem }) {
  return (
    <div className={styles.line}>
      <span className={styles.title}>{item.href ? <Link href={item.href}>{item.title}</Link> : item.title}</span>
      {item.hash ? <Hash value={item.hash} /> : null}
      {item.at ? (
        <span className={styles.meta}>
          <Time at={item.at} />
        </span>
      ) : null}
      {item.note ? <span className={styles.meta}>{item.note}</span> : null}
      {item.action}
    </div>
  );
}

function Rest({ step: { items, total } }: { step: TrailStep }) {
  if (total === undefined || total <= items.length) return null;
  return <div className={styles.meta}>and {(total - items.length).toLocaleString("en")} more</div>;
}
