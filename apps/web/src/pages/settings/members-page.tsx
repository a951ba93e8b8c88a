import { Alert, Button, Group, MultiSelect, Radio, Stack, Text, TextInput } from "@mantine/core";
import type { Member } from "@steward/client";
import {
  CopyButton,
  type DataColumn,
  DataTable,
  EmptyState,
  ErrorState,
  FieldErrorSummary,
  PageHeader,
  Section,
  Time,
  useUi,
} from "@steward/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { type May, signInOptionsQuery, useMay } from "../../data/session.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";
import { AccessLimits, limitsOf } from "./access-limits.tsx";
import { ChangeMember } from "./change-member.tsx";
import { type AccessRole, linkWords, ROLE_OPTIONS, type ShownLink } from "./members.ts";

const NO_LIMITS = { systemIds: [] as string[], lastDay: "" };

/** Who may sign in, and what they may do. */
export function MembersPage() {
  usePageTitle("Members");
  const may = useMay("access.write");
  const members = useQuery({ queryKey: ["members"], queryFn: ({ signal }) => api.listMembers({ signal }) });
  const [link, setLink] = useState<ShownLink>();
  const [changing, setChanging] = useState<Member>();
  return (
    <>
      <PageHeader title="Members" sentence="Who may sign in to this organisation, and what each may do." />
      {link ? <LinkShown link={link} onClose={() => setLink(undefined)} /> : null}
      {members.isError ? (
        <ErrorState problem={problemView(members.error)} onRetry={() => void members.refetch()} />
      ) : (
        <DataTable
          label="Members"
          storageKey="members"
          rows={members.data?.items ?? []}
          columns={columnsFor(may, setChanging)}
          rowId={({ id }) => id}
          loading={members.isPending}
          empty={<EmptyState title="Nobody yet">Let the first person in below.</EmptyState>}
        />
      )}
      <Section title="Let a person in">
        {may.allowed ? <AddMember onAdded={setLink} /> : <Text>{may.reason}</Text>}
      </Section>
      {changing ? <ChangeMember member={changing} onLink={setLink} onClose={() => setChanging(undefined)} /> : null}
    </>
  );
}

function columnsFor(may: May, onChange: (member: Member) => void): DataColumn<Member>[] {
  return [
    { id: "name", header: "Name", cell: ({ name }) => name },
    { id: "email", header: "E-mail", cell: ({ email }) => email },
    {
      id: "roles",
      header: "Access roles",
      cell: ({ roles }) => roles.map((role) => role.replaceAll("_", " ")).join(", "),
    },
    {
      id: "systems",
      header: "AI systems",
      cell: ({ systems }) => systems?.map(({ name }) => name).join(", ") ?? "all",
    },
    {
      id: "state",
      header: "State",
      cell: ({ state, expiresAt }) =>
        expiresAt === null ? (
          state
        ) : (
          <>
            {state}, {state === "expired" ? "since" : "until"} <Time at={expiresAt} />
          </>
        ),
    },
    {
      id: "link",
      header: "Open link",
      cell: ({ link }) =>
        link === null ? (
          "none"
        ) : (
          <>
            {linkWords(link)} until <Time at={link.expiresAt} />
          </>
        ),
    },
    { id: "factor", header: "Second factor", cell: ({ secondFactor }) => (secondFactor ? "on" : "off") },
    {
      id: "last",
      header: "Last sign-in",
      cell: ({ lastSignInAt }) => (lastSignInAt ? <Time at={lastSignInAt} /> : "never"),
    },
    {
      id: "act",
      header: "Change",
      cell: (member) => (
        <Button
          size="compact-sm"
          variant="default"
          disabled={!may.allowed}
          title={may.reason ?? undefined}
          aria-label={`Change ${member.name}`}
          onClick={() => onChange(member)}
        >
          Change
        </Button>
      ),
    },
  ];
}

