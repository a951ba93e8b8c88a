import { Alert, Button, Group, Text } from "@mantine/core";
import type { IdentityProvider } from "@steward/client";
import {
  CopyButton,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorState,
  LinesSkeleton,
  PageHeader,
  Section,
} from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { type May, useMay } from "../../data/session.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { ProviderForm } from "./provider-form.tsx";
import { Provisioning } from "./provisioning.tsx";

const PROVIDERS = ["identity-providers"] as const;

/** Identity providers by which people of the organisation sign in. */
export function SingleSignOnPage() {
  usePageTitle("Single sign-on");
  const may = useMay("access.write");
  const queries = useQueryClient();
  const providers = useQuery({
    queryKey: PROVIDERS,
    queryFn: ({ signal }) => api.listIdentityProviders({ signal }),
  });
  const [changing, setChanging] = useState<IdentityProvider>();
  const [removing, setRemoving] = useState<IdentityProvider>();
  const [provisioning, setProvisioning] = useState<IdentityProvider>();
  const [round, setRound] = useState(0);
  const refresh = async () => {
    setRound(round + 1);
    setChanging(undefined);
    setRemoving(undefined);
    setProvisioning(undefined);
    await queries.invalidateQueries({ queryKey: PROVIDERS });
  };
  if (providers.isPending) return <LinesSkeleton lines={6} />;
  return (
    <>
      <PageHeader
        title="Single sign-on"
        sentence="People sign in at your identity provider by OpenID Connect; what they may do here can follow their groups there."
      />
      {removing ? <Remove provider={removing} onDone={refresh} onClose={() => setRemoving(undefined)} /> : null}
      {providers.isError ? (
        <ErrorState problem={problemView(providers.error)} onRetry={() => void providers.refetch()} />
      ) : (
        <>
          <DataTable
            label="Identity providers"
            storageKey="identity-providers"
            rows={providers.data.items}
            columns={columnsFor(may, { onChange: setChanging, onRemove: setRemoving, onProvision: setProvisioning })}
            rowId={({ id }) => id}
            empty={
              <EmptyState title="No identity provider yet">People sign in with e-mail address and password.</EmptyState>
            }
          />
          {provisioning ? <Provisioning key={provisioning.id} provider={provisioning} /> : null}
          <Section
            title={changing ? `Change ${changing.name}` : "Add an identity provider"}
            note={may.allowed ? <RedirectUri value={providers.data.redirectUri} /> : undefined}
          >
            {may.allowed ? (
              <ProviderForm
                key={`${changing?.id ?? "new"} ${round}`}
                provider={changing}
                onDone={refresh}
                onCancel={changing ? () => setChanging(undefined) : undefined}
              />
            ) : (
              <Text>{may.reason}</Text>
            )}
          </Section>
        </>
      )}
    </>
  );
}

function RedirectUri({ value }: { value: string }) {
  return (
    <>
      Register Steward there as a web application with the redirect address <code>{value}</code>{" "}
      <CopyButton value={value} label="Copy" />
    </>
  );
}

interface Acts {
  readonly onChange: (provider: IdentityProvider) => void;
  readonly onRemove: (provider: IdentityProvider) => void;
  readonly onProvision: (provider: IdentityProvider) => void;
}

function columnsFor(may: May, { onChange, onRemove, onProvision }: Acts): DataColumn<IdentityProvider>[] {
  return [
    { id: "name", header: "Name", cell: ({ name }) => name },
    { id: "issuer", header: "Issuer", cell: ({ issuer }) => issuer },
    { id: "state", header: "State", cell: ({ enabled }) => (enabled ? "on" : "off") },
    { id: "joins", header: "New people", cell: ({ joins }) => (joins ? "join by themselves" : "are let in first") },
    {
      id: "factor",
      header: "Second factor",
      cell: ({ secondFactor }) => (secondFactor ? "asked for there" : "as set here"),
    },
    { id: "people", header: "People", cell: ({ people }) => people.toLocaleString("en"), align: "end" },
    {
      id: "act",
      header: "Do",
      cell: (provider) => (
        <Group gap={6}>
          <Button
            size="compact-sm"
            variant="default"
            disabled={!may.allowed}
            title={may.reason ?? undefined}
            aria-label={`Change ${provider.name}`}
            onClick={() => onChange(provider)}
          >
            Change
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Provisioning by ${provider.name}`}
            onClick={() => onProvision(provider)}
          >
            Provisioning
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            disabled={!may.allowed}
            title={may.reason ?? undefined}
            aria-label={`Remove ${provider.name}`}
            onClick={() => onRemove(provider)}
          >
            Remove
          </Button>
        </Group>
      ),
    },
  ];
}

interface RemoveProps {
  provider: IdentityProvider;
  onDone: () => Promise<void>;
  onClose: () => void;
}

function Remove({ provider, onDone, onClose }: RemoveProps) {
  const remove = useMutation({
    mutationFn: async () => api.removeIdentityProvider({ params: { id: provider.id } }),
    onSuccess: onDone,
  });
  return (
    <Alert
      title={`Remove ${provider.name}?`}
      color="yellow"
      withCloseButton
      closeButtonLabel="Keep it"
      onClose={onClose}
      mb={16}
    >
      {remove.isError ? <ErrorState problem={problemView(remove.error)} /> : null}
      <Text size="sm" mb={8}>
        The sessions of {provider.people.toLocaleString("en")} people who signed in by it end. They stay members, and
        need a password or another provider to come back.
      </Text>
      <Button size="compact-sm" loading={remove.isPending} onClick={() => remove.mutate()}>
        Remove it
      </Button>
    </Alert>
  );
}
