/** Python string literals. */

const LITERAL = /^([a-z]*)("""|'''|"|')([\s\S]*?)(?:\2)?$/i;

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["\n", ""],
]);

/** The text of a string literal with its prefix and quotes, escapes resolved (but in raw strings). */
export function pythonString(source: string): string {
  const match = LITERAL.exec(source);
  if (match === null) return source;
  const [, prefix = "", , body = ""] = match;
  if (/r/i.test(prefix) || !body.includes("\\")) return body;
  return body.replace(/\\([\s\S])/g, (whole: string, escape: string) => SIMPLE_ESCAPES.get(escape) ?? whole);
}
