import { ApiProblem } from "@steward/client";
import { ErrorState, PageHeader, type ProblemView } from "@steward/ui";
import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";

import styles from "./page-error.module.css";
import { usePageTitle } from "./page-title.tsx";

const NOT_FOUND = 404;

/** Any error as a screen shows it; an unexpected one is a defect of ours and says so. */
export function problemView(error: unknown): ProblemView {
  if (error instanceof ApiProblem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return { title: "This page has a defect", detail: `It stopped with: ${detail}` };
}

/** A page that could not be shown, in the place of the page. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const { reset: resetQueries } = useQueryErrorResetBoundary();
  const missing = error instanceof ApiProblem && error.status === NOT_FOUND;
  usePageTitle(missing ? "Not found" : "Error");
  return (
    <>
      <PageHeader title={missing ? "Not found" : "This page could not be shown"} />
      <ErrorState
        problem={problemView(error)}
        onRetry={() => {
          resetQueries();
          reset();
          void router.invalidate();
        }}
      />
    </>
  );
}

/** The same where there is no shell to stand in: when not even the session could be read. */
export function BarePageError(props: ErrorComponentProps) {
  return (
    <main className={styles.bare}>
      <PageError {...props} />
    </main>
  );
}
