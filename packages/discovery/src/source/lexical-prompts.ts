/** Prompts in languages that are read by their words: by who says them, and by the name they are given. */
import { isPromptSource } from "../repo/paths.ts";
import type { PromptFact } from "./fact-types.ts";
import { NEAR_CHARS, type LexicalFacts, type LexicalString } from "./lexical.ts";
import { promptOf } from "./prompt-names.ts";

/** Code before the string that a model is told as its system. */
const SYSTEM_BEFORE =
  /(?:(?<!Render|Display|Show|Print|Log|Post|Write)System(?:Chat|Agentic)?Message(?:(?:\.|::)(?:from|of)|PromptTemplate)?|systemMessage|system_message|system_?[pP]rompt|SystemPrompt|defaultSystem|AddSystemMessage|FromSystem|with_instructions|new_system!?|preamble|Message(?:::|\.)system)\s*\(\s*(?:\w+\s*=\s*)?[{$@r#]*$|\b(?:ChatRole\.System|AuthorRole\.System|ChatMessageTypeSystem)\s*,\s*[$@]*$|(?:^|\))\s*\.system\(\s*$|SystemMessageArgs::default\(\)\s*\.content\(\s*$/;

/** A constant or variable that is handed to a model as its system: `schema.SystemMessage(greeting)`. */
const HANDED_ON = /\b(?:\w+\.)?(?:New)?System(?:Chat)?Message(?:\.(?:from|of))?\(\s*([A-Za-z_]\w*)\s*\)/g;

/** A template that a library makes a prompt of, and the constant that it is given to: `PromptTemplate.from("…")`. */
const TEMPLATE_BEFORE =
  /(?:(\w*(?:prompt|PROMPT|Prompt)\w*)\s*=\s*)?(?:new\s+)?\bPromptTemplate(?:\.(?:from|of)|::(?:from|new))?\(\s*$/;

/** What a user says, as a template that a model's client fills in: LangChain4j's annotation. */
const USER_BEFORE = /@UserMessage\(\s*(?:value\s*=\s*)?\{?\s*$/;
const USER_CHARS = 40;

/** The content of a message, and its role: `Role: openai.ChatMessageRoleSystem, Content: "…"`. */
const CONTENT_BEFORE = /\bcontent["']?\s*(?::=|=>|[:=,])\s*(?:[\w.:]+\(\s*)?[$@r#]*$/i;
const SYSTEM_ROLE = /\brole["']?\s*(?:=>|[:=,])\s*[\w.:]*system\w*\s*,?/i;
const ROLE_BEFORE = /\brole["']?\s*(?:=>|[:=,])\s*$/i;

/** The name before a string: `SYSTEM_PROMPT = `, `instructions: `, `.instructions(`. */
const NAME_BEFORE =
  /([A-Za-z_]\w*)\s*(?::=|=>|\+=|[:=])\s*(?:&?(?:'static\s+)?str\s*=\s*)?(?:String::from\()?[$@r#]*$|\.(instructions)\(\s*[$@r#]*$/;

/** The head of a function, whose name is that of the text it returns. */
const FUNCTION_HEAD =
  /^\s*(?:def\s+(?:self\.)?(\w+[?!]?)|(?:[\w<>[\],.?\s]+\s)?(?:fn|func|fun|function)\s+(?:\([^)]*\)\s*)?(\w+)\s*\(|(?:public|private|protected|internal|static)\s[\w<>[\],.?\s]*\s(\w+)\s*\()/;
const RETURNED = /\breturn\s*\(?\s*[$@r#]*$/;

/** How many lines above a text that it returns a function may begin. */
const FUNCTION_LINES = 30;

export function promptsIn(file: string, facts: LexicalFacts): PromptFact[] {
  const { code, strings } = facts;
  const handedOn = new Set(code.flatMap((line) => [...line.matchAll(HANDED_ON)].map(([, name]) => name as string)));
  const roles = new Set(strings.flatMap((string) => (isSystemRole(string) ? string.line : [])));
  const holdsPrompts = isPromptSource(file);
  return strings.flatMap((string) => {
    const { text, line } = string;
    const before = codeBefore(string, code);
    if (USER_BEFORE.test(before)) {
      const isPrompt = text.length >= USER_CHARS && /\s/.test(text);
      return isPrompt ? { name: "user", text, line, spoken: false, titled: false } : [];
    }
    if (isSaidBySystem(before, line, code, roles)) return promptOf(["role", "system"], text, line, holdsPrompts) ?? [];
    if (SYSTEM_BEFORE.test(before)) return promptOf(["system"], text, line, holdsPrompts) ?? [];
    const template = TEMPLATE_BEFORE.exec(before);
    if (template !== null) return promptOf([template[1] ?? "prompt_template"], text, line, holdsPrompts) ?? [];
    const given = NAME_BEFORE.exec(before);
    const name = given?.[1] ?? given?.[2] ?? functionOf(string, code, /\.(?:rb|rake)$/.test(file));
    if (name === undefined) return promptOf([], text, line, holdsPrompts) ?? [];
    // What is handed on as the system is a prompt by its own name.
    const isSystem = handedOn.has(name) && promptOf(["system"], text, line);
    return promptOf([name], text, line, holdsPrompts) ?? (isSystem ? { ...isSystem, name } : []);
  });
}

/** The code before a string: what is opened, or named, on the line before goes on where the string begins its own. */
function codeBefore({ before, column, line }: LexicalString, code: readonly string[]): string {
  const near = before.slice(-NEAR_CHARS);
  const isOwnLine = column <= NEAR_CHARS && /^\s*(?:\.content\(\s*)?[$@r#]*$/.test(before);
  return isOwnLine ? `${(code[line - 2] ?? "").trimEnd().slice(-NEAR_CHARS)}${before.trimStart()}` : near;
}

function isSystemRole({ text, before }: LexicalString): boolean {
  return /^(?:system|developer)$/.test(text) && ROLE_BEFORE.test(before.slice(-NEAR_CHARS));
}

/** True for the content of a message whose role stands on its line or the one before. */
function isSaidBySystem(before: string, line: number, code: readonly string[], roles: ReadonlySet<number>): boolean {
  if (!CONTENT_BEFORE.test(before)) return false;
  if (roles.has(line) || roles.has(line - 1)) return true;
  return [line - 1, line - 2].some((at) => SYSTEM_ROLE.test((code[at] ?? "").slice(0, NEAR_CHARS)));
}

/** The function that returns a text: by its word, or in Ruby as the last thing that stands in it. */
function functionOf({ before, line }: LexicalString, code: readonly string[], isRuby: boolean): string | undefined {
  if (!(isRuby && before.trim() === "") && !RETURNED.test(before.slice(-NEAR_CHARS))) return undefined;
  for (let at = line - 2; at >= Math.max(0, line - FUNCTION_LINES); at--) {
    const head = FUNCTION_HEAD.exec((code[at] as string).slice(0, NEAR_CHARS));
    if (head !== null) return head[1] ?? head[2] ?? head[3];
  }
  return undefined;
}
