import { counted } from "@steward/kernel";
import { Button, Group, TextInput } from "@mantine/core";
import type { OrganisationCalendar } from "@steward/client";
import { type DataColumn, DataTable, DueTime, EmptyState, ErrorState, Link, PageHeader, Section } from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { useMay, useSession } from "../../data/session.ts";
import { ApiForm } from "../../forms/api-form.tsx";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";

type Holiday = OrganisationCalendar["holidays"][number];
type Deadline = OrganisationCalendar["deadlines"][number];

/** By which days deadlines are counted, and what that makes of each of them today. */
export function CalendarPage() {
  usePageTitle("Calendar");
  const may = useMay("organisation.write");
  const { organisation } = useSession();
  const calendar = useQuery({ queryKey: ["calendar"], queryFn: ({ signal }) => api.getCalendar({ signal }) });
  const data = calendar.data;
  return (
    <>
      <PageHeader
        title="Calendar"
        sentence={data === undefined ? "By which days deadlines are counted." : sentenceOf(data)}
        actions={
          <Button component={AppLink} href={paths.record("organisations", organisation.id)} variant="default">
            Change the week or the time zone
          </Button>
        }
      />
      {calendar.isError ? (
        <ErrorState problem={problemView(calendar.error)} onRetry={() => void calendar.refetch()} />
      ) : null}
      <Section
        title="Holidays of the year to come"
        note="They do not count towards a deadline in working days. What was counted in the past keeps its record."
        aside={
          <Group gap={16}>
            <Link href={paths.register("holidays")}>All holidays</Link>
            {may.allowed ? <Link href={paths.importRecords("holidays")}>Import a file</Link> : null}
          </Group>
        }
      >
        <DataTable
          label="Holidays"
          storageKey="calendar-holidays"
          rows={data?.holidays ?? []}
          columns={HOLIDAY_COLUMNS}
          rowId={({ id }) => id}
          rowHref={({ id }) => paths.record("holidays", id)}
          loading={calendar.isPending}
          empty={
            <EmptyState title="No holiday is on record">
              Until one is, every day of the working week counts, New Year included.
            </EmptyState>
          }
        />
      </Section>
      {may.allowed ? (
        <Section title="Add a holiday">
          <AddHoliday />
        </Section>
      ) : null}
      <Section
        title="What happens today is due"
        note="Each time that is counted in days, for something that becomes known now."
      >
        <DataTable
          label="Deadlines"
          storageKey="calendar-deadlines"
          rows={data?.deadlines ?? []}
          columns={DEADLINE_COLUMNS}
          rowId={({ parameter }) => parameter}
          loading={calendar.isPending}
          empty={<EmptyState title="No parameter allows a number of days">The catalogue has none.</EmptyState>}
        />
      </Section>
    </>
  );
}

function sentenceOf({ timeZone, workingDays, worksToday, holidays }: OrganisationCalendar): string {
  const days = new Intl.ListFormat("en").format(workingDays.map((day) => day[0]?.toUpperCase() + day.slice(1)));
  const count = holidays.length === 0 ? "no holidays" : counted(holidays.length, "holiday");
  return `Work is done on ${days}, in the time of ${timeZone}; ${count} in the year to come. Today is ${worksToday ? "a" : "no"} working day.`;
}

const HOLIDAY_COLUMNS: DataColumn<Holiday>[] = [
  { id: "name", header: "Name", cell: ({ name }) => name },
  { id: "first", header: "First day", cell: ({ firstDay }) => dayText(firstDay) },
  { id: "last", header: "Last day", cell: ({ lastDay }) => dayText(lastDay) },
];

const DEADLINE_COLUMNS: DataColumn<Deadline>[] = [
  { id: "meaning", header: "What is allowed", cell: ({ meaning }) => meaning },
  { id: "value", header: "Time", cell: ({ value, unit }) => counted(value, unit.slice(0, -1)) },
  { id: "ends", header: "Due", cell: ({ endsAt }) => <DueTime at={endsAt} /> },
  { id: "parameter", header: "Parameter", cell: ({ parameter }) => <code>{parameter}</code> },
];

/** `Fri 1 May 2026`: a calendar day is the same everywhere. */
function dayText(day: string): string {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" }).format(
    Date.parse(`${day}T12:00:00Z`),
  );
}

function AddHoliday() {
  const queries = useQueryClient();
  const form = useApiForm({
    initial: { "values.name": "", "values.firstDay": "", "values.lastDay": "" },
    labels: { "values.name": "Name", "values.firstDay": "First day", "values.lastDay": "Last day" },
    send: async (values) =>
      api.records("holidays").create({
        values: {
          name: values["values.name"],
          firstDay: values["values.firstDay"],
          lastDay: values["values.lastDay"] || values["values.firstDay"],
        },
      }),
    onDone: async () => {
      form.set("values.name", "");
      form.set("values.firstDay", "");
      form.set("values.lastDay", "");
      await queries.invalidateQueries({ queryKey: ["calendar"] });
      await queries.invalidateQueries({ queryKey: ["records", "holidays"] });
    },
  });
  return (
    <ApiForm form={form} button="Add the holiday">
      <TextInput
        {...form.field("values.name")}
        description="What the day is called, for example: Labour Day."
        value={form.values["values.name"]}
        onChange={(event) => form.set("values.name", event.currentTarget.value)}
      />
      <Group grow align="flex-start">
        <TextInput
          {...form.field("values.firstDay")}
          type="date"
          description="Counted where the organisation is."
          value={form.values["values.firstDay"]}
          onChange={(event) => form.set("values.firstDay", event.currentTarget.value)}
        />
        <TextInput
          {...form.field("values.lastDay")}
          type="date"
          description="Leave empty where it is one day."
          value={form.values["values.lastDay"]}
          onChange={(event) => form.set("values.lastDay", event.currentTarget.value)}
        />
      </Group>
    </ApiForm>
  );
}
