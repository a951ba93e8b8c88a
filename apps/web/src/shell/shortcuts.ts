/** Single-key shortcuts. They can be switched off (WCAG 2.1.4), since they get in the way of speech input. */
import { useLocalStorage } from "@mantine/hooks";
import { useEffect, useRef } from "react";

/** After `g`, the letter must follow within this time. */
const SEQUENCE_MS = 1500;

export interface ShortcutActions {
  openPalette: () => void;
  openHelp: () => void;
  /** After `g`: true where the letter means a page. */
  goTo: (letter: string) => boolean;
}

export function useShortcutsSwitch() {
  return useLocalStorage({ key: "steward.shortcuts", defaultValue: true, getInitialValueInEffect: false });
}

/** Listens to the whole page; keys typed into a field or a dialog are left alone, Ctrl/Cmd-K always works. */
export function useShortcuts(actions: ShortcutActions): void {
  const [enabled] = useShortcutsSwitch();
  const latest = useRef(actions);
  const goPressedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented) return;
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        latest.current.openPalette();
        return;
      }
      if (!enabled || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const afterGo = event.timeStamp - goPressedAt.current < SEQUENCE_MS;
      goPressedAt.current = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (handle(event.key, afterGo, latest.current)) event.preventDefault();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [enabled]);
}

function handle(key: string, afterGo: boolean, actions: ShortcutActions): boolean {
  if (afterGo) return actions.goTo(key);
  if (key === "/") {
    actions.openPalette();
    return true;
  }
  if (key === "?") {
    actions.openHelp();
    return true;
  }
  return false;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, [role='dialog']") !== null;
}
