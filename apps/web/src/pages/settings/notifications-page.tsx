import { Checkbox, Group, NumberInput, Select, Stack } from "@mantine/core";
import { DIGESTS, NOTIFICATION_KINDS, type NotificationPreferences } from "@steward/client";
import { ErrorState, LinesSkeleton, PageHeader, sameValue, Section } from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { useSession } from "../../data/session.ts";
import { ApiForm } from "../../forms/api-form.tsx";
import { useApiForm } from "../../forms/use-api-form.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";

type Kind = NotificationPreferences["kinds"][number];
type Weekday = NotificationPreferences["weekday"];

const KEY = ["notification-preferences"] as const;
const KINDS = Object.entries(NOTIFICATION_KINDS) as [Kind, string][];
const WEEKDAYS: readonly Weekday[] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** What the signed-in person is told of, and when by mail. */
export function NotificationsPage() {
  usePageTitle("Notifications");
  const preferences = useQuery({ queryKey: KEY, queryFn: ({ signal }) => api.getNotificationPreferences({ signal }) });
  return (
    <>
      <PageHeader
        title="Notifications"
        sentence={
          preferences.data === undefined ? "What you are told of, and when by mail." : sentenceOf(preferences.data)
        }
      />
      {preferences.isError ? (
        <ErrorState problem={problemView(preferences.error)} onRetry={() => void preferences.refetch()} />
      ) : null}
      {preferences.isPending ? <LinesSkeleton lines={8} /> : null}
      {preferences.data === undefined ? null : <Choose preferences={preferences.data} />}
    </>
  );
}

function sentenceOf({ mail, digest, hour }: NotificationPreferences): string {
  if (!mail.configured) return "This installation sends no mail: you are told here only.";
  if (digest === "never") return "You are told here, and not by mail.";
  const when = digest === "daily" ? "on working days" : "once a week";
  return `What is new and what is due goes to ${mail.address} ${when}, from ${String(hour).padStart(2, "0")}:00.`;
}

function Choose({ preferences }: { preferences: NotificationPreferences }) {
  const queries = useQueryClient();
  const { organisation } = useSession();
  const [saved, setSaved] = useState<unknown>();
  const { mail, ...initial } = preferences;
  const form = useApiForm({
    initial,
    labels: { kinds: "Tell me", digest: "By mail", hour: "From (hour)", weekday: "On", timeZone: "Time zone" },
    send: async (body) => api.changeNotificationPreferences({ body }),
    onDone: ({ mail: address, ...chosen }) => {
      queries.setQueryData(KEY, { mail: address, ...chosen });
      setSaved(chosen);
    },
  });
  return (
    <ApiForm form={form} button="Save" beside={<output>{sameValue(saved, form.values) ? "Saved." : ""}</output>}>
      <Section title="In Steward" note="The bell at the top of each page.">
        <Checkbox.Group
          {...form.field("kinds")}
          value={form.values.kinds}
          onChange={(kinds) => form.set("kinds", kinds as Kind[])}
        >
          <Stack gap={8} mt={8}>
            {KINDS.map(([kind, meaning]) => (
              <Checkbox key={kind} value={kind} label={meaning} />
            ))}
          </Stack>
        </Checkbox.Group>
      </Section>
      <Section title="By mail" note="One mail a day at most, and none where there is nothing to say.">
        <Stack gap={16}>
          <Select
            {...form.field("digest")}
            allowDeselect={false}
            disabled={!mail.configured}
            description={mail.configured ? `To ${mail.address}.` : "The operator has named no mail server."}
            data={Object.entries(DIGESTS).map(([value, label]) => ({ value, label }))}
            value={form.values.digest}
            onChange={(digest) => form.set("digest", digest as NotificationPreferences["digest"])}
          />
          {form.values.digest === "weekly" ? (
            <Select
              {...form.field("weekday")}
              allowDeselect={false}
              data={WEEKDAYS.map((day) => ({ value: day, label: day[0]?.toUpperCase() + day.slice(1) }))}
              value={form.values.weekday}
              onChange={(day) => form.set("weekday", day as Weekday)}
            />
          ) : null}
          {form.values.digest === "never" ? null : (
            <Group grow align="flex-start">
              <NumberInput
                {...form.field("hour")}
                description="Of your day, 0 to 23."
                min={0}
                max={23}
                value={form.values.hour}
                onChange={(hour) => form.set("hour", Number(hour))}
              />
              <Select
                {...form.field("timeZone")}
                description="Where your day is."
                searchable
                clearable
                placeholder={`${organisation.timeZone}, the organisation’s`}
                data={Intl.supportedValuesOf("timeZone")}
                value={form.values.timeZone}
                onChange={(zone) => form.set("timeZone", zone)}
              />
            </Group>
          )}
        </Stack>
      </Section>
    </ApiForm>
  );
}
