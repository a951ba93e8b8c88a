/** Agents that a program keeps as data: a name, and what each is told. */
import { baseName } from "../repo/paths.ts";
import { tailOf } from "./evaluate.ts";
import type { Entry, Expr } from "./ir.ts";
import { isTextTag } from "./prompt-names.ts";

export interface AgentData {
  readonly name: string;
  readonly line: number;
  /** The methods of classes that it may call, by their own names: `tools: [Register.find]`. */
  readonly tools: readonly { readonly name: string; readonly line: number }[];
}

/** What holds nothing but agents. */
const AGENT_LIST =
  /(?:^|_)(?:agents?|assistants?|crew|experts?|personas?|team|workers?|members?|bots?)(?:_?(?:list|configs?|definitions|defs))?$|[a-z](?:Agents|Assistants|Experts|Personas|Bots)(?:List|Configs?)?$/i;

/** What an agent is told, and what it may call. */
const TOLD = /^(?:system_?message|system_?prompt|instructions?|prompt|persona|profile|backstory)$/i;
const HANDED = /^(?:tools|toolkits|functions)$/i;

/** A label is shorter than what an agent is told. */
const TOLD_CHARS = 40;
const MAX_NAME_CHARS = 60;

/** What stands in files of agents beside them. */
const BESIDE_AGENTS = /example|messages?|prompts?|steps?|tasks?|tests?|tools?/i;

/** True for the name of a list of agents, or for one in a file that is named after them. */
export function holdsAgents(name: string | undefined, file: string): boolean {
  if (name === undefined) return false;
  return AGENT_LIST.test(name) || (/agent/i.test(baseName(file)) && !BESIDE_AGENTS.test(name));
}

/** The agent that an object in such a list describes; undefined for any other object. */
export function agentOf(entries: readonly Entry[]): AgentData | undefined {
  const name = entries.find(({ key }) => key === "name")?.value;
  if (name?.type !== "text" || name.text.length > MAX_NAME_CHARS || !/\w/.test(name.text)) return undefined;
  if (!entries.some(({ key, value }) => TOLD.test(key) && isTold(value))) return undefined;
  const handed = entries.filter(({ key }) => HANDED.test(key)).flatMap(({ value }) => methodsIn(value));
  return { name: name.text, line: name.line, tools: handed };
}

/** Words, or the constant that holds them. */
function isTold(value: Expr): boolean {
  if (value.type === "call" && isTextTag(tailOf(value.callee).at(-1) ?? ""))
    return value.args[0] !== undefined && isTold(value.args[0]);
  if (value.type === "name" || value.type === "member") return /prompt|instruction|message/i.test(value.name);
  return words(value).length >= TOLD_CHARS;
}

function words(value: Expr): string {
  if (value.type === "text") return value.text;
  return value.type === "template" ? value.parts.map(words).join("") : "";
}

/** Methods of classes: other names may stand for tools that are found where they are made. */
function methodsIn(value: Expr): { readonly name: string; readonly line: number }[] {
  if (value.type !== "list") return [];
  return value.items.flatMap((item) =>
    item.type === "member" && item.of.type === "name" && /^[A-Z]/.test(item.of.name) && /^[a-z]/.test(item.name)
      ? { name: item.name, line: item.line }
      : [],
  );
}
