/** Where a string stands in languages that are read by their words: in which call or literal, and under which label. */
import { NEAR_CHARS, type LexicalString } from "./lexical.ts";

/** How many lines above a string its call or literal may be opened, and below it be closed. */
const MAX_LINES = 40;

/** Longer lines are data or generated. */
const MAX_LINE_CHARS = 5000;

/** What only hands a text on: `anthropic.String("…")`, `String::from("…")`. */
const WRAPPER = /(?:\b\w+\.|\b)(?:String|F|Ptr|StringPtr|from|Some|to_string|nameof)\(\s*$/;

/** The name by which an argument or a field is given: `name: `, `Name = `, `.name(`. */
const LABEL = /(?:^|[\s(,{.])([A-Za-z_]\w*)\s*(?:[:=]|=>)\s*[$@r#]*$/;

/** The path before a bracket: `schema.ToolInfo`, `chatClient.AsAIAgent`, `Tool::new`, without type arguments. */
const CALLEE = /([A-Za-z_][\w.:]*)!?\s*(?:<[^<>]*(?:<[^<>]*>)?[^<>]*>|\[[\w.,\s]*\])?\s*$/;

export interface Opening {
  readonly callee: string;
  readonly label: string | undefined;
  /** How many arguments stand before it. */
  readonly position: number;
}

/** The call or literal that a string is an argument of; undefined where none is near. */
export function openingOf({ column, line }: LexicalString, code: readonly string[]): Opening | undefined {
  if (column > MAX_LINE_CHARS) return undefined;
  const own = (code[line - 1] ?? "").slice(0, column).replace(WRAPPER, "");
  const label = LABEL.exec(own.trimEnd().slice(-NEAR_CHARS))?.[1];
  let depth = 0;
  let position = 0;
  for (let at = line - 1; at >= Math.max(0, line - 1 - MAX_LINES); at--) {
    const text = at === line - 1 ? own : (code[at] as string);
    if (text.length > MAX_LINE_CHARS) return undefined;
    for (let i = text.length - 1; i >= 0; i--) {
      const character = text[i] as string;
      if (")]}".includes(character)) depth++;
      else if (character === "," && depth === 0) position++;
      else if ("([{".includes(character) && --depth < 0) {
        const callee = calleeBefore(text.slice(0, i), at, code);
        // Go leaves out the type of what a slice holds: `[]openai.Tool{ { … } }`.
        if (callee !== undefined) return { callee, label, position };
        if (character !== "{") return undefined;
        depth = 0;
      }
    }
  }
  return undefined;
}

/** The path that stands before a bracket; C# gives a brace a line of its own. */
function calleeBefore(text: string, at: number, code: readonly string[]): string | undefined {
  const own = text.trim() === "" ? (code[at - 1] ?? "") : text;
  return CALLEE.exec(own.trimEnd().slice(-NEAR_CHARS))?.[1];
}

/** How a builder is made: `ToolSpecification.builder()`, `FunctionObjectArgs::default()`, `new AgentBuilder()`. */
const BUILDER = /\b([A-Za-z_][\w.:]*?)(?:(?:\.|::)(?:builder|default|newBuilder|new)|Builder(?:::new|::default)?)\(\)/;

/** How many calls may stand between a builder and what it is told. */
const CHAIN_LINES = 6;

/** The type whose builder is told a string: what stands before it on its line, or above it where each call has a line. */
export function builderOf({ before, line }: LexicalString, code: readonly string[]): string {
  let text = before;
  for (let at = line - 2; at >= Math.max(0, line - 1 - CHAIN_LINES) && text.trimStart().startsWith("."); at--)
    text = code[at] as string;
  return BUILDER.exec(text.slice(-NEAR_CHARS))?.[1] ?? "";
}

/** How many arguments follow a string in its call, up to two. */
export function argumentsAfter({ line, column, text: content, after }: LexicalString, code: readonly string[]): number {
  let depth = 0;
  let found = 0;
  let isDue = false;
  const rest = content.includes("\n") ? after : (code[line - 1] ?? "").slice(column);
  for (let at = line - 1; at < Math.min(code.length, line + MAX_LINES); at++) {
    const text = at === line - 1 ? rest : (code[at] as string);
    if (text.length > MAX_LINE_CHARS) return found;
    for (const character of text) {
      if (")]}".includes(character) && --depth < 0) return found;
      // Texts are blank here, so that an argument which is one is told by the comma or bracket that ends it.
      if (isDue && /\S/.test(character)) {
        isDue = false;
        if (++found === 2) return found;
      }
      if ("([{".includes(character)) depth++;
      else if (character === "," && depth === 0) isDue = true;
    }
  }
  return found;
}
