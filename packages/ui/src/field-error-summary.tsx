import { useEffect, useRef } from "react";

import styles from "./field-error-summary.module.css";

export interface SummaryError {
  /** Id of the field's control; without one the error is of the form as a whole. */
  fieldId?: string | undefined;
  label?: string | undefined;
  message: string;
}

/**
 * The errors of a form that was sent, above it. It takes the focus each time `attempt` grows, so that a person who
 * cannot see the page hears what is wrong; each line leads to its field.
 */
export function FieldErrorSummary({
  title,
  errors,
  attempt,
}: {
  title: string;
  errors: readonly SummaryError[];
  attempt: number;
}) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (attempt > 0 && errors.length > 0) box.current?.focus();
    // Only a new attempt moves the focus: a field that is mended meanwhile must not.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [attempt]);
  if (errors.length === 0) return null;
  return (
    <div ref={box} tabIndex={-1} role="alert" className={styles.summary}>
      <p className={styles.title}>{title}</p>
      <ul className={styles.list}>
        {errors.map(({ fieldId, label, message }) => (
          <li key={`${fieldId ?? ""}${message}`}>
            {fieldId ? (
              <a
                href={`#${fieldId}`}
                onClick={(event) => {
                  event.preventDefault();
                  document.getElementById(fieldId)?.focus();
                }}
              >
                {label ? `${label}: ${message}` : message}
              </a>
            ) : (
              message
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
