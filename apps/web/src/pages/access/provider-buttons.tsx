import { Button, Divider, Stack } from "@mantine/core";
import { ErrorState } from "@steward/ui";
import { useMutation, useQuery } from "@tanstack/react-query";

import { signInOptionsQuery } from "../../data/session.ts";
import { problemView } from "../../shell/page-error.tsx";
import { leaveFor } from "./single-sign-on.ts";

interface SignInProvidersProps {
  next: string | undefined;
  /** A provider that an address names, though the page does not list it. */
  named: string | undefined;
}

/** What the sign-in page offers beside the password. */
export function SignInProviders({ next, named }: SignInProvidersProps) {
  const options = useQuery(signInOptionsQuery);
  const listed = options.data?.providers ?? [];
  const providers =
    named === undefined || listed.some(({ id }) => id === named)
      ? listed
      : [...listed, { id: named, name: "your organisation" }];
  if (providers.length === 0) return null;
  return (
    <Stack gap={12} mt={16} mb={16}>
      <ProviderButtons providers={providers} next={next} />
      <Divider label="or with your password" />
    </Stack>
  );
}

interface ProviderButtonsProps {
  providers: readonly { id: string; name: string }[];
  next: string | undefined;
}

/** A button for each identity provider. */
export function ProviderButtons({ providers, next }: ProviderButtonsProps) {
  const leave = useMutation({ mutationFn: async (id: string) => leaveFor(id, next) });
  return (
    <>
      {leave.isError ? <ErrorState problem={problemView(leave.error)} /> : null}
      {providers.map(({ id, name }) => (
        <Button
          key={id}
          size="md"
          variant="default"
          loading={leave.isPending && leave.variables === id}
          onClick={() => leave.mutate(id)}
        >
          Sign in with {name}
        </Button>
      ))}
    </>
  );
}
