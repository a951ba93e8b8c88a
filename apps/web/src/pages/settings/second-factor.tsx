import { Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { CopyButton, FieldErrorSummary, Panel, Time } from "@steward/ui";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { api } from "../../api.ts";
import { SESSION_KEY } from "../../data/session.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { QrCode } from "./qr-code.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";

interface Factor {
  enabled: boolean;
  required: boolean;
  since: string | null;
  recoveryCodesLeft: number;
}

/** Few enough that a person should make new ones before the last is gone. */
const FEW_CODES = 3;

/** Sets up an authenticator app, renews its recovery codes, and takes it off again. */
export function SecondFactor({ factor }: { factor: Factor }) {
  const queries = useQueryClient();
  const [codes, setCodes] = useState<string[]>();
  const refresh = async () => {
    await queries.invalidateQueries({ queryKey: ["account"] });
    await queries.invalidateQueries({ queryKey: SESSION_KEY });
  };
  const onCodes = async (made: string[]) => {
    setCodes(made);
    await refresh();
  };
  return (
    <Panel>
      {codes ? <RecoveryCodes codes={codes} onClose={() => setCodes(undefined)} /> : null}
      {factor.enabled ? <Enabled factor={factor} onCodes={onCodes} onRemoved={refresh} /> : <SetUp onCodes={onCodes} />}
    </Panel>
  );
}

function SetUp({ onCodes }: { onCodes: (codes: string[]) => Promise<void> }) {
  const [made, setMade] = useState<{ secret: string; uri: string }>();
  const start = useApiForm({
    initial: { password: "" },
    labels: { password: "Your password" },
    check: ({ password }) => (password === "" ? { password: "Give your password." } : {}),
    send: ({ password }) => api.startSecondFactor({ body: { password } }),
    onDone: setMade,
  });
  if (made) return <Confirm made={made} onCodes={onCodes} />;
  return (
    <form onSubmit={start.submit} noValidate style={{ maxWidth: 480 }}>
      <FieldErrorSummary title="Not started yet" errors={start.summary} attempt={start.attempt} />
      <Stack gap={16}>
        <Text size="sm">
          Off. With it a stolen password alone does not open your account. Any authenticator app will do.
        </Text>
        <PasswordInput
          {...start.field("password")}
          autoComplete="current-password"
          value={start.values.password}
          onChange={(event) => start.set("password", event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show or hide the password" }}
        />
        <Group>
          <Button type="submit" loading={start.busy}>
            Set up an authenticator app
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Confirm({
  made,
  onCodes,
}: {
  made: { secret: string; uri: string };
  onCodes: (codes: string[]) => Promise<void>;
}) {
  const form = useApiForm({
    initial: { code: "" },
    labels: { code: "Code" },
    check: ({ code }) => (code.trim() === "" ? { code: "Give the code that the app shows." } : {}),
    send: ({ code }) => api.confirmSecondFactor({ body: { code: code.trim() } }),
    onDone: ({ recoveryCodes }) => onCodes(recoveryCodes),
  });
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 480 }}>
      <FieldErrorSummary title="Not confirmed yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <Text size="sm">Scan this with the app, or type the secret into it. Then give the code that it shows.</Text>
        <QrCode text={made.uri} label="QR code for your authenticator app" />
        <Group gap={8}>
          <code>{made.secret.replaceAll(/(.{4})(?=.)/g, "$1 ")}</code>
          <CopyButton value={made.secret} label="Copy" />
        </Group>
        <TextInput
          {...form.field("code")}
          autoComplete="one-time-code"
          inputMode="numeric"
          value={form.values.code}
          onChange={(event) => form.set("code", event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={form.busy}>
            Confirm
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface EnabledProps {
  factor: Factor;
  onCodes: (codes: string[]) => Promise<void>;
  onRemoved: () => Promise<void>;
}

function Enabled({ factor, onCodes, onRemoved }: EnabledProps) {
  const [act, setAct] = useState<"renew" | "remove">();
  const few = factor.recoveryCodesLeft <= FEW_CODES;
  return (
    <Stack gap={16}>
      <Text size="sm">
        On{factor.since === null ? "" : " since "}
        {factor.since === null ? null : <Time at={factor.since} />}. {factor.recoveryCodesLeft} recovery codes are left
        {few ? "; make new ones soon." : "."}
      </Text>
      <Group gap={8}>
        <Button variant="default" onClick={() => setAct("renew")}>
          New recovery codes
        </Button>
        <Button variant="default" onClick={() => setAct("remove")}>
          Remove
        </Button>
      </Group>
      {act === "renew" ? (
        <ProofForm
          key="renew"
          lead="The recovery codes that you have stop working."
          button="Make new recovery codes"
          send={async (proof) => (await api.renewRecoveryCodes({ body: proof })).recoveryCodes}
          onDone={async (codes) => {
            setAct(undefined);
            await onCodes(codes);
          }}
        />
      ) : null}
      {act === "remove" ? (
        <ProofForm
          key="remove"
          lead={
            factor.required
              ? "Your role here demands it: you will have to set up another before you can go on."
              : "From then on your password alone opens your account."
          }
          button="Remove the second factor"
          send={async (proof) => api.removeSecondFactor({ body: proof })}
          onDone={onRemoved}
        />
      ) : null}
    </Stack>
  );
}

interface ProofFormProps<R> {
  lead: ReactNode;
  button: string;
  send: (proof: { password: string; code: string }) => Promise<R>;
  onDone: (result: R) => Promise<void>;
}

/** Password and code again: a session that somebody left open must not be enough. */
function ProofForm<R>({ lead, button, send, onDone }: ProofFormProps<R>) {
  const form = useApiForm({
    initial: { password: "", code: "" },
    labels: { password: "Your password", code: "Code" },
    check: ({ password, code }) => ({
      ...(password === "" ? { password: "Give your password." } : {}),
      ...(code.trim() === "" ? { code: "Give a code of the app, or a recovery code." } : {}),
    }),
    send: ({ password, code }) => send({ password, code: code.trim() }),
    onDone,
  });
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 480 }}>
      <FieldErrorSummary title="Not done yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <Text size="sm">{lead}</Text>
        <PasswordInput
          {...form.field("password")}
          autoComplete="current-password"
          value={form.values.password}
          onChange={(event) => form.set("password", event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show or hide the password" }}
        />
        <TextInput
          {...form.field("code")}
          autoComplete="one-time-code"
          value={form.values.code}
          onChange={(event) => form.set("code", event.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={form.busy}>
            {button}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
