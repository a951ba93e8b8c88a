import {
  Button,
  Checkbox,
  Fieldset,
  Group,
  MultiSelect,
  PasswordInput,
  Stack,
  TagsInput,
  TextInput,
} from "@mantine/core";
import type { IdentityProvider } from "@steward/client";
import { FieldErrorSummary } from "@steward/ui";

import { api } from "../../api.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { GroupRoles } from "./group-roles.tsx";
import { type AccessRole, ROLE_OPTIONS } from "./members.ts";

interface ProviderFormProps {
  /** Undefined: a new one. */
  provider: IdentityProvider | undefined;
  onDone: () => Promise<void>;
  onCancel: (() => void) | undefined;
}

const LABELS = {
  name: "Name",
  issuer: "Issuer",
  clientId: "Client id",
  clientSecret: "Client secret",
  scopes: "Scopes",
  enabled: "People can sign in by it",
  listed: "The sign-in page names it",
  joins: "Whoever it knows joins at the first sign-in",
  domains: "E-mail domains",
  secondFactor: "It asks for a second factor itself",
  defaultRoles: "Access roles of everybody who joins by it",
  groupsClaim: "Claim with the groups",
  groupRoles: "Access roles by group",
};

const NEW = {
  name: "",
  issuer: "",
  clientId: "",
  scopes: "openid profile email",
  enabled: true,
  listed: true,
  joins: false,
  domains: [] as string[],
  secondFactor: false,
  defaultRoles: [] as AccessRole[],
  groupsClaim: "groups",
  groupRoles: [] as { group: string; roles: AccessRole[] }[],
};

/** Adds an identity provider, or changes one. */
export function ProviderForm({ provider, onDone, onCancel }: ProviderFormProps) {
  const form = useProviderForm(provider, onDone);
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 720 }}>
      <FieldErrorSummary title="The provider is not saved yet" errors={form.summary} attempt={form.attempt} />
      <Stack gap={24}>
        <Connection form={form} isNew={provider === undefined} />
        <People form={form} />
        <Group gap={8}>
          <Button type="submit" loading={form.busy}>
            {provider === undefined ? "Add the provider" : "Save"}
          </Button>
          {onCancel ? (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          ) : null}
        </Group>
      </Stack>
    </form>
  );
}

function useProviderForm(provider: IdentityProvider | undefined, onDone: () => Promise<void>) {
  const { id, people: _people, redirectUri: _uri, createdAt: _created, ...settings } = provider ?? { id: "" };
  return useApiForm({
    initial: { ...NEW, ...settings, clientSecret: "" },
    labels: LABELS,
    check: ({ clientSecret }) =>
      provider === undefined && clientSecret === "" ? { clientSecret: "Give the secret of the client." } : {},
    send: async ({ clientSecret, ...values }) => {
      if (provider === undefined) return api.createIdentityProvider({ body: { ...values, clientSecret } });
      const secret = clientSecret === "" ? {} : { clientSecret };
      return api.changeIdentityProvider({ params: { id }, body: { ...values, ...secret } });
    },
    onDone,
  });
}

type Form = ReturnType<typeof useProviderForm>;

function Connection({ form, isNew }: { form: Form; isNew: boolean }) {
  const text = (name: "name" | "issuer" | "clientId" | "scopes", description: string) => (
    <TextInput
      {...form.field(name)}
      description={description}
      value={form.values[name]}
      onChange={(event) => form.set(name, event.currentTarget.value)}
    />
  );
  return (
    <Fieldset legend="Connection">
      <Stack gap={16}>
        {text("name", "Stands on the button: Sign in with …")}
        {text("issuer", "The address below which /.well-known/openid-configuration stands. It is read when you save.")}
        {text("clientId", "As the provider shows it for this application.")}
        <PasswordInput
          {...form.field("clientSecret")}
          description={isNew ? "Kept sealed; never shown again." : "Leave it empty to keep the one that is set."}
          autoComplete="off"
          value={form.values.clientSecret}
          onChange={(event) => form.set("clientSecret", event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show or hide the secret" }}
        />
        {text("scopes", "Some providers want one more to tell groups.")}
        <Checkbox
          {...form.field("enabled")}
          checked={form.values.enabled}
          onChange={(event) => form.set("enabled", event.currentTarget.checked)}
        />
        <Checkbox
          {...form.field("listed")}
          description="Everybody who opens the page sees the name. Otherwise people use the address /sign-in?provider=…"
          checked={form.values.listed}
          onChange={(event) => form.set("listed", event.currentTarget.checked)}
        />
        <Checkbox
          {...form.field("secondFactor")}
          description="Then Steward asks for none after it, also where a role demands one."
          checked={form.values.secondFactor}
          onChange={(event) => form.set("secondFactor", event.currentTarget.checked)}
        />
      </Stack>
    </Fieldset>
  );
}

function People({ form }: { form: Form }) {
  return (
    <Fieldset legend="People">
      <Stack gap={16}>
        <Checkbox
          {...form.field("joins")}
          description="Otherwise only whom you let in under Members."
          checked={form.values.joins}
          onChange={(event) => form.set("joins", event.currentTarget.checked)}
        />
        <TagsInput
          {...form.field("domains")}
          description="Only addresses there are accepted; none: any."
          value={form.values.domains}
          onChange={(domains) => form.set("domains", domains)}
        />
        <MultiSelect
          {...form.field("defaultRoles")}
          data={ROLE_OPTIONS}
          value={form.values.defaultRoles}
          onChange={(roles) => form.set("defaultRoles", roles as AccessRole[])}
        />
        <TextInput
          {...form.field("groupsClaim")}
          description="Of the ID token or of the user info."
          value={form.values.groupsClaim}
          onChange={(event) => form.set("groupsClaim", event.currentTarget.value)}
        />
        <GroupRoles
          label={LABELS.groupRoles}
          description="Of people who joined by the provider, at each sign-in. Roles that you gave under Members stay."
          value={form.values.groupRoles}
          onChange={(groupRoles) => form.set("groupRoles", groupRoles)}
        />
      </Stack>
    </Fieldset>
  );
}
