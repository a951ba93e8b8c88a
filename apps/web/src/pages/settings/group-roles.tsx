import { Button, Group, Input, MultiSelect, Stack, TextInput } from "@mantine/core";

import { type AccessRole, ROLE_OPTIONS } from "./members.ts";

interface GroupRole {
  group: string;
  roles: AccessRole[];
}

interface GroupRolesProps {
  label: string;
  description: string;
  value: GroupRole[];
  onChange: (value: GroupRole[]) => void;
}

/** Which access roles follow which group, one line each. */
export function GroupRoles({ label, description, value, onChange }: GroupRolesProps) {
  const replace = (at: number, line: Partial<GroupRole>) =>
    onChange(value.map((before, index) => (index === at ? { ...before, ...line } : before)));
  return (
    <Input.Wrapper label={label} description={description} labelElement="div">
      <Stack gap={8} mt={8}>
        {value.map(({ group, roles }, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- a line is what stands in its place; groups may be empty or equal while they are typed
          <Group key={index} gap={8} align="end" wrap="wrap">
            <TextInput
              label="Group"
              value={group}
              onChange={(event) => replace(index, { group: event.currentTarget.value })}
              style={{ flex: "1 1 180px" }}
            />
            <MultiSelect
              label="Access roles"
              data={ROLE_OPTIONS}
              value={roles}
              onChange={(chosen) => replace(index, { roles: chosen as AccessRole[] })}
              style={{ flex: "2 1 240px" }}
            />
            <Button
              variant="default"
              aria-label={`Remove the group ${group || index + 1}`}
              onClick={() => onChange(value.filter((_, at) => at !== index))}
            >
              Remove
            </Button>
          </Group>
        ))}
        <Group>
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => onChange([...value, { group: "", roles: ["reader"] }])}
          >
            Add a group
          </Button>
        </Group>
      </Stack>
    </Input.Wrapper>
  );
}
