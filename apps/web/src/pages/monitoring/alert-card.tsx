import { Button, Group, Select, Stack, Textarea } from "@mantine/core";
import type { RecordView } from "@steward/client";
import { FieldErrorSummary, Link, Time } from "@steward/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { useMay } from "../../data/session.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { KIND_WORDS } from "./monitor-words.ts";
import styles from "./monitoring.module.css";

const DRIFT_ACTIONS = [
  { value: "retrain", label: "Retrain" },
  { value: "roll_back", label: "Roll back" },
  { value: "restrict", label: "Restrict use" },
  { value: "accept", label: "Accept" },
];
const ACTIONS = [{ value: "fix", label: "Fix" }, ...DRIFT_ACTIONS];
const CLOSE_REASONS = [
  { value: "resolved", label: "Resolved" },
  { value: "accepted", label: "Accepted as it is" },
  { value: "false_alarm", label: "False alarm" },
  { value: "duplicate", label: "Same as another" },
];

/** One alert with its next step. */
export function AlertCard({ alert }: { alert: RecordView }) {
  const text = (name: string) => String(alert.values[name] ?? "");
  const kind = text("monitorKind");
  const system = alert.references[text("systemId")];
  const isTop = text("severity") === "top";
  return (
    <>
      <div className={styles.head}>
        <Link href={paths.record("alerts", alert.id)}>{alert.title}</Link>
        {isTop ? <span className={styles.top}>Top severity</span> : null}
      </div>
      <p className={styles.note}>
        {KIND_WORDS[kind] ?? kind} of{" "}
        <Link href={paths.record("systems", text("systemId"))}>{system?.title ?? "a system"}</Link>, opened{" "}
        <Time at={text("openedAt")} />.
      </p>
      <p className={styles.text}>{text("message")}</p>
      <p className={styles.note}>
        {text("state") === "open" ? (
          <>
            Acknowledge by <Time at={text("acknowledgeBy")} />.
          </>
        ) : text("state") === "acknowledged" ? (
          <>
            Act by <Time at={text("actBy")} />.
          </>
        ) : (
          `Action: ${ACTIONS.find(({ value }) => value === text("action"))?.label ?? "none"}.`
        )}
      </p>
      <NextStep alert={alert} isDrift={kind === "drift"} isTop={isTop} />
    </>
  );
}

function NextStep({ alert, isDrift, isTop }: { alert: RecordView; isDrift: boolean; isTop: boolean }) {
  const may = useMay("alerts.act");
  const [opened, setOpened] = useState(false);
  const state = String(alert.values["state"]);
  if (state === "open") return <Acknowledge alert={alert} />;
  const label = state === "acknowledged" ? "Say what is done" : "Close it";
  if (!opened) {
    return (
      <Button
        size="sm"
        mt={8}
        disabled={!may.allowed}
        title={may.reason ?? undefined}
        aria-label={`${label}: ${alert.title}`}
        onClick={() => setOpened(true)}
      >
        {label}
      </Button>
    );
  }
  return state === "acknowledged" ? <Act alert={alert} isDrift={isDrift} /> : <Close alert={alert} isTop={isTop} />;
}

/** Reads the version anew, so that what somebody else did meanwhile is not written over. */
function useChange(alert: RecordView) {
  const queries = useQueryClient();
  return {
    send: async (values: Record<string, unknown>) => {
      const tagged = await api.records("alerts").get(alert.id);
      return api.records("alerts").change(alert.id, tagged.etag, { values });
    },
    done: () => {
      void queries.invalidateQueries({ queryKey: ["records"] });
      void queries.invalidateQueries({ queryKey: ["monitoring"] });
    },
  };
}

function Acknowledge({ alert }: { alert: RecordView }) {
  const may = useMay("alerts.act");
  const change = useChange(alert);
  const form = useApiForm({
    initial: {},
    labels: {},
    send: async () => change.send({ state: "acknowledged" }),
    onDone: change.done,
  });
  return (
    <form onSubmit={form.submit}>
      <FieldErrorSummary title="It was not acknowledged" errors={form.summary} attempt={form.attempt} />
      <Button
        type="submit"
        size="sm"
        mt={8}
        loading={form.busy}
        disabled={!may.allowed}
        title={may.reason ?? undefined}
        aria-label={`Acknowledge: ${alert.title}`}
      >
        Acknowledge
      </Button>
    </form>
  );
}

function Act({ alert, isDrift }: { alert: RecordView; isDrift: boolean }) {
  const change = useChange(alert);
  const form = useApiForm({
    initial: { "values.action": null as string | null, "values.actionNote": "" },
    labels: { "values.action": "Action", "values.actionNote": "About the action" },
    check: (values) => (values["values.action"] === null ? { "values.action": "Choose what is done." } : {}),
    send: async (values) =>
      change.send({
        state: "acted",
        action: values["values.action"],
        actionNote: values["values.actionNote"].trim() || null,
      }),
    onDone: change.done,
  });
  return (
    <form onSubmit={form.submit} noValidate className={styles.form}>
      <FieldErrorSummary title="Something is missing" errors={form.summary} attempt={form.attempt} />
      <Stack gap={12}>
        <Select
          {...form.field("values.action")}
          data={isDrift ? DRIFT_ACTIONS : ACTIONS}
          value={form.values["values.action"]}
          onChange={(action) => form.set("values.action", action)}
        />
        <Textarea
          {...form.field("values.actionNote")}
          description="What exactly, and why."
          autosize
          minRows={2}
          value={form.values["values.actionNote"]}
          onChange={(event) => form.set("values.actionNote", event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={form.busy}>
            Record the action
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Close({ alert, isTop }: { alert: RecordView; isTop: boolean }) {
  const change = useChange(alert);
  const known = (name: string) => String(alert.values[name] ?? "");
  const form = useApiForm({
    initial: {
      "values.closeReason": null as string | null,
      "values.cause": known("cause"),
      "values.fix": known("fix"),
    },
    labels: { "values.closeReason": "Closed because", "values.cause": "Cause", "values.fix": "Fix" },
    check: (values) => ({
      ...(values["values.closeReason"] === null ? { "values.closeReason": "Say why it can be closed." } : {}),
      ...(isTop && values["values.cause"].trim() === "" ? { "values.cause": "Top severity needs its cause." } : {}),
      ...(isTop && values["values.fix"].trim() === "" ? { "values.fix": "Top severity needs its fix." } : {}),
    }),
    send: async (values) =>
      change.send({
        state: "closed",
        closeReason: values["values.closeReason"],
        cause: values["values.cause"].trim() || null,
        fix: values["values.fix"].trim() || null,
      }),
    onDone: change.done,
  });
  return (
    <form onSubmit={form.submit} noValidate className={styles.form}>
      <FieldErrorSummary title="Something is missing" errors={form.summary} attempt={form.attempt} />
      <Stack gap={12}>
        <Select
          {...form.field("values.closeReason")}
          data={CLOSE_REASONS}
          value={form.values["values.closeReason"]}
          onChange={(reason) => form.set("values.closeReason", reason)}
        />
        <Textarea
          {...form.field("values.cause")}
          description="Why it happened."
          autosize
          minRows={2}
          value={form.values["values.cause"]}
          onChange={(event) => form.set("values.cause", event.currentTarget.value)}
        />
        <Textarea
          {...form.field("values.fix")}
          description="What keeps it from happening again."
          autosize
          minRows={2}
          value={form.values["values.fix"]}
          onChange={(event) => form.set("values.fix", event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={form.busy}>
            Close the alert
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
