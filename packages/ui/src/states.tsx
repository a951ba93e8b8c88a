import { Button, Code } from "@mantine/core";
import type { ReactNode } from "react";

import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icons.tsx";
import styles from "./states.module.css";

export interface EmptyStateProps {
  /** What is not there yet, in a few words. */
  title: string;
  /** The first step, and what it brings. */
  children: ReactNode;
  action?: ReactNode;
  /** A working example that can be copied as it stands. */
  example?: { label: string; text: string } | undefined;
}

/** Nothing is there yet: teaches the first step. */
export function EmptyState({ title, children, action, example }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      <p className={styles.emptyTitle}>{title}</p>
      <div className={styles.emptyText}>{children}</div>
      {action ? <div className={styles.emptyAction}>{action}</div> : null}
      {example ? <Example {...example} /> : null}
    </div>
  );
}

/** Text to copy and run, under a line that says what it does. */
export function Example({ label, text }: { label: string; text: string }) {
  return (
    <figure className={styles.example}>
      <figcaption className={styles.exampleHead}>
        <span>{label}</span>
        <CopyButton value={text} label="Copy" />
      </figcaption>
      {/* A region that scrolls must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles.exampleText} tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </figure>
  );
}

/** What an ErrorState shows of an error; an ApiProblem fits. */
export interface ProblemView {
  title: string;
  detail?: string | undefined;
  requestId?: string | undefined;
  status?: number | undefined;
}

/** Something went wrong: what, what the server says of it, the id to quote, and a way on. */
export function ErrorState({
  problem,
  onRetry,
  action,
}: {
  problem: ProblemView;
  onRetry?: (() => void) | undefined;
  action?: ReactNode;
}) {
  return (
    <div className={styles.error} role="alert">
      <p className={styles.errorTitle}>
        <Icon name="risk" /> {problem.title}
      </p>
      {problem.detail ? <p className={styles.errorDetail}>{problem.detail}</p> : null}
      {problem.requestId ? (
        <p className={styles.errorId}>
          Request <Code>{problem.requestId}</Code> in the server’s log.
        </p>
      ) : null}
      <div className={styles.errorActions}>
        {onRetry ? (
          <Button variant="default" size="xs" leftSection={<Icon name="refresh" />} onClick={onRetry}>
            Try again
          </Button>
        ) : null}
        {action}
      </div>
    </div>
  );
}
