import { Button, Divider, Stack } from "@mantine/core";
import { ErrorState } from "@steward/ui";
import { useMutation, useQuery } from "@tanstack/react-query";

import { signInOptionsQuery } from "../../data/session.ts";
import { problemView } from "../../shell/page-error.tsx";
import { leaveFor } from "./single-sign-on.ts";

interface ProviderButtonsProps {
  next: string | undefined;
  /** A provider that an address names, though the page does not list it. */
  named: string | undefined;
}

/** A button for each identity provider. */
export function ProviderButtons({ next, named }: ProviderButtonsProps) {
  const options = useQuery(signInOptionsQuery);
  const leave = useMutation({ mutationFn: async (id: string) => leaveFor(id, next) });
  const listed = options.data?.providers ?? [];
  const providers =
    named === undefined || listed.some(({ id }) => id === named)
      ? listed
      : [...listed, { id: named, name: "your organisation" }];
  if (providers.length === 0) return null;
  return (
    <Stack gap={12} mt={16} mb={16}>
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
      <Divider label="or with your password" />
    </Stack>
  );
}
