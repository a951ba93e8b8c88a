import { Alert, List, Stack, Text } from "@mantine/core";
import { CopyButton } from "@steward/ui";

/** Codes that are shown once, with a way to keep them. */
export function RecoveryCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  return (
    <Alert
      title="Recovery codes, shown this once"
      withCloseButton
      closeButtonLabel="I have kept them"
      onClose={onClose}
      mb={16}
    >
      <Stack gap={8}>
        <Text size="sm">
          Keep them where your phone is not. Each signs you in once in place of the app or the passkey.
        </Text>
        <List listStyleType="none">
          {codes.map((code) => (
            <List.Item key={code}>
              <code>{code}</code>
            </List.Item>
          ))}
        </List>
        <CopyButton value={codes.join("\n")} label="Copy all" />
      </Stack>
    </Alert>
  );
}
