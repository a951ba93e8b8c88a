import styles from "./status-badge.module.css";
import { StatusShape } from "./status-shape.tsx";
import { type Status, STATUS_WORDS, statusOfVerdict, type Verdict, VERDICT_WORDS } from "./status.ts";

interface BadgeProps {
  size?: "small" | "large" | undefined;
  /** Where the word would crowd, only the shape is seen; the word is still read out. */
  shapeOnly?: boolean | undefined;
}

/** A status as shape, word and colour, in that order of importance. */
export function StatusBadge({ status, ...rest }: BadgeProps & { status: Status }) {
  return <Badge status={status} word={STATUS_WORDS[status]} {...rest} />;
}

/** The verdict of a test, in the shapes and colours of the statuses. */
export function VerdictBadge({ verdict, ...rest }: BadgeProps & { verdict: Verdict }) {
  return <Badge status={statusOfVerdict(verdict)} word={VERDICT_WORDS[verdict]} {...rest} />;
}

function Badge({ status, word, size = "small", shapeOnly = false }: BadgeProps & { status: Status; word: string }) {
  if (shapeOnly) {
    return (
      <span className={styles.shape} data-status={status} title={word}>
        <StatusShape status={status} label={word} />
      </span>
    );
  }
  return (
    <span className={styles.badge} data-status={status} data-size={size}>
      <StatusShape status={status} />
      {word}
    </span>
  );
}
