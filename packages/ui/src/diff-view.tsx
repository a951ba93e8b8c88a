import { VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";

import styles from "./diff-view.module.css";
import { diffValues, type FieldChange } from "./diff.ts";

export interface DiffProps {
  before: Readonly<Record<string, unknown>>;
  after: Readonly<Record<string, unknown>>;
  /** The field's name as people know it. */
  labelOf?: ((field: string) => string) | undefined;
  /** A value as people read it: a reference as its title, a choice as its label. */
  show?: ((field: string, value: unknown) => ReactNode) | undefined;
}

/** What changed between two versions, field by field: what went, what came. */
export function Diff({ before, after, labelOf = sameName, show = showPlain }: DiffProps) {
  const changes = diffValues(before, after);
  if (changes.length === 0) return <p className={styles.same}>No field differs.</p>;
  return (
    <dl className={styles.diff}>
      {changes.map((change) => (
        <div key={change.field} className={styles.field}>
          <dt className={styles.label}>{labelOf(change.field)}</dt>
          <dd className={styles.values}>
            <Change change={change} show={show} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Change({ change, show }: { change: FieldChange; show: NonNullable<DiffProps["show"]> }) {
  const { field, before, after } = change;
  const gone = change.removed ?? [before];
  const come = change.added ?? [after];
  if (change.added?.length === 0 && change.removed?.length === 0) return <span>The order changed.</span>;
  return (
    <>
      {gone.map((value) => (
        <del key={JSON.stringify(value)} className={styles.gone}>
          <VisuallyHidden>was </VisuallyHidden>
          {show(field, value)}
        </del>
      ))}
      {come.map((value) => (
        <ins key={JSON.stringify(value)} className={styles.come}>
          <VisuallyHidden>now </VisuallyHidden>
          {show(field, value)}
        </ins>
      ))}
    </>
  );
}

function sameName(field: string): string {
  return field;
}

function showPlain(_field: string, value: unknown): ReactNode {
  if (value === null || value === undefined || value === "") return <em>nothing</em>;
  if (Array.isArray(value)) return value.length === 0 ? <em>nothing</em> : value.map(String).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
