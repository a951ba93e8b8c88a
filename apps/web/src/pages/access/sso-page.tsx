import { EmptyState, ErrorState, LinesSkeleton } from "@steward/ui";
import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";

import { api } from "../../api.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { AccessCard } from "./access-card.tsx";
import { CodeForm, type Step } from "./code-form.tsx";
import { keepLinkToken } from "./link-token.ts";
import { takeNext } from "./single-sign-on.ts";
import { useEnter } from "./use-enter.ts";

/** Where an identity provider leads back to: completes the sign-in that began here. */
export function SsoPage() {
  usePageTitle("Sign in");
  const enter = useEnter();
  const router = useRouter();
  const [step, setStep] = useState<{ needed: Step; next: string | undefined }>();
  const asked = useRef(false);
  const complete = useMutation({
    mutationFn: async () => api.completeSingleSignOn({ body: { query: takeQuery() } }),
    onSuccess: async (answer) => {
      const next = takeNext();
      if ("secondFactorNeeded" in answer) setStep({ needed: answer.secondFactorNeeded, next });
      else if ("joinNeeded" in answer) {
        keepLinkToken(answer.joinNeeded.token);
        await router.navigate({ href: paths.join(), replace: true });
      } else await enter(answer, next);
    },
  });
  const { mutate } = complete;
  useEffect(() => {
    // What the provider sent is good for one try, and effects may run twice.
    if (asked.current) return;
    asked.current = true;
    mutate();
  }, [mutate]);
  if (step !== undefined) {
    return (
      <AccessCard title="Your second factor">
        <CodeForm step={step.needed} next={step.next} />
      </AccessCard>
    );
  }
  if (complete.isError) {
    return (
      <AccessCard title="You are not signed in">
        <ErrorState problem={problemView(complete.error)} />
        <AppLink href={paths.signIn()}>Back to sign-in</AppLink>
      </AccessCard>
    );
  }
  return (
    <AccessCard title="Signing you in">
      <LinesSkeleton lines={2} />
      <EmptyState title="One moment">Steward asks your identity provider who you are.</EmptyState>
    </AccessCard>
  );
}

/** The query of the address, which leaves it and the history: a code must not lie about. */
function takeQuery(): string {
  const { search, pathname } = window.location;
  window.history.replaceState(window.history.state, "", pathname);
  return search;
}
