/** The menu: sections in the order of the map of the screens. An entry stands here when its page exists. */
import type { IconName } from "@steward/ui";

import { paths } from "../paths.ts";

export interface NavEntry {
  label: string;
  href: string;
  icon: IconName;
  /** After `g`, this letter goes there; there are more pages than letters. */
  /** After `g`, this letter goes there. The alphabet is shorter than the menu. */
  letter?: string;
  /** Stands in the bar at the foot of a phone, where there is room for four. */
  onPhone?: boolean;
}

export interface NavSection {
  /** Empty for entries that stand above all sections. */
  title: string;
  entries: readonly NavEntry[];
}

export const navigation: readonly NavSection[] = [
  {
    title: "",
    entries: [
      { label: "Overview", href: paths.overview(), icon: "overview", letter: "o", onPhone: true },
      { label: "My work", href: paths.work(), icon: "check", letter: "q", onPhone: true },
    ],
  },
  {
    title: "Systems",
    entries: [
      { label: "Inventory", href: paths.register("systems"), icon: "systems", letter: "s" },
      { label: "Map", href: paths.map(), icon: "link", letter: "t" },
      { label: "Drift", href: paths.drift(), icon: "search", letter: "f" },
      { label: "Approvals of use", href: paths.register("use-approvals"), icon: "shield", letter: "u" },
      { label: "Releases", href: paths.register("releases"), icon: "document", letter: "e" },
      { label: "Deployments", href: paths.register("deployments"), icon: "up", letter: "y" },
      { label: "Components", href: paths.register("components"), icon: "columns", letter: "c" },
      { label: "Vulnerabilities", href: paths.vulnerabilities(), icon: "risk" },
      { label: "Decisions", href: paths.decisions(), icon: "decisions", letter: "d", onPhone: true },
      { label: "Evaluations", href: paths.evaluations(), icon: "balance", letter: "b" },
      { label: "Monitoring", href: paths.monitoring(), icon: "shield", letter: "w" },
      { label: "Alerts", href: paths.alerts(), icon: "risk" },
      { label: "Intended use", href: paths.register("use-envelopes"), icon: "requirements" },
    ],
  },
  {
    title: "Management",
    entries: [
      { label: "People", href: paths.register("people"), icon: "people", letter: "p" },
      { label: "Role assignments", href: paths.register("role-assignments"), icon: "person", letter: "i" },
      { label: "Applicability", href: paths.register("soa-lines"), icon: "check", letter: "a" },
      { label: "Exceptions", href: paths.register("exceptions"), icon: "risk", letter: "x" },
    ],
  },
  {
    title: "Assurance",
    entries: [
      { label: "Requirements", href: paths.requirements(), icon: "requirements", letter: "r", onPhone: true },
      { label: "Evidence ledger", href: paths.ledger(), icon: "ledger", letter: "l" },
      { label: "Activity", href: paths.activity(), icon: "person" },
      { label: "People concerned", href: paths.subjects(), icon: "shield", letter: "j" },
    ],
  },
  {
    title: "Settings",
    entries: [
      { label: "Organisation", href: paths.register("organisations"), icon: "settings", letter: "z" },
      { label: "Calendar", href: paths.settings("calendar"), icon: "clock", letter: "v" },
      { label: "Notifications", href: paths.settings("notifications"), icon: "bell", letter: "g" },
      { label: "Members", href: paths.settings("members"), icon: "person", letter: "m" },
      { label: "Single sign-on", href: paths.settings("single-sign-on"), icon: "link" },
      { label: "Permissions", href: paths.settings("permissions"), icon: "check" },
      { label: "Emergency and audit access", href: paths.settings("emergency"), icon: "shield" },
      { label: "API keys", href: paths.settings("keys"), icon: "key", letter: "k" },
      { label: "Webhooks", href: paths.settings("webhooks"), icon: "external", letter: "h" },
      { label: "Parameters", href: paths.register("parameters"), icon: "clock", letter: "n" },
    ],
  },
];

export const navEntries: readonly NavEntry[] = navigation.flatMap((section) => section.entries);

/** Whether the page at `pathname` belongs to the entry: `/requirements/4.1` belongs to Requirements. */
export function isCurrent(entry: NavEntry, pathname: string): boolean {
  if (entry.href === "/") return pathname === "/";
  return pathname === entry.href || pathname.startsWith(`${entry.href}/`);
}
