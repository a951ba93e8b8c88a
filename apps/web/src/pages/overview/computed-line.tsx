import { Hash, Time } from "@steward/ui";

import type { Overview } from "./overview-page.tsx";
import styles from "./overview.module.css";

/** When and by what the status was computed: whoever doubts it can compute it again. */
export function ComputedLine({ status }: { status: Omit<Overview["status"], "counts" | "groups" | "requirements"> }) {
  return (
    <p className={styles.computed}>
      {status.evaluatedAt === null ? (
        "Nothing was computed yet at that moment."
      ) : (
        <>
          Computed <Time at={status.evaluatedAt} /> by tests of version {status.codeVersion} over catalogue{" "}
          <Hash value={status.catalogueDigest} />
          {status.mode === "recomputed" ? ", with today’s tests over the facts of then" : ""}.
        </>
      )}{" "}
      Evidenced means: offered to an auditor with its evidence. Conformity is the auditor’s word.
    </p>
  );
}
