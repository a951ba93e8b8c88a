import { Button, Stack } from "@mantine/core";
import { ErrorState } from "@steward/ui";
import { useMutation } from "@tanstack/react-query";

import { problemView } from "../../shell/page-error.tsx";
import { passkeysAreSupported, signInByPasskey } from "./passkey.ts";
import { useEnter } from "./use-enter.ts";

/** Signs in by a passkey, where the browser can. */
export function PasskeyButton({ next }: { next: string | undefined }) {
  const enter = useEnter();
  const signIn = useMutation({
    mutationFn: signInByPasskey,
    onSuccess: async (session) => enter(session, next),
  });
  if (!passkeysAreSupported()) return null;
  return (
    <Stack gap={12}>
      {signIn.isError ? <ErrorState problem={problemView(signIn.error)} /> : null}
      <Button size="md" variant="default" loading={signIn.isPending} onClick={() => signIn.mutate()}>
        Sign in with a passkey
      </Button>
    </Stack>
  );
}
