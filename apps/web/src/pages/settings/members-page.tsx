import { Alert, Button, Group, Modal, MultiSelect, Stack, Text, TextInput } from "@mantine/core";
import { ACCESS_ROLES, type Member } from "@steward/client";
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
} from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { type May, useMay } from "../../data/session.ts";
import { useApiForm } from "../../forms/use-api-form.ts";
import { problemView } from "../../shell/page-error.tsx";
import { usePageTitle } from "../../shell/page-title.tsx";

type AccessRole = Member["roles"][number];
interface ShownLink {
  name: string;
  url: string | null;
  expiresAt: string | null;
}

const ROLE_OPTIONS = Object.entries(ACCESS_ROLES).map(([value, meaning]) => ({
  value,
  label: `${value.replaceAll("_", " ")}: ${meaning}`,
}));

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
    { id: "state", header: "State", cell: ({ state }) => state },
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

function LinkShown({ link, onClose }: { link: ShownLink; onClose: () => void }) {
  return (
    <Alert
      title={link.url === null ? `${link.name} can sign in now` : `One-time link for ${link.name}`}
      withCloseButton
      closeButtonLabel="Close"
      onClose={onClose}
      mb={16}
    >
      {link.url === null ? (
        <Text size="sm">They belong to another organisation here, and sign in with the password that they have.</Text>
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
  const form = useApiForm({
    initial: { name: "", email: "", roles: ["reader"] as AccessRole[] },
    labels: { name: "Name", email: "E-mail", roles: "Access roles" },
    send: async (values) =>
      api.addMember({ body: { name: values.name, email: values.email.trim(), roles: values.roles } }),
    onDone: ({ member, link }) => {
      void queries.invalidateQueries({ queryKey: ["members"] });
      onAdded({ name: member.name, url: link?.url ?? null, expiresAt: link?.expiresAt ?? null });
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
        <Group>
          <Button type="submit" loading={form.busy}>
            Let in
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ChangeMemberProps {
  member: Member;
  onLink: (link: ShownLink) => void;
  onClose: () => void;
}

function ChangeMember({ member, onLink, onClose }: ChangeMemberProps) {
  const [roles, setRoles] = useState(member.roles);
  const [reason, setReason] = useState("");
  const queries = useQueryClient();
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["members"] });
    onClose();
  };
  const change = useMutation({
    mutationFn: async (body: { roles?: AccessRole[]; disabled?: boolean }) =>
      api.changeMember({ params: { id: member.id }, body }),
    onSuccess: done,
  });
  const renew = useMutation({
    mutationFn: async () => api.makeMemberLink({ params: { id: member.id } }),
    onSuccess: ({ url, expiresAt }) => {
      onLink({ name: member.name, url, expiresAt });
      done();
    },
  });
  const reset = useMutation({
    mutationFn: async () => api.resetMemberSecondFactor({ params: { id: member.id }, body: { changeReason: reason } }),
    onSuccess: done,
  });
  const error = change.error ?? renew.error ?? reset.error;
  return (
    <Modal opened onClose={onClose} title={`Change ${member.name}`} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap={16}>
        {error ? <ErrorState problem={problemView(error)} /> : null}
        <MultiSelect
          label="Access roles"
          data={ROLE_OPTIONS}
          value={roles}
          onChange={(chosen) => setRoles(chosen as AccessRole[])}
        />
        <Group gap={8}>
          <Button disabled={roles.length === 0} loading={change.isPending} onClick={() => change.mutate({ roles })}>
            Save
          </Button>
          <Button variant="default" onClick={() => change.mutate({ disabled: member.state !== "disabled" })}>
            {member.state === "disabled" ? "Enable" : "Disable and sign out"}
          </Button>
          <Button variant="default" loading={renew.isPending} onClick={() => renew.mutate()}>
            New link
          </Button>
        </Group>
        {member.secondFactor ? (
          <Group gap={8} align="end">
            <TextInput
              label="Reason"
              description="Who lost the second factor, and how you know that it is them."
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              style={{ flex: 1 }}
            />
            <Button
              variant="default"
              disabled={reason.trim() === ""}
              loading={reset.isPending}
              onClick={() => reset.mutate()}
            >
              Take off the second factor
            </Button>
          </Group>
        ) : null}
      </Stack>
    </Modal>
  );
}
