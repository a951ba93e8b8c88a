/** The words of a digest. Plain text; what others wrote stays on one line each, and no comment is repeated. */
import type { NotificationKind } from "@steward/contract";
import { type Micros, type Uuid, workingDaysUntil, type WorkingCalendar } from "@steward/kernel";

export interface News {
  readonly id: Uuid;
  readonly kind: NotificationKind;
  readonly taskId: Uuid;
  readonly title: string;
  readonly isMine: boolean | null;
}

export interface DueTask {
  readonly id: Uuid;
  readonly title: string;
  readonly dueAt: Micros;
}

export interface DigestInput {
  readonly name: string;
  readonly organisation: string;
  readonly zone: string;
  readonly digest: "daily" | "weekly";
  readonly hour: number;
  readonly publicUrl: string;
  readonly now: Micros;
  readonly calendar: WorkingCalendar;
  readonly news: readonly News[];
  readonly due: readonly DueTask[];
}

/** Tasks that are due within so many working days stand in the digest; the others wait. */
const SOON_WORKING_DAYS = 3;
const NEWS_MAX = 20;

const NEWS_WORDS: Readonly<Record<NotificationKind, string>> = {
  assigned: "Yours now",
  asked: "To decide",
  escalated: "Late, and came to you",
  mentioned: "You were mentioned",
  commented: "Commented",
};

/** Undefined where there is nothing to say. */
export function digestText(input: DigestInput): { subject: string; text: string } | undefined {
  const { now, calendar, due, news } = input;
  const overdue = due.filter(({ dueAt }) => dueAt <= now);
  const soon = due.filter(({ dueAt }) => dueAt > now && workingDaysUntil(now, dueAt, calendar) <= SOON_WORKING_DAYS);
  const address = (id: Uuid) => `${input.publicUrl}/work/${id}`;
  const task = ({ id, title, dueAt }: DueTask) =>
    `- ${oneLine(title)} (due ${dateText(dueAt, input.zone)})\n  ${address(id)}`;
  const parts = [
    part("Overdue", overdue.map(task)),
    part("Due soon", soon.map(task)),
    part(
      "New",
      news
        .slice(0, NEWS_MAX)
        .map(({ kind, title, taskId }) => `- ${NEWS_WORDS[kind]}: ${oneLine(title)}\n  ${address(taskId)}`),
    ),
    news.length > NEWS_MAX ? `And ${news.length - NEWS_MAX} more: ${input.publicUrl}/work\n` : "",
  ].filter((text) => text !== "");
  if (parts.length === 0) return undefined;
  const rhythm = input.digest === "daily" ? "on working days" : "once a week";
  const foot = `You get this ${rhythm} from ${String(input.hour).padStart(2, "0")}:00 (${input.zone}), where there is something to say.
Change it: ${input.publicUrl}/settings/notifications
`;
  const subject = `${oneLine(input.organisation)}: ${subjectOf(overdue.length, soon.length, news.length)}`;
  return { subject, text: `Hello ${oneLine(input.name)},\n\n${parts.join("\n")}\n--\n${foot}` };
}

function subjectOf(overdue: number, soon: number, news: number): string {
  const counts = { overdue, "due soon": soon, new: news };
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([word, count]) => `${count} ${word}`)
    .join(", ");
}

function part(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${title}\n${lines.join("\n")}\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}

function dateText(at: Micros, timeZone: string): string {
  // A day that ends at midnight is the day before.
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone }).format(Number((at - 1n) / 1000n));
}
