/** Prompts that a configuration holds: told by their key, or by how they speak. */
import { isTranslation } from "../repo/paths.ts";
import { promptOf } from "../source/prompt-names.ts";
import type { Signals } from "./signals.ts";
import { treeAt, treeText, type Tree } from "./tree.ts";

/** Keys of prompts, stricter than names in source: configurations also instruct people. */
const PROMPT_KEY =
  /prompts?(?:[_-]?(?:template|text|string|prefix|suffix))?$|^(?:system|instance|agent)[_-]?(?:template|message|instructions?)$/i;

/** Tables whose every text is a prompt. */
const PROMPT_TABLE = /^(?:system[_-]?)?prompts$/i;

/** What a key alone calls a prompt is longer than the question of a command line. */
const KEYED_CHARS = 80;

/** What tells a model who it is, under a key of the system's, may be shorter. */
const SYSTEM_KEY = /^system[_-]?(?:prompt|message|instructions?)$/i;
const SYSTEM_CHARS = 40;
const TELLS_WHO = /^\s*(?:You are|You're|Act as) (?:an? |the )/;

/** Prose, and not the template of a command line's own prompt or a list of options. */
const PROSE = /(?:[A-Za-z'’]+[,.:;!?)]*\s+){6}|[\u3040-\u9fff]{10}/;

/** What a bot says to people first. */
const GREETING = /greeting|welcome|^initial/i;

/** Forms and translations speak to people. */
const FOR_PEOPLE =
  /(?:^|\/)(?:ISSUE_TEMPLATE|DISCUSSION_TEMPLATE)\/|(?:^|[./])[a-z]{2}(?:[-_][A-Z]{2})?\.(?:ya?ml|json)$/;

/**
 * A prompt in a file that may be data: under a name of its own (`answering_prompt`) or in a table of prompts, because what
 * is called nothing but `prompt` there is mostly one question among many.
 */
export function noteNamedPrompt(signals: Signals, keys: readonly string[], text: string, line: number): void {
  const [table, key] = [keys.at(-2) ?? "", keys.at(-1) ?? ""];
  if (PROMPT_TABLE.test(table) || (PROMPT_KEY.test(key) && !/^prompts?$/i.test(key)))
    notePrompt(signals, keys, text, line);
}

export function notePrompt(signals: Signals, keys: readonly string[], text: string, line: number): void {
  const { file } = signals.found;
  const key = keys.at(-1);
  if (key === undefined) return;
  const isSystem = SYSTEM_KEY.test(key) && TELLS_WHO.test(text);
  if (text.length < (isSystem ? SYSTEM_CHARS : KEYED_CHARS) || isTranslation(file) || FOR_PEOPLE.test(file)) return;
  const isKeyed = (PROMPT_KEY.test(key) || PROMPT_TABLE.test(keys.at(-2) ?? "")) && !GREETING.test(key);
  // Where source tells an agent's role, it defines the agent; in a configuration nothing else would tell of it.
  const names = key === "role" ? [] : [key];
  const prompt = isKeyed && PROSE.test(text) ? { spoken: true } : promptOf(names, text, line);
  if (prompt?.spoken === true) signals.found.add("prompt", `${file}#${key}`, line, "prompts/setting", "inferred");
}

/** A template of a prompt as LangChain's libraries save it: `_type: prompt`, with the variables that it takes. */
export function noteSavedPrompt(signals: Signals, map: Tree): void {
  if (treeAt(map, "input_variables")?.type !== "list" || !/^(?:prompt|few_shot)$/.test(treeText(map, "_type") ?? ""))
    return;
  for (const key of ["template", "prefix"]) {
    const text = treeAt(map, key);
    if (text?.type === "scalar" && /\s/.test(text.text.trim())) {
      const { file } = signals.found;
      signals.found.add("prompt", `${file}#${key}`, text.line, "prompts/saved-template", "used");
      return;
    }
  }
}

/** What a message says by the system's role, which a configuration spells out. */
export function noteMessage(signals: Signals, map: Tree): void {
  const content = treeAt(map, "content");
  if (treeText(map, "role") === "system" && content?.type === "scalar")
    noteSaidBySystem(signals, content.text, content.line);
}

export function noteSaidBySystem(signals: Signals, text: string, line: number): void {
  const { file } = signals.found;
  if (!isTranslation(file) && promptOf(["role", "system"], text, line)?.spoken === true)
    signals.found.add("prompt", `${file}#system`, line, "prompts/setting", "inferred");
}
