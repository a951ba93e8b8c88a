import { Button, PasswordInput, Select, Stack, TextInput } from "@mantine/core";
import { browserTimeZone, EmptyState, ErrorState, FieldErrorSummary, LinesSkeleton } from "@steward/ui";
import { useQuery } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { AccessCard } from "./access-card.tsx";
import { useLinkToken } from "./link-token.ts";
import { PASSWORD_HELP, passwordError } from "./password.ts";
import { useEnter } from "./use-enter.ts";

const LABELS = {
  "organisation.name": "Organisation",
  "organisation.timeZone": "Time zone",
  "person.name": "Your name",
  "person.email": "Your e-mail",
  password: "Password",
};

export function SetUpPage() {
  usePageTitle("Set up");
  const token = useLinkToken();
  const setup = useQuery({ queryKey: ["setup"], queryFn: ({ signal }) => api.getSetup({ signal }) });
  if (setup.isPending) {
    return (
      <AccessCard title="Set up Steward">
        <LinesSkeleton lines={6} />
      </AccessCard>
    );
  }
  if (setup.isError) {
    return (
      <AccessCard title="Set up Steward" lead="The server did not say whether it is set up.">
        <ErrorState problem={problemView(setup.error)} onRetry={() => void setup.refetch()} />
      </AccessCard>
    );
  }
  if (!setup.data.needed) return <AlreadySetUp />;
  if (token === undefined) return <NoToken />;
  return (
    <AccessCard
      title="Set up Steward"
      lead="Two minutes: name the organisation and yourself. You become its administrator and its governance lead."
    >
      <SetUpForm token={token} />
    </AccessCard>
  );
}

function SetUpForm({ token }: { token: string }) {
  const enter = useEnter();
  const form = useApiForm({
    initial: {
      "organisation.name": "",
      "organisation.timeZone": browserTimeZone(),
      "person.name": "",
      "person.email": "",
      password: "",
    },
    labels: LABELS,
    check: (values) => {
      const error = passwordError(values.password);
      return error === undefined ? {} : { password: error };
    },
    send: (values) =>
      api.setUp({
        body: {
          token,
          organisation: { name: values["organisation.name"], timeZone: values["organisation.timeZone"] },
          person: { name: values["person.name"], email: values["person.email"].trim() },
          password: values.password,
        },
      }),
    onDone: (session) => enter(session),
  });
  return (
    <form onSubmit={form.submit} noValidate>
      <FieldErrorSummary title="Something is missing" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <TextInput
          {...form.field("organisation.name")}
          description="The name that reports carry, for example Acme Robotics GmbH."
          autoComplete="organization"
          value={form.values["organisation.name"]}
          onChange={(event) => form.set("organisation.name", event.currentTarget.value)}
        />
        <Select
          {...form.field("organisation.timeZone")}
          description="Days and deadlines are counted in it."
          searchable
          data={Intl.supportedValuesOf("timeZone")}
          limit={50}
          allowDeselect={false}
          value={form.values["organisation.timeZone"]}
          onChange={(zone) => form.set("organisation.timeZone", zone ?? "UTC")}
        />
        <TextInput
          {...form.field("person.name")}
          autoComplete="name"
          value={form.values["person.name"]}
          onChange={(event) => form.set("person.name", event.currentTarget.value)}
        />
        <TextInput
          {...form.field("person.email")}
          description="You sign in with it."
          type="email"
          autoComplete="username"
          value={form.values["person.email"]}
          onChange={(event) => form.set("person.email", event.currentTarget.value)}
        />
        <PasswordInput
          {...form.field("password")}
          description={PASSWORD_HELP}
          autoComplete="new-password"
          value={form.values.password}
          onChange={(event) => form.set("password", event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show or hide the password" }}
        />
        <Button type="submit" size="md" loading={form.busy}>
          Set up
        </Button>
      </Stack>
    </form>
  );
}

function AlreadySetUp() {
  return (
    <AccessCard title="Steward is set up" lead="The one-time link has done its work. Sign in, or ask an administrator.">
      <Button component={AppLink} href={paths.signIn()}>
        Sign in
      </Button>
    </AccessCard>
  );
}

function NoToken() {
  return (
    <AccessCard title="Set up Steward">
      <EmptyState
        title="This address lacks its token"
        example={{ label: "The whole link looks like this:", text: "http://localhost:42001/setup#token=…" }}
      >
        Open the link as the server printed it when it started. It shows that you are the one who runs the server.
      </EmptyState>
    </AccessCard>
  );
}
