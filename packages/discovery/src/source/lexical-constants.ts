/** Names of tools and agents that are constants of their file: `mcp.NewTool(FindTool, …)`, `Name: FindToolName`. */
import { NEAR_CHARS, type LexicalFacts, type LexicalString } from "./lexical.ts";

/** The constant that a string is given to: `FindTool = `, `const FIND: &str = `, `FindTool ToolName = `. */
const GIVEN_TO =
  /(?:^|[\s(])(?!(?:const|var|let|val|static|final|readonly|string|String|str)\b)([A-Za-z_]\w*)(?:\s+[A-Z]\w*|\s*:\s*[&'\w ]+)?\s*=\s*$/;

/** Where a name may be used to call something by: the first argument, also on a line of its own, or under a name's label. */
const USED = /(?<=^\s*|\(\s*|\b[nN]ame\s*[:=]\s*)(?:[A-Za-z_]\w*(?:\.|::))*([A-Za-z_]\w*)(?=\s*(?:[,)}]|$))/g;

/** Only lines with such words name a tool or agent. */
const MAY_USE = /Tool|Agent|[nN]ame|Function/;

const CONSTANT_TEXT = /^[A-Za-z_][\w .-]{1,63}$/;

/** Longer lines are data or generated. */
const MAX_LINE_CHARS = 500;

/** The texts of constants, at the places where the constants are used. */
export function stringsOfConstants({ code, strings }: LexicalFacts): LexicalString[] {
  const texts = new Map<string, string | undefined>();
  for (const { text, before } of strings) {
    const name = CONSTANT_TEXT.test(text) ? GIVEN_TO.exec(before.slice(-NEAR_CHARS))?.[1] : undefined;
    // A name that holds one text here and another there is a variable.
    if (name !== undefined) texts.set(name, texts.has(name) && texts.get(name) !== text ? undefined : text);
  }
  if (texts.size === 0) return [];
  return code.flatMap((line, at) => {
    if (line.length > MAX_LINE_CHARS || !MAY_USE.test(line)) return [];
    return [...line.matchAll(USED)].flatMap((match) => {
      const text = texts.get(match[1] as string);
      const end = match.index + match[0].length;
      const place = { line: at + 1, column: match.index, before: line.slice(0, match.index), after: line.slice(end) };
      return text === undefined ? [] : [{ text, ...place }];
    });
  });
}
