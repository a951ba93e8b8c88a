import { Button, Group, Modal, MultiSelect, Stack, Text, TextInput } from "@mantine/core";
import type { Member } from "@steward/client";
import { dayOf, ErrorState, useUi } from "@steward/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { api } from "../../api.ts";
import { signInOptionsQuery } from "../../data/session.ts";
import { problemView } from "../../shell/page-error.tsx";
import { AccessLimits, limitsOf } from "./access-limits.tsx";
import { type AccessRole, ROLE_OPTIONS, type ShownLink } from "./members.ts";

interface ChangeMemberProps {
  member: Member;
  onLink: (link: ShownLink) => void;
  onClose: () => void;
}

/** Changes what a member may do, and how they get in. */
export function ChangeMember({ member, onLink, onClose }: ChangeMemberProps) {
  const { timeZone } = useUi();
  const [roles, setRoles] = useState(member.roles);
  const [limits, setLimits] = useState({
    systemIds: (member.systems ?? []).map(({ id }) => id),
    lastDay: member.expiresAt === null ? "" : dayOf(member.expiresAt, timeZone),
  });
  const [reason, setReason] = useState("");
  const queries = useQueryClient();
  const mails = useQuery(signInOptionsQuery).data?.recoveryByMail ?? false;
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["members"] });
    onClose();
  };
  const change = useMutation({
    mutationFn: async (body: { roles?: AccessRole[]; disabled?: boolean } & Partial<ReturnType<typeof limitsOf>>) =>
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
  const mail = useMutation({
    mutationFn: async () => api.mailMemberLink({ params: { id: member.id } }),
    onSuccess: () => {
      onLink({ name: member.name, url: null, expiresAt: null, mailedTo: member.email });
      done();
    },
  });
  const revoke = useMutation({
    mutationFn: async () => api.revokeMemberLink({ params: { id: member.id } }),
    onSuccess: done,
  });
  const reset = useMutation({
    mutationFn: async () => api.resetMemberSecondFactor({ params: { id: member.id }, body: { changeReason: reason } }),
    onSuccess: done,
  });
  const error = change.error ?? renew.error ?? mail.error ?? revoke.error ?? reset.error;
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
        <AccessLimits roles={roles} value={limits} onChange={setLimits} />
        <Group gap={8}>
          <Button
            disabled={roles.length === 0}
            loading={change.isPending}
            onClick={() => change.mutate({ roles, ...limitsOf(roles, limits, timeZone) })}
          >
            Save
          </Button>
          <Button variant="default" onClick={() => change.mutate({ disabled: member.state !== "disabled" })}>
            {member.state === "disabled" ? "Enable" : "Disable and sign out"}
          </Button>
        </Group>
        <Stack gap={8}>
          <Text size="sm" fw={600}>
            One-time link
          </Text>
          <Text size="sm">
            For whoever did not join yet, or lost the password. A new one ends the one before.
            {member.link?.mailError ? ` ${member.link.mailError}` : ""}
          </Text>
          <Group gap={8}>
            <Button variant="default" loading={renew.isPending} onClick={() => renew.mutate()}>
              New link
            </Button>
            <Button
              variant="default"
              loading={mail.isPending}
              disabled={!mails}
              title={mails ? undefined : "The operator has not named a mail server."}
              onClick={() => mail.mutate()}
            >
              Mail a new link
            </Button>
            {member.link === null ? null : (
              <Button variant="default" loading={revoke.isPending} onClick={() => revoke.mutate()}>
                {member.state === "invited" ? "Revoke the invitation" : "Revoke the link"}
              </Button>
            )}
          </Group>
        </Stack>
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
