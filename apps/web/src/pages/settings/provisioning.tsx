import { counted } from "@steward/kernel";
import { Button, Group, NumberInput, Text, TextInput } from "@mantine/core";
import type { IdentityProvider, ScimToken } from "@steward/client";
import {
  CopyButton,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorState,
  LinesSkeleton,
  Section,
  Time,
} from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { type May, useMay } from "../../data/session.ts";
import { ApiForm } from "../../forms/api-form.tsx";
import { useApiForm } from "../../forms/use-api-form.ts";
import { problemView } from "../../shell/page-error.tsx";
import { SecretAlert } from "./secret-alert.tsx";

const DEFAULT_DAYS = 366;

/** How a provider lets people in and out by itself (SCIM): the address, and the tokens that it calls with. */
export function Provisioning({ provider }: { provider: IdentityProvider }) {
  const may = useMay("access.write");
  const queries = useQueryClient();
  const queryKey = ["scim-tokens", provider.id];
  const tokens = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.listScimTokens({ params: { id: provider.id }, signal }),
  });
  const [secret, setSecret] = useState<string>();
  const refresh = async () => queries.invalidateQueries({ queryKey });
  const revoke = useMutation({
    mutationFn: async (id: string) => api.revokeScimToken({ params: { id }, body: {} }),
    onSuccess: refresh,
  });
  if (tokens.isPending) return <LinesSkeleton lines={3} />;
  if (tokens.isError) return <ErrorState problem={problemView(tokens.error)} onRetry={() => void tokens.refetch()} />;
  const { baseUrl, users, groups, items } = tokens.data;
  return (
    <Section title={`Provisioning by ${provider.name}`} note={<Address value={baseUrl} />}>
      <Text size="sm" mb={12}>
        {counted(users, "person", "people")} and {counted(groups, "group", "groups")} are provisioned. Whoever is
        removed there is signed out here at once, and their open tasks go to somebody else.
      </Text>
      {secret === undefined ? null : (
        <SecretAlert
          title="The token, shown this once"
          secret={secret}
          copyLabel="Copy the token"
          onClose={() => setSecret(undefined)}
        >
          Give it to {provider.name} as the secret token. Steward keeps only a hash of it.
        </SecretAlert>
      )}
      {revoke.isError ? <ErrorState problem={problemView(revoke.error)} /> : null}
      <DataTable
        label={`SCIM tokens of ${provider.name}`}
        storageKey="scim-tokens"
        rows={items}
        columns={columnsFor(may, revoke.mutate)}
        rowId={({ id }) => id}
        empty={<EmptyState title="No token yet">People join at their first sign-in, or are let in by hand.</EmptyState>}
      />
      {may.allowed ? (
        <MakeToken
          key={secret}
          providerId={provider.id}
          onMade={async (made) => {
            setSecret(made);
            await refresh();
          }}
        />
      ) : (
        <Text>{may.reason}</Text>
      )}
    </Section>
  );
}

function Address({ value }: { value: string }) {
  return (
    <>
      SCIM 2.0 at <code>{value}</code> <CopyButton value={value} label="Copy" />
    </>
  );
}

function columnsFor(may: May, onRevoke: (id: string) => void): DataColumn<ScimToken>[] {
  return [
    { id: "name", header: "Name", cell: ({ name }) => name },
    { id: "prefix", header: "Begins with", cell: ({ prefix }) => <code>{prefix}</code> },
    { id: "made", header: "Made by", cell: ({ createdBy }) => createdBy },
    { id: "used", header: "Last used", cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : "never") },
    {
      id: "expires",
      header: "Expires",
      cell: (token) => (token.revokedAt ? "revoked" : <Time at={token.expiresAt} />),
    },
    {
      id: "act",
      header: "Revoke",
      cell: (token) =>
        token.revokedAt === null ? (
          <Button
            size="compact-sm"
            variant="default"
            disabled={!may.allowed}
            title={may.reason ?? undefined}
            aria-label={`Revoke ${token.name}`}
            onClick={() => onRevoke(token.id)}
          >
            Revoke
          </Button>
        ) : (
          "—"
        ),
    },
  ];
}

function MakeToken({ providerId, onMade }: { providerId: string; onMade: (secret: string) => Promise<void> }) {
  const form = useApiForm({
    initial: { name: "", expiresInDays: DEFAULT_DAYS },
    labels: { name: "Name of the token", expiresInDays: "Expires in days" },
    send: async (values) => api.createScimToken({ params: { id: providerId }, body: values }),
    onDone: ({ secret }) => {
      void onMade(secret);
    },
  });
  return (
    <ApiForm form={form} button="Make a token">
      <Group gap={12} align="end" mt={12}>
        <TextInput
          {...form.field("name")}
          value={form.values.name}
          onChange={(event) => form.set("name", event.currentTarget.value)}
        />
        <NumberInput
          {...form.field("expiresInDays")}
          min={1}
          max={DEFAULT_DAYS}
          value={form.values.expiresInDays}
          onChange={(days) => form.set("expiresInDays", Number(days))}
        />
      </Group>
    </ApiForm>
  );
}
