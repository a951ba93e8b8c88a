import { Button, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import type { TaskComment, TaskDetail } from "@steward/client";
import { FieldErrorSummary, Link, Panel, Section, Time } from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { choicesQuery } from "../../data/registers.ts";
import { taskQuery } from "../../data/tasks.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { type Mentioned, mentionsToIds, partsOf } from "./mentions.ts";
import styles from "./tasks.module.css";

/** What people said about a task, oldest first. */
export function Discussion({ task }: { task: TaskDetail }) {
  return (
    <Section title="Discussion" note="Whoever is mentioned is told. What is said stays, with its entry in the ledger.">
      <Stack gap={16}>
        {task.discussion.length === 0 ? (
          <Text c="dimmed">Nothing has been said.</Text>
        ) : (
          <Panel>
            <ul className={styles.list}>
              {task.discussion.map((comment) => (
                <li key={comment.id}>
                  <Comment comment={comment} />
                </li>
              ))}
            </ul>
          </Panel>
        )}
        {task.may.comment.allowed ? <Say task={task} /> : <Text>{task.may.comment.reason}</Text>}
      </Stack>
    </Section>
  );
}

function Comment({ comment }: { comment: TaskComment }) {
  return (
    <>
      <strong>{comment.author.name ?? "Somebody whose name was erased"}</strong>
      <p className={styles.text}>
        {partsOf(comment).map(({ text, isMention, at }) =>
          isMention ? (
            <span key={at} className={styles.mention}>
              {text}
            </span>
          ) : (
            text
          ),
        )}
      </p>
      <p className={styles.note}>
        <Time at={comment.at} />,{" "}
        <Link href={paths.ledgerEntry(comment.ledgerIndex)}>
          ledger entry {comment.ledgerIndex.toLocaleString("en")}
        </Link>
      </p>
    </>
  );
}

function Say({ task }: { task: TaskDetail }) {
  const queries = useQueryClient();
  const people = useQuery(choicesQuery("people", ""));
  const [mentioned, setMentioned] = useState<readonly Mentioned[]>([]);
  const form = useApiForm({
    initial: { text: "" },
    labels: { text: "Comment" },
    send: async ({ text }) =>
      api.commentTask({ params: { id: task.id }, body: { text: mentionsToIds(text, mentioned) } }),
    onDone: async (changed) => {
      form.set("text", "");
      queries.setQueryData(taskQuery(task.id).queryKey, changed);
      await queries.invalidateQueries({ queryKey: ["tasks"] });
    },
  });
  const mention = (id: string | null) => {
    const person = people.data?.items.find((item) => item.id === id);
    if (person === undefined) return;
    setMentioned([...mentioned, { id: person.id, name: person.title }]);
    form.set("text", `${form.values.text}${form.values.text === "" ? "" : " "}@${person.title} `);
  };
  return (
    <form onSubmit={form.submit} noValidate>
      <FieldErrorSummary title="Something is missing" errors={form.summary} attempt={form.attempt} />
      <Stack gap={12}>
        <Textarea
          {...form.field("text")}
          autosize
          minRows={3}
          value={form.values.text}
          onChange={(event) => form.set("text", event.currentTarget.value)}
        />
        <Group align="end">
          <Button type="submit" loading={form.busy}>
            Say it
          </Button>
          <Select
            aria-label="Mention somebody"
            placeholder="Mention somebody"
            searchable
            data={(people.data?.items ?? []).map(({ id, title }) => ({ value: id, label: title }))}
            value={null}
            onChange={mention}
          />
        </Group>
      </Stack>
    </form>
  );
}
