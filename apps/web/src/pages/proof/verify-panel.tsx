import { Button } from "@mantine/core";
import type { LedgerEntry } from "@steward/client";
import { ErrorState, Hash, Icon, StatusShape } from "@steward/ui";
import { useMutation } from "@tanstack/react-query";

import { problemView } from "../../shell/page-error.tsx";
import type { Claim, Verification } from "./verify-entry.ts";
import styles from "./verify-panel.module.css";

/** Verifies an entry in the browser, and says in words what was compared with what. */
export function VerifyPanel({ entry, claim }: { entry: LedgerEntry; claim: Claim }) {
  const verify = useMutation({
    mutationFn: async () => (await import("./verify-entry.ts")).verifyEntry(entry, claim),
  });
  return (
    <div>
      <p className={styles.lead}>
        Your browser recomputes every hash and checks the signature itself. It trusts nothing but the log’s key{" "}
        <Hash value={entry.verificationKey} what="verification key" />: compare that with the key that you noted
        elsewhere.
      </p>
      {entry.receipt === null ? (
        <p className={styles.lead}>The receipt follows with the next checkpoint, within seconds.</p>
      ) : (
        <Button leftSection={<Icon name="shield" />} loading={verify.isPending} onClick={() => verify.mutate()}>
          {verify.data ? "Verify again" : "Verify in your browser"}
        </Button>
      )}
      {verify.isError ? <ErrorState problem={problemView(verify.error)} /> : null}
      <output>{verify.data ? <Result result={verify.data} withheld={entry.disclosure === null} /> : null}</output>
    </div>
  );
}

function Result({ result, withheld }: { result: Verification; withheld: boolean }) {
  return (
    <>
      <p className={styles.result} data-ok={result.ok}>
        {result.ok ? "Verified: nothing was altered." : "Not verified: something does not fit."}
      </p>
      <ol className={styles.steps}>
        {result.steps.map((step) => (
          <li key={step.id} className={styles.step}>
            <span className={styles.shape} data-ok={step.ok}>
              <StatusShape status={step.ok ? "evidenced" : "failing"} label={step.ok ? "Holds" : "Does not hold"} />
            </span>
            <div>
              <span className={styles.title}>{step.title}</span>
              <div className={styles.message}>{step.message}</div>
            </div>
          </li>
        ))}
      </ol>
      {withheld ? (
        <p className={styles.message}>
          The body is erased or withheld. The proof of the entry stays valid without it; only the values are gone.
        </p>
      ) : null}
    </>
  );
}
