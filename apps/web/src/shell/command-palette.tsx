import { Combobox, Modal, TextInput, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Icon } from "@steward/ui";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import { useGo } from "./app-link.tsx";
import styles from "./command-palette.module.css";
import { type Command, type CommandGroup, usePaletteGroups } from "./palette-commands.ts";

/** Typing should not send a question to the server for every letter. */
const SETTLE_MS = 150;

interface PaletteProps {
  onClose: () => void;
  onHelp: () => void;
}

/** Search over pages, requirements and records, and the acts that need no page. */
export function CommandPalette(props: PaletteProps) {
  return (
    <Modal.Root
      opened
      onClose={props.onClose}
      padding={0}
      size={560}
      yOffset="10vh"
      // Whoever opens it types on at once: nothing may come before the first letter.
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content aria-label="Search or go to">
        <Palette {...props} />
      </Modal.Content>
    </Modal.Root>
  );
}

function Palette({ onClose, onHelp }: PaletteProps) {
  const go = useGo();
  const combobox = useCombobox({ opened: true });
  const input = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState("");
  const [settled] = useDebouncedValue(words, SETTLE_MS);
  const { groups, searching } = usePaletteGroups(words, settled, { help: onHelp });
  const commands = groups.flatMap((group) => group.commands);
  const count = commands.length;

  useEffect(() => input.current?.focus(), []);
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
  function closeOnEscape(event: KeyboardEvent) {
    // The combobox keeps Escape to itself, to close a list that is always open here.
    if (event.key === "Escape") onClose();
  }

  return (
    <Combobox store={combobox} onOptionSubmit={run} withinPortal={false}>
      <Combobox.EventsTarget>
        <TextInput
          ref={input}
          variant="unstyled"
          size="md"
          leftSection={<Icon name="search" />}
          aria-label="Search or go to"
          placeholder="A requirement, a system, a page"
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
          onKeyDownCapture={closeOnEscape}
          className={styles.input}
        />
      </Combobox.EventsTarget>
      <div className={styles.list}>
        {count === 0 ? (
          <p className={styles.nothing}>{searching ? "Searching" : "Nothing is called that. Try fewer words."}</p>
        ) : null}
        <Combobox.Options aria-label="What was found" hidden={count === 0}>
          {groups.map((group) => (
            <Group key={group.label} group={group} />
          ))}
        </Combobox.Options>
      </div>
    </Combobox>
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
