import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { problemView } from "../shell/page-error.tsx";

interface ReasonDialogProps {
  readonly title: string;
  /** The act, on its button. */
  readonly act: string;
  /** Whether it takes something away; left out, it does. */
  readonly takesAway?: boolean;
  /** What follows from it. */
  readonly children: ReactNode;
  readonly onAct: (reason: string) => Promise<unknown>;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks why something is taken away or decided before it is. */
export function ReasonDialog({ title, act, takesAway = true, children, onAct, onDone, onClose }: ReasonDialogProps) {
  const [reason, setReason] = useState("");
  const acting = useMutation({
    mutationFn: async () => onAct(reason),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  const problem = acting.isError ? problemView(acting.error) : undefined;
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap={12}>
        <Text size="sm">{children}</Text>
        <Textarea
          label="Reason"
          withAsterisk
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={problem?.detail ?? problem?.title}
        />
        <Group gap={8}>
          <Button
            {...(takesAway ? { color: "red" } : {})}
            disabled={reason.trim() === ""}
            loading={acting.isPending}
            onClick={() => acting.mutate()}
          >
            {act}
          </Button>
          <Button variant="default" onClick={onClose}>
            {takesAway ? "Keep it" : "Cancel"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
