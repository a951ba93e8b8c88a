import { Alert, Stack, Text } from "@mantine/core";
import { CopyButton } from "@steward/ui";
import type { ReactNode } from "react";

export interface SecretAlertProps {
  title: string;
  secret: string;
  copyLabel: string;
  children: ReactNode;
  onClose: () => void;
}

/** A secret that was just made: shown this once, to be copied. */
export function SecretAlert({ title, secret, copyLabel, children, onClose }: SecretAlertProps) {
  return (
    <Alert title={title} withCloseButton closeButtonLabel="Close" onClose={onClose} mb={16}>
      <Stack gap={8}>
        <code style={{ overflowWrap: "anywhere" }}>{secret}</code>
        <CopyButton value={secret} label={copyLabel} />
        <Text size="sm">{children}</Text>
      </Stack>
    </Alert>
  );
}
