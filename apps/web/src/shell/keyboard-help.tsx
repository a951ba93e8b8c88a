import { Modal, Stack, Switch, Table } from "@mantine/core";

import styles from "./keyboard-help.module.css";
import { navEntries } from "./navigation.ts";
import { useShortcutsSwitch } from "./shortcuts.ts";

const KEYS: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ["Ctrl", "K"], does: "Search, or go to a page (Cmd K on a Mac)" },
  { keys: ["/"], does: "Search" },
  { keys: ["?"], does: "This list" },
  { keys: ["j"], does: "Next row of a list, once a row has the focus" },
  { keys: ["k"], does: "Previous row of a list" },
  { keys: ["Esc"], does: "Close what is open" },
];

/** Every key that does something. */
export function KeyboardHelp({ onClose }: { onClose: () => void }) {
  const [enabled, setEnabled] = useShortcutsSwitch();
  const pages = navEntries.flatMap(({ letter, label }) =>
    letter === undefined ? [] : [{ keys: ["g", letter], does: `Go to ${label}` }],
  );
  return (
    <Modal opened onClose={onClose} title="Keyboard" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap={12}>
        <Table layout="auto" verticalSpacing={4}>
          <Table.Tbody>
            {[...KEYS, ...pages].map(({ keys, does }) => (
              <Table.Tr key={does}>
                <Table.Th scope="row" className={styles.keys}>
                  {keys.map((key) => (
                    <kbd key={key} className={styles.key}>
                      {key}
                    </kbd>
                  ))}
                </Table.Th>
                <Table.Td>{does}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Switch
          checked={enabled}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
          label="Single-key shortcuts"
          description="Switch them off where they get in the way, for example of speech input. Ctrl K stays."
        />
      </Stack>
    </Modal>
  );
}