function titleOf({ name, url, mailedTo }: ShownLink): string {
  if (mailedTo !== undefined) return `A mail for ${name} is queued`;
  return url === null ? `${name} can sign in now` : `One-time link for ${name}`;
}

function LinkShown({ link, onClose }: { link: ShownLink; onClose: () => void }) {
  return (
    <Alert title={titleOf(link)} withCloseButton closeButtonLabel="Close" onClose={onClose} mb={16}>
      {link.mailedTo !== undefined ? (
        <Text size="sm">It is on its way to {link.mailedTo}. The table below says what became of it.</Text>
      ) : link.url === null ? (
        <Text size="sm">They have an account already.</Text>
      ) : (
        <Stack gap={8}>
          <Text size="sm">Give it to them over a channel that you trust. It works once and is not shown again.</Text>
          <code style={{ overflowWrap: "anywhere" }}>{link.url}</code>
          <CopyButton value={link.url} label="Copy the link" />
          {link.expiresAt === null ? null : (
            <Text size="sm">
              It expires <Time at={link.expiresAt} />.
            </Text>
          )}
        </Stack>
      )}
    </Alert>
  );
}

function AddMember({ onAdded }: { onAdded: (link: ShownLink) => void }) {
  const queries = useQueryClient();
  const { timeZone } = useUi();
  const options = useQuery(signInOptionsQuery);
  const mails = options.data?.recoveryByMail ?? false;
  const form = useApiForm({
    initial: {
      name: "",
      email: "",
      roles: ["reader"] as AccessRole[],
      deliver: "" as "" | "link" | "email",
      limits: NO_LIMITS,
    },
    labels: { name: "Name", email: "E-mail", roles: "Access roles", deliver: "One-time link", limits: "Limits" },
    send: async ({ name, email, roles, deliver, limits }) => {
      const chosen = deliver === "" ? (mails ? "email" : "link") : deliver;
      const added = await api.addMember({
        body: { name, email: email.trim(), roles, deliver: chosen, ...limitsOf(roles, limits, timeZone) },
      });
      return { ...added, mailed: chosen === "email" };
    },
    onDone: ({ member, link, mailed }) => {
      void queries.invalidateQueries({ queryKey: ["members"] });
      onAdded({
        name: member.name,
        url: link?.url ?? null,
        expiresAt: link?.expiresAt ?? null,
        mailedTo: mailed ? member.email : undefined,
      });
    },
  });
  return (
    <form onSubmit={form.submit} noValidate style={{ maxWidth: 720 }}>
      <FieldErrorSummary title="Something is missing" errors={form.summary} attempt={form.attempt} />
      <Stack gap={16}>
        <TextInput
          {...form.field("name")}
          value={form.values.name}
          onChange={(event) => form.set("name", event.currentTarget.value)}
        />
        <TextInput
          {...form.field("email")}
          type="email"
          description="They sign in with it."
          value={form.values.email}
          onChange={(event) => form.set("email", event.currentTarget.value)}
        />
        <MultiSelect
          {...form.field("roles")}
          data={ROLE_OPTIONS}
          value={form.values.roles}
          onChange={(roles) => form.set("roles", roles as AccessRole[])}
        />
        <AccessLimits
          roles={form.values.roles}
          value={form.values.limits}
          onChange={(limits) => form.set("limits", limits)}
          errors={form.errors}
        />
        <Radio.Group
          {...form.field("deliver")}
          description={mails ? undefined : "Steward sends no mail here: the operator has not named a mail server."}
          value={form.values.deliver === "" ? (mails ? "email" : "link") : form.values.deliver}
          onChange={(value) => form.set("deliver", value as "link" | "email")}
        >
          <Stack gap={8} mt={8}>
            <Radio value="email" label="Mail it" disabled={!mails} />
            <Radio value="link" label="Show it to me, I hand it over" />
          </Stack>
        </Radio.Group>
        <Group>
          <Button type="submit" loading={form.busy}>
            Let in
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
