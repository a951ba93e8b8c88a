import { Button, Group, MultiSelect, Text, TextInput } from "@mantine/core";
import { type Webhook, WEBHOOK_EVENTS, type WebhookDelivery } from "@steward/client";
import {
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorState,
  LinesSkeleton,
  Link,
  PageHeader,
  Section,
  Time,
} from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { type May, useMay } from "../../data/session.ts";
import { ApiForm } from "../../forms/api-form.tsx";
import { useApiForm } from "../../forms/use-api-form.ts";
import { paths } from "../../paths.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { SecretAlert } from "./secret-alert.tsx";
import styles from "./webhooks.module.css";

type Event = Webhook["events"][number];

const EVENT_OPTIONS = Object.entries(WEBHOOK_EVENTS).map(([value, meaning]) => ({
  value,
  label: `${value}: ${meaning}`,
}));

/** How often the log of deliveries looks for what came of them. */
const DELIVERIES_EVERY_MS = 3000;

/** Where events are sent, and what became of each. */
export function WebhooksPage() {
  usePageTitle("Webhooks");
  const may = useMay("webhooks.write");
  const [secret, setSecret] = useState<string>();
  const [shown, setShown] = useState<string>();
  const webhooks = useQuery({
    queryKey: ["webhooks"],
    queryFn: ({ signal }) => api.listWebhooks({ signal }),
    enabled: may.allowed,
  });
  const list = webhooks.data?.webhooks ?? [];
  const chosen = list.find(({ id }) => id === shown);
  return (
    <>
      <PageHeader
        title="Webhooks"
        sentence="Events go to other systems as they enter the ledger, signed as Standard Webhooks describes."
      />
      {secret === undefined ? null : (
        <SecretAlert
          title="The secret, shown this once"
          secret={secret}
          copyLabel="Copy the secret"
          onClose={() => setSecret(undefined)}
        >
          The receiver verifies with it that an event came from here and was not altered.
        </SecretAlert>
      )}
      {may.allowed ? null : <Text>{may.reason}</Text>}
      {webhooks.isError ? (
        <ErrorState problem={problemView(webhooks.error)} onRetry={() => void webhooks.refetch()} />
      ) : null}
      {may.allowed && !webhooks.isError ? (
        <DataTable
          label="Webhooks"
          storageKey="webhooks"
          rows={list}
          columns={columnsFor(may, { onSecret: setSecret, onShow: setShown })}
          rowId={({ id }) => id}
          loading={webhooks.isPending}
          empty={
            <EmptyState title="Nothing is sent yet">
              Add the address of a chat, ticket or on-call system below, and it hears of alerts and changed statuses.
            </EmptyState>
          }
        />
      ) : null}
      {chosen === undefined ? null : (
        <Section title={`Deliveries to ${chosen.name}`} note="Newest first; what fails is tried again for three days.">
          <Deliveries webhookId={chosen.id} />
        </Section>
      )}
      {may.allowed ? (
        <Section title="Add a webhook">
          <AddWebhook onMade={setSecret} />
        </Section>
      ) : null}
    </>
  );
}

interface WebhookActions {
  onSecret: (secret: string) => void;
  onShow: (id: string) => void;
}

function columnsFor(may: May, actions: WebhookActions): DataColumn<Webhook>[] {
  return [
    { id: "name", header: "Name", cell: ({ name }) => name },
    { id: "url", header: "Address", cell: ({ url }) => <code className={styles.url}>{url}</code> },
    { id: "events", header: "Events", cell: ({ events }) => events.join(", ") },
    {
      id: "state",
      header: "State",
      cell: ({ enabled, disabledReason }) => (enabled ? "sends" : `stopped: ${disabledReason}`),
    },
    { id: "log", header: "Waiting, failed", cell: ({ pending, failed }) => `${pending}, ${failed}` },
    { id: "act", header: "Do", cell: (webhook) => <Actions webhook={webhook} may={may} {...actions} /> },
  ];
}

function Actions({ webhook, may, onSecret, onShow }: { webhook: Webhook; may: May } & WebhookActions) {
  const queries = useQueryClient();
  const { id, name, enabled } = webhook;
  const refresh = () => {
    void queries.invalidateQueries({ queryKey: ["webhooks"] });
    void queries.invalidateQueries({ queryKey: ["webhook-deliveries", id] });
  };
  const toggle = useMutation({
    mutationFn: async () => api.changeWebhook({ params: { id }, body: { enabled: !enabled } }),
    onSuccess: refresh,
  });
  const test = useMutation({
    mutationFn: async () => api.testWebhook({ params: { id } }),
    onSuccess: () => {
      refresh();
      onShow(id);
    },
  });
  const rotate = useMutation({
    mutationFn: async () => api.rotateWebhookSecret({ params: { id } }),
    onSuccess: ({ secret }) => {
      refresh();
      onSecret(secret);
    },
  });
  const button = (label: string, onClick: () => void, disabled = false) => (
    <Button
      size="compact-sm"
      variant="default"
      disabled={disabled || !may.allowed}
      aria-label={`${label}: ${name}`}
      onClick={onClick}
    >
      {label}
    </Button>
  );
  return (
    <Group gap={6}>
      {button("Deliveries", () => onShow(id))}
      {button("Test", () => test.mutate(), !enabled)}
      {button(enabled ? "Stop" : "Start", () => toggle.mutate())}
      {button("New secret", () => rotate.mutate())}
    </Group>
  );
}

