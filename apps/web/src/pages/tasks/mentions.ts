/** Mentions: people write names, and the server keeps ids, so that a text never holds a name. */
import type { TaskComment } from "@steward/client";

export interface Mentioned {
  readonly id: string;
  readonly name: string;
}

const MENTION = /@\[([0-9a-f-]{36})\]/g;

/** Every `@Name` of somebody who was chosen becomes `@[id]`; the longest name first, so that Ann does not take Anna's. */
export function mentionsToIds(text: string, mentioned: readonly Mentioned[]): string {
  return mentioned
    .toSorted((a, b) => b.name.length - a.name.length)
    .reduce((written, { id, name }) => written.replaceAll(`@${name}`, () => `@[${id}]`), text);
}

export interface Part {
  readonly text: string;
  readonly isMention: boolean;
  /** Where it begins. */
  readonly at: number;
}

/** The text cut at its mentions, each with the name that its person has now. */
export function partsOf({ text, mentions }: Pick<TaskComment, "text" | "mentions">): Part[] {
  const names = new Map(mentions.map(({ id, name }) => [id, name]));
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(MENTION)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index), isMention: false, at: from });
    parts.push({ text: `@${names.get(match[1] ?? "") ?? "somebody"}`, isMention: true, at: match.index });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isMention: false, at: from });
  return parts;
}
