/** Tools and agents in languages that are read by their words: by annotation, by call, by name. */
import { NEAR_CHARS, type LexicalFacts, type LexicalString } from "./lexical.ts";
import { isAgentClass } from "./names.ts";
import { argumentsAfter, openingOf } from "./lexical-openings.ts";
import { toolClassesIn } from "./lexical-tool-classes.ts";
import { isToolName } from "./tool-definitions.ts";

export interface LexicalDefinition {
  readonly kind: "agent" | "tool";
  readonly name: string;
  readonly line: number;
  /** True for an agent that is one by the name of its class. */
  readonly isClass?: boolean;
  /** True for what is one whatever its file imports. */
  readonly certain?: boolean;
}

/** What marks the function below it as a tool: LangChain4j and Spring AI, Semantic Kernel, the MCP SDKs of .NET and Rust. */
const TOOL_MARK = /^\s*(?:@(?:Tool|McpTool)\b|\[(?:KernelFunction|McpServerTool)\b|#\[tool\b)/;

/** Code before the string by which such a mark names the tool. */
const TOOL_NAME_BEFORE = /(?:\[KernelFunction\(\s*|(?:^|[(,])\s*[Nn]ame\s*=\s*)$/;

/** What marks the interface around it as an agent: LangChain4j's agentic module. */
const AGENT_MARK = /^\s*@Agent\b/;

/** A line that is an annotation itself, or goes on with one. */
const ANNOTATION = /^\s*(?:@\w|\[\w|#\[|["'(),+}]|$)/;
const SIGNATURE = /(?:^|[\w>\])?!&]\s+)(\w+)\s*(?:<[^()]*>)?\(/;
const KEYWORD = /^(?:if|for|while|switch|catch|return|new|throw|when|using|lock|with)$/;

/** How many lines a signature may stand below its annotation. */
const SIGNATURE_LINES = 12;

/** Code that names a tool or agent right where it is made. */
const NAMED_IN_CODE: readonly (readonly [kind: LexicalDefinition["kind"], pattern: RegExp])[] = [
  ["tool", /\bAIFunctionFactory\.Create\(\s*(?:new\s+[\w.]+\([^()]*\)\.|[\w.]+\.)?([A-Z]\w+)\s*[,)]/],
  ["agent", /\bclass\s+([A-Z]\w*Agent)\b/],
  ["agent", /\blet\s+(?:mut\s+)?(\w+)\s*=\s*[\w.]+\.agent\(/],
];

/** Calls whose first argument names a tool or agent, whatever follows. */
const NAMED_BY_FIRST: readonly (readonly [kind: LexicalDefinition["kind"], callee: RegExp])[] = [
  ["tool", /(?:^|\.)(?:mcp\.NewTool|FunctionToolCallback\.builder)$/],
  ["agent", /(?:^|\.)AddAIAgent$/],
];

/** Calls that make a tool of a name, a description and what it does: `mcp.MustTool("find", "Finds a permit", find)`. */
const MAKES_TOOL =
  /(?:^|[.:_])(?:(?:New|Must|Infer|SafeInfer|Define|Create|Register|Make|Build|Add)\w*Tool|(?:define|create|register|make|build|add)\w*Tool|Tool::new|Tool)$/;

/** Literals and calls that give a tool or agent its name under a label. */
const NAMED_BY_LABEL: readonly (readonly [kind: LexicalDefinition["kind"], callee: RegExp])[] = [
  [
    "tool",
    /(?:^|[.:])(?:mcp\.Tool|Tool(?:Info|Param|Definition|Spec|Specification)|Function(?:Tool|Definition|Declaration)(?:Param)?|CreateFunctionTool|functiontool\.Config|AIFunctionFactory\.Create|AIFunctionFactoryOptions)$/,
  ],
  [
    "agent",
    /(?:^|[.:])(?:(?:llm|sequential|parallel|loop)?agent\.Config|\w*Agent(?:Config|Options|Definition)|\w*ChatClientAgent|(?:ChatCompletion|OpenAIAssistant|AzureAI|OpenAIResponse)Agent|(?:Create|As)(?:AI)?Agent(?:Async)?)$/,
  ],
];

/** A label under which a name is given. */
const NAME_LABEL = /^(?:name|Name|functionName)$/;

/** Names of tools and agents are short. */
const MAY_BE_NAME = /^[\w][\w .&-]{1,63}$/;

/** Code before a string that may name something: a bracket, a comma, a label, or nothing. */
const MAY_NAME = /(?:^\s*|[({,]\s*|[nN]ame\s*[:=]\s*)(?:[\w.:]{0,40}\(\s*)?$/;

export function definitionsIn(facts: LexicalFacts): LexicalDefinition[] {
  const { code, strings } = facts;
  const found: LexicalDefinition[] = [];
  for (const [at, line] of code.entries()) {
    if (TOOL_MARK.test(line)) {
      const tool = signatureBelow(code, at);
      if (tool !== undefined) found.push({ kind: "tool", ...tool, ...nameGiven(strings, at + 1, tool.line) });
    }
    if (AGENT_MARK.test(line)) {
      const agent = interfaceAround(code, at);
      if (agent !== undefined) found.push({ kind: "agent", name: agent, line: at + 1 });
    }
    for (const [kind, pattern] of NAMED_IN_CODE) {
      const name = pattern.exec(line)?.[1];
      const isClass = kind === "agent" && /^[A-Z]\w*Agent$/.test(name ?? "");
      if (name !== undefined && !(isClass && !isAgentClass(name))) found.push({ kind, name, line: at + 1, isClass });
    }
  }
  for (const { name, line, isDescribed } of toolClassesIn(facts))
    found.push({ kind: "tool", name, line, certain: isDescribed });
  for (const string of strings) {
    const kind = MAY_BE_NAME.test(string.text) ? kindNamed(string, code) : undefined;
    if (kind !== undefined) found.push({ kind, name: string.text, line: string.line });
  }
  return withoutMakers(found);
}

/** A class that only makes an agent which has a name of its own is no second one. */
function withoutMakers(found: readonly LexicalDefinition[]): LexicalDefinition[] {
  const named = found.filter(({ kind, isClass }) => kind === "agent" && isClass !== true);
  return found.filter(({ isClass }) => isClass !== true || named.length === 0);
}

/** What a string names, by the call or literal that it stands in. */
function kindNamed(string: LexicalString, code: readonly string[]): LexicalDefinition["kind"] | undefined {
  if (!MAY_NAME.test(string.before.slice(-NEAR_CHARS))) return undefined;
  const opening = openingOf(string, code);
  if (opening === undefined) return undefined;
  const { callee, label, position } = opening;
  if (label !== undefined)
    return NAME_LABEL.test(label) ? NAMED_BY_LABEL.find(([, pattern]) => pattern.test(callee))?.[0] : undefined;
  const first = NAMED_BY_FIRST.find(([, pattern]) => pattern.test(callee))?.[0];
  if (first !== undefined) return position === 0 ? first : undefined;
  const makes = MAKES_TOOL.test(callee) && position < 2 && isToolName(string.text);
  return makes && argumentsAfter(string, code) === 2 ? "tool" : undefined;
}

/** The name that an annotation gives, which begins on a line and ends before that of the signature, or on its line. */
function nameGiven(strings: readonly LexicalString[], from: number, signature: number): { name: string } | undefined {
  const isIn = (line: number) => line === from || (line > from && line < signature);
  const given = strings.find(({ line, before }) => isIn(line) && TOOL_NAME_BEFORE.test(before));
  return given && { name: given.text };
}

/** The function that stands below an annotation, or on its line behind it. */
function signatureBelow(code: readonly string[], at: number): { name: string; line: number } | undefined {
  for (let i = at; i < Math.min(at + SIGNATURE_LINES, code.length); i++) {
    const whole = code[i] as string;
    const line = i === at ? whole.replace(/^\s*(?:@\w+|\[[^\]]*\]|#\[[^\]]*\])(?:\([^()]*\))?/, "") : whole;
    if (i > at && ANNOTATION.test(line)) continue;
    const name = SIGNATURE.exec(line)?.[1];
    if (name !== undefined && !KEYWORD.test(name)) return { name, line: i + 1 };
  }
  return undefined;
}

function interfaceAround(code: readonly string[], at: number): string | undefined {
  for (let i = at; i >= 0; i--) {
    const name = /\b(?:interface|class)\s+(\w+)/.exec(code[i] as string)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