function Deliveries({ webhookId }: { webhookId: string }) {
  const deliveries = useQuery({
    queryKey: ["webhook-deliveries", webhookId],
    queryFn: ({ signal }) => api.listWebhookDeliveries({ params: { id: webhookId }, query: {}, signal }),
    refetchInterval: DELIVERIES_EVERY_MS,
  });
  const queries = useQueryClient();
  const replay = useMutation({
    mutationFn: async (id: string) => api.replayWebhookDelivery({ params: { id } }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["webhook-deliveries", webhookId] }),
  });
  if (deliveries.isError) return <ErrorState problem={problemView(deliveries.error)} />;
  if (deliveries.isPending) return <LinesSkeleton lines={4} />;
  return (
    <>
      {replay.isError ? <ErrorState problem={problemView(replay.error)} /> : null}
      <DataTable
        label="Deliveries"
        storageKey="webhook-deliveries"
        rows={deliveries.data.items}
        columns={deliveryColumns((id) => replay.mutate(id))}
        rowId={({ id }) => id}
        empty={<EmptyState title="Nothing was sent yet">Send a test, or wait for the next event.</EmptyState>}
      />
    </>
  );
}

function deliveryColumns(onReplay: (id: string) => void): DataColumn<WebhookDelivery>[] {
  return [
    { id: "at", header: "Made", cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: "event", header: "Event", cell: ({ event }) => event },
    {
      id: "entry",
      header: "Entry",
      cell: ({ ledgerIndex }) =>
        ledgerIndex === null ? (
          "test"
        ) : (
          <Link href={paths.ledgerEntry(ledgerIndex)}>{ledgerIndex.toLocaleString("en")}</Link>
        ),
    },
    { id: "state", header: "State", cell: stateOf },
    {
      id: "payload",
      header: "What was sent",
      cell: ({ payload }) => (
        <details>
          <summary className={styles.summary}>Show</summary>
          <pre className={styles.payload}>{JSON.stringify(JSON.parse(payload), null, 2)}</pre>
        </details>
      ),
    },
    {
      id: "replay",
      header: "Again",
      cell: ({ id, event, state }) => (
        <Button
          size="compact-sm"
          variant="default"
          disabled={state === "pending"}
          aria-label={`Send again: ${event}`}
          onClick={() => onReplay(id)}
        >
          Send again
        </Button>
      ),
    },
  ];
}

function stateOf({ state, attempts, nextAttemptAt }: WebhookDelivery) {
  const last = attempts.at(-1);
  const answer = last === undefined ? "not tried yet" : (last.error?.replace(/\.$/, "") ?? `answered ${last.status}`);
  if (state === "delivered") return `delivered, ${answer}`;
  if (state === "failed") return `given up after ${attempts.length}: ${answer}`;
  return (
    <span>
      waiting: {answer}
      {nextAttemptAt === null || last === undefined ? null : (
        <>
          ; next <Time at={nextAttemptAt} />
        </>
      )}
    </span>
  );
}

function AddWebhook({ onMade }: { onMade: (secret: string) => void }) {
  const queries = useQueryClient();
  const form = useApiForm({
    initial: { name: "", url: "", events: ["alert.opened", "status.changed"] as Event[] },
    labels: { name: "Name", url: "Address", events: "Events" },
    send: async (values) => api.createWebhook({ body: values }),
    onDone: ({ secret }) => {
      void queries.invalidateQueries({ queryKey: ["webhooks"] });
      onMade(secret);
    },
  });
  return (
    <ApiForm form={form} button="Add the webhook">
      <TextInput
        {...form.field("name")}
        description="Who hears of it, for example: on-call."
        value={form.values.name}
        onChange={(event) => form.set("name", event.currentTarget.value)}
      />
      <TextInput
        {...form.field("url")}
        description="https, on the public internet; the operator can allow other networks."
        placeholder="https://example.org/hooks/steward"
        value={form.values.url}
        onChange={(event) => form.set("url", event.currentTarget.value)}
      />
      <MultiSelect
        {...form.field("events")}
        data={EVENT_OPTIONS}
        value={form.values.events}
        onChange={(events) => form.set("events", events as Event[])}
      />
    </ApiForm>
  );
}
