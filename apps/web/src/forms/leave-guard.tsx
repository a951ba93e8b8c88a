import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";

/** Asks before unsaved changes are lost, whether a person leaves the page or the browser does. */
export function LeaveGuard({ isDirty }: { isDirty: () => boolean }) {
  const blocker = useBlocker({ shouldBlockFn: isDirty, enableBeforeUnload: isDirty, withResolver: true });
  if (blocker.status !== "blocked") return null;
  return (
    <Modal opened onClose={blocker.reset} title="Leave without saving?" closeButtonProps={{ "aria-label": "Stay" }}>
      <Text size="sm">What you changed on this page is not saved yet, and would be lost.</Text>
      <Group mt={16} gap={8}>
        <Button onClick={blocker.reset}>Stay</Button>
        <Button variant="default" onClick={blocker.proceed}>
          Leave
        </Button>
      </Group>
    </Modal>
  );
}
