import { Button, CopyButton as MantineCopyButton, VisuallyHidden } from "@mantine/core";

import { Icon } from "./icons.tsx";

/** Copies a text; says so in the button and to screen readers. */
export function CopyButton({ value, label = "Copy", what }: { value: string; label?: string; what?: string }) {
  return (
    <MantineCopyButton value={value} timeout={2000}>
      {({ copied, copy }) => (
        <>
          <Button
            variant="subtle"
            size="compact-xs"
            leftSection={<Icon name={copied ? "check" : "copy"} size={14} />}
            onClick={copy}
            aria-label={what ? `${label} ${what}` : undefined}
          >
            {copied ? "Copied" : label}
          </Button>
          <VisuallyHidden component="output">{copied ? "Copied to the clipboard" : ""}</VisuallyHidden>
        </>
      )}
    </MantineCopyButton>
  );
}
