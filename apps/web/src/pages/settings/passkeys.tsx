import { Alert, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import type { Passkey } from "@steward/client";
import { type DataColumn, DataTable, EmptyState, ErrorState, FieldErrorSummary, Panel, Time } from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { SESSION_KEY } from "../../data/session.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { problemView } from "../../shell/page-error.tsx";
import { makePasskey, passkeysAreSupported } from "../access/passkey.ts";
import { deviceWords } from "./device-words.ts";
import { RecoveryCodes } from "./recovery-codes.tsx";

/** Passkeys of the signed-in person: adding, and removing each. */
export function Passkeys({ hasApp }: { hasApp: boolean }) {
  const queries = useQueryClient();
  const [codes, setCodes] = useState<string[]>();
  const [removing, setRemoving] = useState<Passkey>();
  const [adding, setAdding] = useState(false);
  const passkeys = useQuery({
    queryKey: ["account", "passkeys"],
    queryFn: ({ signal }) => api.listPasskeys({ signal }),
  });
  const refresh = async () => {
    setRemoving(undefined);
    setAdding(false);
    await queries.invalidateQueries({ queryKey: ["account"] });
    await queries.invalidateQueries({ queryKey: SESSION_KEY });
  };
  return (
    <>
      {codes ? <RecoveryCodes codes={codes} onClose={() => setCodes(undefined)} /> : null}
      {passkeys.isError ? (
        <ErrorState problem={problemView(passkeys.error)} onRetry={() => void passkeys.refetch()} />
      ) : (
        <DataTable
          label="Passkeys"
          storageKey="passkeys"
          rows={passkeys.data?.items ?? []}
          columns={columnsFor(setRemoving)}
          rowId={({ id }) => id}
          loading={passkeys.isPending}
          empty={<EmptyState title="No passkey yet">With one, a fingerprint, a face or a PIN signs you in.</EmptyState>}
        />
      )}
      {removing ? (
        <Panel>
          <Remove
            key={removing.id}
            passkey={removing}
            hasApp={hasApp}
            onDone={refresh}
            onCancel={() => setRemoving(undefined)}
          />
        </Panel>
      ) : null}
      {!passkeysAreSupported() ? (
        <Text size="sm">This browser knows no passkeys, or the address of Steward is not secure (https).</Text>
      ) : adding ? (
        <Panel>
          <AddPasskey
            hasApp={hasApp}
            onDone={async (recoveryCodes) => {
              setCodes(recoveryCodes ?? undefined);
              await refresh();
            }}
          />
        </Panel>
      ) : (
        <Group mt={12}>
          <Button variant="default" onClick={() => setAdding(true)}>
            Add a passkey
          </Button>
        </Group>
      )}
    </>
  );
}

function columnsFor(onRemove: (passkey: Passkey) => void): DataColumn<Passkey>[] {
  return [
    { id: "name", header: "Name", cell: ({ name }) => name },
    { id: "kept", header: "Kept", cell: ({ backedUp }) => (backedUp ? "by its provider" : "on the device alone") },
    { id: "added", header: "Added", cell: ({ createdAt }) => <Time at={createdAt} /> },
    { id: "used", header: "Last used", cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : "never") },
    {
      id: "act",
      header: "Remove",
      cell: (passkey) => (
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Remove ${passkey.name}`}
          onClick={() => onRemove(passkey)}
        >
          Remove
        </Button>
      ),
    },
  ];
}

interface AddPasskeyProps {
  hasApp: boolean;
  onDone: (recoveryCodes: string[] | null) => Promise<void>;
}

function AddPasskey({ hasApp, onDone }: AddPasskeyProps) {
  const form = useApiForm({
    initial: { name: deviceWords(window.navigator.userAgent), password: "", code: "" },
    labels: { name: "Name of the passkey", password: "Your password", code: "Code" },
    check: ({ name, password }) => ({
      ...(name.trim() === "" ? { name: "Give it a name by which you know it again." } : {}),
      ...(password === "" ? { password: "Give your password." } : {}),
    }),
    send: async ({ name, password, code }) =>
      makePasskey(name, hasApp ? { password, code: code.trim() } : { password }),
    onDone: async ({ recoveryCodes }) => onDone(recoveryCodes),
  });
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 480 }}>
      <FieldErrorSummary title="The passkey is not added yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <TextInput
          {...form.field("name")}
          value={form.values.name}
          onChange={(event) => form.set("name", event.currentTarget.value)}
        />
        <ProofFields form={form} hasApp={hasApp} />
        <Group>
          <Button type="submit" loading={form.busy}>
            Make the passkey
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ProofForm {
  field: (name: "password" | "code") => { id: string; name: string; label: string; error: string | undefined };
  values: { password: string; code: string };
  set: (name: "password" | "code", value: string) => void;
}

/** An open session must not be enough. */
function ProofFields({ form, hasApp }: { form: ProofForm; hasApp: boolean }) {
  return (
    <>
      <PasswordInput
        {...form.field("password")}
        autoComplete="current-password"
        value={form.values.password}
        onChange={(event) => form.set("password", event.currentTarget.value)}
        visibilityToggleButtonProps={{ "aria-label": "Show or hide the password" }}
      />
      {hasApp ? (
        <TextInput
          {...form.field("code")}
          description="Of your authenticator app, or a recovery code."
          autoComplete="one-time-code"
          value={form.values.code}
          onChange={(event) => form.set("code", event.currentTarget.value)}
        />
      ) : null}
    </>
  );
}

interface RemoveProps {
  passkey: Passkey;
  hasApp: boolean;
  onDone: () => Promise<void>;
  onCancel: () => void;
}

function Remove({ passkey, hasApp, onDone, onCancel }: RemoveProps) {
  const form = useApiForm({
    initial: { password: "", code: "" },
    labels: { password: "Your password", code: "Code" },
    check: ({ password }) => (password === "" ? { password: "Give your password." } : {}),
    send: async ({ password, code }) =>
      api.removePasskey({
        params: { id: passkey.id },
        body: hasApp ? { password, code: code.trim() } : { password },
      }),
    onDone,
  });
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 480 }}>
      <FieldErrorSummary title="Not removed yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <Alert title={`Remove ${passkey.name}?`} color="yellow">
          It opens your account no more. Delete it on the device as well.
        </Alert>
        <ProofFields form={form} hasApp={hasApp} />
        <Group gap={8}>
          <Button type="submit" loading={form.busy}>
            Remove the passkey
          </Button>
          <Button variant="default" onClick={onCancel}>
            Keep it
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
