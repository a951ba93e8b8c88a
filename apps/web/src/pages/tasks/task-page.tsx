import { Badge, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { TASK_KINDS, type TaskDetail } from "@steward/client";
import {
  ErrorState,
  FieldErrorSummary,
  KeyValue,
  LinesSkeleton,
  Link,
  PageHeader,
  Panel,
  Section,
  Time,
} from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { api } from "../../api.ts";
import { kindWords, recordHref } from "../../data/links.ts";
import { choicesQuery } from "../../data/registers.ts";
import { useSession } from "../../data/session.ts";
import { taskQuery } from "../../data/tasks.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { AppLink } from "../../shell/app-link.tsx";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { actorText } from "../ledger/actor-text.ts";
import { Discussion } from "./discussion.tsx";
import { Due, whoseText } from "./due.tsx";
import { taskRoute } from "./tasks.routes.ts";
import styles from "./tasks.module.css";

/** One task: what closes it, whose it is, what was said, and what happened to it. */
export function TaskPage() {
  const { id } = taskRoute.useParams();
  const found = useQuery(taskQuery(id));
  usePageTitle(found.data?.title ?? "Task");
  if (found.isError) return <ErrorState problem={problemView(found.error)} onRetry={() => void found.refetch()} />;
  if (found.isPending) return <LinesSkeleton lines={8} />;
  const task = found.data;
  const source = recordHref(task.source.kind, task.source.id);
  return (
    <>
      <PageHeader
        title={task.title}
        above={<Link href={paths.work()}>My work</Link>}
        badge={
          <Badge variant="default" tt="none" radius="sm">
            {task.state === "closed" ? "Closed" : task.overdue ? "Overdue" : "Open"}
          </Badge>
        }
        sentence={task.state === "closed" ? "What it was about is settled." : task.todo}
        actions={
          source === undefined ? null : (
            <Button component={AppLink} href={source}>
              Open the {kindWords(task.source.kind)}
            </Button>
          )
        }
      />
      <div className={styles.columns}>
        <div>
          <Discussion key={task.id} task={task} />
        </div>
        <div>
          <Facts task={task} />
          {task.state === "open" ? <Assign key={task.assignee?.id ?? "nobody"} task={task} /> : null}
          <History task={task} />
        </div>
      </div>
    </>
  );
}

function Facts({ task }: { task: TaskDetail }) {
  const href = task.systemId === null ? undefined : recordHref("system", task.systemId);
  return (
    <Section title="Task">
      <Panel>
        <KeyValue
          items={[
            { label: "Kind", value: TASK_KINDS[task.kind] },
            {
              label: "AI system",
              value: href === undefined ? "none" : <Link href={href}>{task.systemName ?? "the system"}</Link>,
            },
            { label: "Whose", value: whoseText(task) },
            { label: "Since", value: <Time at={task.since} /> },
            { label: "Due", value: <Due task={task} />, help: "Counted in the organisation’s calendar." },
            ...(task.escalatedAt === null
              ? []
              : [{ label: "Escalated to", value: task.escalatedTo?.name ?? "nobody: no role is held" }]),
          ]}
        />
      </Panel>
    </Section>
  );
}

/** Takes the task, or hands it over. */
function Assign({ task }: { task: TaskDetail }) {
  const queries = useQueryClient();
  const { account } = useSession();
  const people = useQuery(choicesQuery("people", ""));
  const form = useApiForm({
    initial: { personId: task.assignee?.id ?? null, reason: "" },
    labels: { personId: "Whose", reason: "Why" },
    send: async ({ personId, reason }) =>
      api.assignTask({ params: { id: task.id }, body: { personId, ...(reason === "" ? {} : { reason }) } }),
    onDone: async (changed) => {
      queries.setQueryData(taskQuery(task.id).queryKey, changed);
      await queries.invalidateQueries({ queryKey: ["tasks"] });
    },
  });
  if (!task.may.assign.allowed) return <Text mb={16}>{task.may.assign.reason}</Text>;
  const choices = (people.data?.items ?? []).map(({ id, title }) => ({ value: id, label: title }));
  return (
    <Section title="Take it or hand it over">
      <Panel>
        <form onSubmit={form.submit} noValidate>
          <FieldErrorSummary title="That cannot be" errors={form.summary} attempt={form.attempt} />
          <Stack gap={12}>
            <Select
              {...form.field("personId")}
              searchable
              clearable
              placeholder="Nobody"
              data={choices}
              value={form.values.personId}
              onChange={(id) => form.set("personId", id)}
            />
            <TextInput
              {...form.field("reason")}
              description="Optional; whoever gets it reads this."
              value={form.values.reason}
              onChange={(event) => form.set("reason", event.currentTarget.value)}
            />
            <Group>
              <Button type="submit" variant="default" loading={form.busy} disabled={!form.isDirty()}>
                Hand over
              </Button>
              {account.personId === null || task.assignee?.id === account.personId ? null : (
                <Button variant="subtle" onClick={() => form.set("personId", account.personId)}>
                  Choose me
                </Button>
              )}
            </Group>
          </Stack>
        </form>
      </Panel>
    </Section>
  );
}

type Happening = TaskDetail["events"][number];

function History({ task }: { task: TaskDetail }) {
  return (
    <Section title="History">
      <Panel>
        <ul className={styles.list}>
          {task.events.map((one) => (
            <li key={one.ledgerIndex}>
              {happeningText(one)}
              {one.reason === null ? "" : `: “${one.reason}”`}
              <p className={styles.note}>
                {actorText(one.actor)}, <Time at={one.at} />,{" "}
                <Link href={paths.ledgerEntry(one.ledgerIndex)}>
                  ledger entry {one.ledgerIndex.toLocaleString("en")}
                </Link>
              </p>
            </li>
          ))}
        </ul>
      </Panel>
    </Section>
  );
}

function happeningText({ event, from, to }: Happening): string {
  const name = (person: Happening["to"]) => (person === null ? "nobody" : (person.name ?? "somebody"));
  if (event === "opened") return to === null ? "Opened" : `Opened for ${name(to)}`;
  if (event === "closed") return "Closed: its source is settled";
  if (event === "escalated") return `Late: escalated to ${name(to)}`;
  return `Handed from ${name(from)} to ${name(to)}`;
}
