import { Button, Stack, Text } from "@mantine/core";
import { ErrorState, LinesSkeleton } from "@steward/ui";
import { useMutation, useQuery } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { AccessCard } from "./access-card.tsx";
import { forgetLinkToken, keepLinkToken } from "./link-token.ts";
import { useEnter } from "./use-enter.ts";

interface JoinFormProps {
  token: string;
  email: string;
  organisation: string;
}

/** A person who has an account agrees to belong to another organisation: signed in to it, with the link in hand. */
export function JoinForm({ token, email, organisation }: JoinFormProps) {
  const enter = useEnter();
  const session = useQuery({
    queryKey: ["session-or-none"],
    queryFn: async ({ signal }) => api.getSession({ signal }).catch(() => null),
    retry: false,
  });
  const join = useMutation({
    mutationFn: async () => api.joinByLink({ body: { token } }),
    onSuccess: async (joined) => {
      forgetLinkToken();
      await enter(joined);
    },
  });
  const title = `Join ${organisation}`;
  if (session.isPending) {
    return (
      <AccessCard title={title}>
        <LinesSkeleton lines={2} />
      </AccessCard>
    );
  }
  const isOwn = session.data?.account.email.toLowerCase() === email.toLowerCase();
  if (!isOwn) {
    return (
      <AccessCard title={title} lead={`${email} has an account here already. Sign in to it, then confirm.`}>
        <Stack gap={16}>
          <AppLink href={paths.signIn(paths.join())} onClick={() => keepLinkToken(token)}>
            Sign in as {email}
          </AppLink>
          <Text size="sm">
            You do not know this account? Replace its password from your mailbox on the sign-in page, or ask the
            administrator who sent you this link.
          </Text>
        </Stack>
      </AccessCard>
    );
  }
  return (
    <AccessCard title={title} lead={`You are signed in as ${email}.`}>
      <Stack gap={16}>
        {join.isError ? <ErrorState problem={problemView(join.error)} /> : null}
        <Text size="sm">
          {organisation} will see your name and address, and you will see its management system. Your password, second
          factor and other organisations stay yours.
        </Text>
        <Button size="md" loading={join.isPending} onClick={() => join.mutate()}>
          Join {organisation}
        </Button>
      </Stack>
    </AccessCard>
  );
}
