import { Button, MultiSelect, NumberInput, Select, Text, TextInput } from "@mantine/core";
import { type ApiKey, KEY_SCOPES } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, PageHeader, Section, Time } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { systemChoicesQuery } from "../../data/decisions.ts";
import { type May, useMay } from "../../data/session.ts";
import { ApiForm } from "../../forms/api-form.tsx";
import { useApiForm } from "../../forms/use-api-form.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { SecretAlert } from "./secret-alert.tsx";

type Scope = ApiKey["scopes"][number];

const SCOPE_OPTIONS = Object.entries(KEY_SCOPES).map(([value, scope]) => ({
  value,
  label: `${value}: ${typeof scope === "string" ? scope : (scope as { meaning: string }).meaning}`,
}));

const DEFAULT_DAYS = 90;
const MAX_DAYS = 366;

/** Keys by which programs send evidence. */
export function KeysPage() {
  usePageTitle("API keys");
  const may = useMay("access.write");
  const keys = useQuery({ queryKey: ["api-keys"], queryFn: ({ signal }) => api.listApiKeys({ signal }) });
  const queries = useQueryClient();
  const [secret, setSecret] = useState<string>();
  const revoke = useMutation({
    mutationFn: async (id: string) => api.revokeApiKey({ params: { id }, body: {} }),
    onSuccess: () => void queries.invalidateQueries({ queryKey: ["api-keys"] }),
  });
  return (
    <>
      <PageHeader
        title="API keys"
        sentence="Programs send evidence with a key. A key never holds access or approval rights: those are acts of people."
      />
      {secret === undefined ? null : (
        <SecretAlert
          title="The key, shown this once"
          secret={secret}
          copyLabel="Copy the key"
          onClose={() => setSecret(undefined)}
        >
          Keep it in your secret store. Steward keeps only a hash of it.
        </SecretAlert>
      )}
      {revoke.isError ? <ErrorState problem={problemView(revoke.error)} /> : null}
      {keys.isError ? (
        <ErrorState problem={problemView(keys.error)} onRetry={() => void keys.refetch()} />
      ) : (
        <DataTable
          label="API keys"
          storageKey="api-keys"
          rows={keys.data?.items ?? []}
          columns={columnsFor(may, revoke.mutate)}
          rowId={({ id }) => id}
          loading={keys.isPending}
          empty={
            <EmptyState title="No key yet">Make one below for the first system that sends its decisions.</EmptyState>
          }
        />
      )}
      <Section title="Make a key">{may.allowed ? <MakeKey onMade={setSecret} /> : <Text>{may.reason}</Text>}</Section>
    </>
  );
}

function columnsFor(may: May, onRevoke: (id: string) => void): DataColumn<ApiKey>[] {
  return [
    { id: "name", header: "Name", cell: ({ name }) => name },
    { id: "prefix", header: "Begins with", cell: ({ prefix }) => <code>{prefix}</code> },
    { id: "scopes", header: "May", cell: ({ scopes }) => scopes.join(", ") },
    { id: "used", header: "Last used", cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : "never") },
    { id: "expires", header: "Expires", cell: (key) => (key.revokedAt ? "revoked" : <Time at={key.expiresAt} />) },
    {
      id: "act",
      header: "Revoke",
      cell: (key) =>
        key.revokedAt === null ? (
          <Button
            size="compact-sm"
            variant="default"
            disabled={!may.allowed}
            title={may.reason ?? undefined}
            aria-label={`Revoke ${key.name}`}
            onClick={() => onRevoke(key.id)}
          >
            Revoke
          </Button>
        ) : (
          "—"
        ),
    },
  ];
}

function MakeKey({ onMade }: { onMade: (secret: string) => void }) {
  const queries = useQueryClient();
  const systems = useQuery(systemChoicesQuery);
  const form = useApiForm({
    initial: {
      name: "",
      scopes: ["decisions:write"] as Scope[],
      systemId: null as string | null,
      expiresInDays: DEFAULT_DAYS,
    },
    labels: { name: "Name", scopes: "May", systemId: "Only for", expiresInDays: "Expires in days" },
    send: async (values) => api.createApiKey({ body: values }),
    onDone: ({ secret }) => {
      void queries.invalidateQueries({ queryKey: ["api-keys"] });
      onMade(secret);
    },
  });
  return (
    <ApiForm form={form} button="Make the key">
      <TextInput
        {...form.field("name")}
        description="What uses it, for example: loan triage, production."
        value={form.values.name}
        onChange={(event) => form.set("name", event.currentTarget.value)}
      />
      <MultiSelect
        {...form.field("scopes")}
        data={SCOPE_OPTIONS}
        value={form.values.scopes}
        onChange={(scopes) => form.set("scopes", scopes as Scope[])}
      />
      <Select
        {...form.field("systemId")}
        description="Bind it to one AI system where you can."
        clearable
        searchable
        placeholder="Any system"
        data={(systems.data?.items ?? []).map(({ id, title }) => ({ value: id, label: title }))}
        value={form.values.systemId}
        onChange={(id) => form.set("systemId", id)}
      />
      <NumberInput
        {...form.field("expiresInDays")}
        min={1}
        max={MAX_DAYS}
        value={form.values.expiresInDays}
        onChange={(days) => form.set("expiresInDays", Number(days))}
      />
    </ApiForm>
  );
}
