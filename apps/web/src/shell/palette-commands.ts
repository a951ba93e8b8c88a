/** What the command palette offers for the words that are typed. */
import type { RegisterPath } from "@steward/client";
import { type IconName, type Status, STATUS_WORDS } from "@steward/ui";
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";

import { api } from "../api.ts";
import { recordHref } from "../data/links.ts";
import { statusQuery } from "../data/status.ts";
import { paths } from "../paths.ts";
import { navEntries } from "./navigation.ts";

export interface Command {
  id: string;
  title: string;
  note?: string;
  icon: IconName;
  href?: string;
  act?: () => void;
}

export interface CommandGroup {
  label: string;
  commands: readonly Command[];
}

/** Enough to choose from, few enough to read. */
const GROUP_MAX = 6;

/** Registers that are searched, once they have pages. */
const SEARCHED: readonly { kind: string; path: RegisterPath; label: string; icon: IconName }[] = [
  { kind: "system", path: "systems", label: "AI systems", icon: "systems" },
  { kind: "person", path: "people", label: "People", icon: "person" },
  { kind: "release", path: "releases", label: "Releases", icon: "document" },
];

export function usePaletteGroups(words: string, settled: string, acts: { help: () => void }) {
  const status = useQuery(statusQuery({}));
  const wanted = settled.trim();
  const shown = SEARCHED.filter(({ kind }) => recordHref(kind, "x") !== undefined);
  const found = useQueries({
    queries: shown.map(({ path }) => ({
      queryKey: ["records", path, "search", wanted],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        api.records(path).list({ q: wanted, limit: GROUP_MAX }, { signal }),
      enabled: wanted !== "",
      placeholderData: keepPreviousData,
    })),
  });
  const records = shown.map(({ kind, label, icon }, index) => ({
    label,
    commands: (wanted === "" ? [] : (found[index]?.data?.items ?? [])).map((record) => ({
      id: `${kind}:${record.id}`,
      title: record.title,
      icon,
      href: recordHref(kind, record.id) ?? "/",
    })),
  }));
  const requirements = status.data?.requirements ?? [];
  const groups = [...localGroups(words, requirements, acts), ...records].filter(({ commands }) => commands.length > 0);
  return { groups, searching: found.some((query) => query.isFetching) };
}

interface Requirement {
  ref: string;
  title: string;
  status: Status;
}

/** What needs no question to the server: pages, requirements, an entry of the ledger by its number, acts. */
export function localGroups(
  words: string,
  requirements: readonly Requirement[],
  acts: { help: () => void },
): CommandGroup[] {
  const pages = navEntries.map(({ label, href, icon }) => ({ id: `page:${href}`, title: label, icon, href }));
  const entry = /^#?(\d{1,12})$/.exec(words.trim())?.[1];
  return [
    { label: "Pages", commands: pages.filter(({ title }) => matches(title, words)) },
    {
      label: "Requirements",
      commands: requirements
        .filter(({ ref, title }) => words.trim() !== "" && matches(`${ref} ${title}`, words))
        .slice(0, GROUP_MAX)
        .map(({ ref, title, status }) => ({
          id: `requirement:${ref}`,
          title: `${ref} ${title}`,
          note: STATUS_WORDS[status],
          icon: "requirements" as const,
          href: paths.requirement(ref),
        })),
    },
    {
      label: "Evidence ledger",
      commands:
        entry === undefined
          ? []
          : [{ id: `entry:${entry}`, title: `Entry ${entry}`, icon: "ledger", href: paths.ledgerEntry(Number(entry)) }],
    },
    {
      label: "Help",
      commands: matches("Keyboard shortcuts", words)
        ? [{ id: "act:help", title: "Keyboard shortcuts", icon: "keyboard", act: acts.help }]
        : [],
    },
  ];
}

/** Every word that was typed begins a word of the text, or a number in it. */
export function matches(text: string, words: string): boolean {
  const parts = text.toLowerCase().split(/\s+/);
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return wanted.every((word) => parts.some((part) => part.startsWith(word)));
}
