import { Combobox, Modal, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Icon } from "@steward/ui";
import { useEffect, useState } from "react";

import { useGo } from "./app-link.tsx";
import styles from "./command-palette.module.css";
import { type Command, type CommandGroup, usePaletteGroups } from "./palette-commands.ts";

/** Typing should not send a question to the server for every letter. */
const SETTLE_MS = 150;

/** Search over pages, requirements and records, and the acts that need no page. */
export function CommandPalette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const go = useGo();
  const combobox = useCombobox({ opened: true });
  const [words, setWords] = useState("");
  const [settled] = useDebouncedValue(words, SETTLE_MS);
  const { groups, searching } = usePaletteGroups(words, settled, { help: onHelp });
  const commands = groups.flatMap((group) => group.commands);
  const count = commands.length;

  useEffect(() => {
    combobox.selectFirstOption();
    // The first answer is chosen anew whenever the answers change.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [words, count]);

  function run(id: string) {
    const command = commands.find((candidate) => candidate.id === id);
    if (!command) return;
    onClose();
    if (command.act) command.act();
    else if (command.href !== undefined) go(command.href);
  }

  return (
    <Modal opened onClose={onClose} withCloseButton={false} padding={0} size={560} yOffset="10vh" aria-label="Search">
      <Combobox store={combobox} onOptionSubmit={run} withinPortal={false}>
        <Combobox.EventsTarget>
          <TextInput
            data-autofocus
            variant="unstyled"
            size="md"
            leftSection={<Icon name="search" />}
            aria-label="Search or go to"
            placeholder="A requirement, a system, a page"
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
            className={styles.input}
          />
        </Combobox.EventsTarget>
        <div className={styles.list}>
          <Combobox.Options>
            {groups.map((group) => (
              <Group key={group.label} group={group} />
            ))}
            {count === 0 ? (
              <Combobox.Empty>{searching ? "Searching" : "Nothing is called that. Try fewer words."}</Combobox.Empty>
            ) : null}
          </Combobox.Options>
        </div>
      </Combobox>
    </Modal>
  );
}

function Group({ group }: { group: CommandGroup }) {
  return (
    <Combobox.Group label={group.label}>
      {group.commands.map((command) => (
        <Combobox.Option key={command.id} value={command.id} className={styles.option}>
          <Line command={command} />
        </Combobox.Option>
      ))}
    </Combobox.Group>
  );
}

function Line({ command }: { command: Command }) {
  return (
    <span className={styles.line}>
      <Icon name={command.icon} />
      <span className={styles.title}>{command.title}</span>
      {command.note ? <span className={styles.note}>{command.note}</span> : null}
    </span>
  );
}
