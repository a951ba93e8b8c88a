import { Alert, Button, Group, Text } from "@mantine/core";
import { Time } from "@steward/ui";

import { useEndEmergency } from "../data/emergency.ts";
import { useSession } from "../data/session.ts";

/** Says on every page that more is allowed than usual. */
export function EmergencyNotice() {
  const { emergency } = useSession();
  const close = useEndEmergency();
  if (emergency === null) return null;
  const roles = emergency.roles.map((role) => role.replaceAll("_", " ")).join(", ");
  return (
    <Alert color="yellow" title={`Emergency access: ${roles}`} radius={0}>
      <Group gap={12}>
        <Text size="sm">
          It ends <Time at={emergency.expiresAt} />.
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          loading={close.isPending}
          onClick={() => close.mutate(emergency.id)}
        >
          End it now
        </Button>
      </Group>
    </Alert>
  );
}
