import { CopyButton } from "./copy-button.tsx";
import styles from "./hash.module.css";

/** How much of a digest tells two apart at a glance. */
const SHORT_CHARS = 12;

/** A digest or key: shortened at a glance, whole on hover, copied whole. */
export function Hash({ value, whole = false, what = "hash" }: { value: string; whole?: boolean; what?: string }) {
  const short = value.length > SHORT_CHARS + 1 ? `${value.slice(0, SHORT_CHARS)}…` : value;
  return (
    <span className={styles.hash}>
      <code className={styles.text} title={value}>
        {whole ? value : short}
      </code>
      {whole ? <CopyButton value={value} what={what} /> : null}
    </span>
  );
}
