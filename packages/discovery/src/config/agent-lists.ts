/** Agents that a configuration lists: each has a name, and what it is told. */
import type { Signals } from "./signals.ts";
import { entriesOf, itemsOf, treeAt, treeText, type Tree, type TreeEntry } from "./tree.ts";

/** Keys that hold nothing but agents. */
const AGENT_LIST = /^(?:sub_?)?agents?(?:_?(?:configs?|list|definitions))?$|^(?:sub)?Agents$/i;

const NAME_KEYS = ["name", "id", "agent_name", "role"];
const TOLD_KEYS = [
  "system_message",
  "systemMessage",
  "system_prompt",
  "systemPrompt",
  "instructions",
  "instruction",
  "prompt",
  "persona",
  "backstory",
];

/** A label is shorter than what an agent is told. */
const TOLD_CHARS = 30;

export function noteAgents({ found }: Signals, { key, value }: TreeEntry): void {
  if (!AGENT_LIST.test(key)) return;
  for (const item of itemsOf(value)) {
    const name = NAME_KEYS.map((one) => treeAt(item, one)).find((one) => one?.type === "scalar" && one.text !== "");
    if (name?.type === "scalar" && isTold(item)) found.add("agent", name.text, name.line, "agents/setting", "inferred");
  }
  for (const { key: name, value: item, line } of entriesOf(value))
    if (isTold(item)) found.add("agent", treeText(item, "name") ?? name, line, "agents/setting", "inferred");
}

function isTold(item: Tree): boolean {
  return TOLD_KEYS.some((key) => {
    const text = treeText(item, key) ?? "";
    return text.length >= TOLD_CHARS && /\s/.test(text);
  });
}
