/** What text a person or a machine may send: well-formed, without control characters, within a stated length. */
import { z } from "zod";

/** One line: a name, a title, a reference. */
export const LINE_MAX_CHARS = 300;
/** Several paragraphs: a purpose, a reason, a note. */
export const PARAGRAPHS_MAX_CHARS = 10_000;
/** Entries of a list inside one field. */
export const LIST_MAX_ITEMS = 200;

// Controls, line separators, bidirectional overrides, the byte order mark and non-characters: invisible, and used to
// mislead. Joiners stay allowed, because scripts and emoji need them.
const INVISIBLE = String.raw`\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff`;
const CONTROL_IN_LINE = new RegExp(`[${INVISIBLE}]`, "u");
const CONTROL_IN_PARAGRAPHS = new RegExp(`(?![\\n\\t])[${INVISIBLE}]`, "u");

/** What most text is, seen at a glance: printable ASCII that begins with a visible character. */
const PLAIN = /^[!-~][ -~]*$/;

/** One line of text with at least one visible character. */
export function lineSchema(maxChars: number = LINE_MAX_CHARS): z.ZodType<string> {
  return textSchema(maxChars, CONTROL_IN_LINE);
}

/** Text with line breaks and tabs, with at least one visible character. */
export function paragraphsSchema(maxChars: number = PARAGRAPHS_MAX_CHARS): z.ZodType<string> {
  return textSchema(maxChars, CONTROL_IN_PARAGRAPHS);
}

/** One check instead of several: they are most of what judging a record costs. */
function textSchema(maxChars: number, forbidden: RegExp): z.ZodType<string> {
  return z
    .string()
    .max(maxChars, `Use at most ${maxChars} characters.`)
    .check(({ value, issues }) => {
      if (PLAIN.test(value)) return;
      const complain = (message: string) => issues.push({ code: "custom", message, input: value, continue: true });
      if (!value.isWellFormed() || forbidden.test(value)) complain("Remove control or invisible characters.");
      if (value.trim().length === 0) complain("Write at least one visible character.");
    });
}
