/** Tools and agents in languages that are read by their words: by annotation, by call, by name. */
import { NEAR_CHARS, type LexicalFacts, type LexicalString } from "./lexical.ts";
import { isAgentClass } from "./names.ts";
import { stringsOfConstants } from "./lexical-constants.ts";
import { argumentsAfter, builderOf, openingOf } from "./lexical-openings.ts";
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
const AGENT_MARK = /^\s*@(?:Sequence|Parallel|ParallelMapper|Conditional|Loop|Supervisor|Planner|A2AClient)?Agent\b/;

/** What marks the interface below it as one that a model answers; it is an agent where it is called one, or an assistant. */
const SERVICE_MARK = /^\s*@(?:RegisterAiService|AiService)\b/;
const ASSISTANT = /(?:Assistant|Chat[bB]ot)$/;

/** A line that is an annotation itself, or goes on with one. */
const ANNOTATION = /^\s*(?:@\w|\[\w|#\[|["'(),+}]|$)/;
const SIGNATURE = /(?:^|[\w>\])?!&]\s+)(\w+)\s*(?:<[^()]*>)?\(/;
const KEYWORD = /^(?:if|for|while|switch|catch|return|new|throw|when|using|lock|with)$/;

const TYPE_HEAD = /\b(?:interface|class)\s+(\w+)/;

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
    /(?:^|[.:])(?:mcp\.Tool|Tool(?:Info|Param|Definition|Spec|Specification)|Function(?:Tool|Definition|Declaration|Object)(?:Param)?|CreateFunctionTool|(?:LangChain\.)?Function\.new!?|(?:Base|Simple)Tool|functiontool\.Config|AIFunctionFactory\.Create|AIFunctionFactoryOptions)$/,
  ],
  [
    "agent",
    /(?:^|[.:])(?:(?:llm|sequential|parallel|loop)?agent\.Config|\w*Agent(?:Config|Options|Definition)|\w*ChatClientAgent|(?:ChatCompletion|OpenAIAssistant|AzureAI|OpenAIResponse)Agent|(?:Create|As)(?:AI)?Agent(?:Async)?)$/,
  ],
];

/** What is built with a name: `ToolSpecification.builder().name(…)`, `FunctionObjectArgs::default().name(…)`. */
const BUILT: readonly (readonly [kind: LexicalDefinition["kind"], type: RegExp])[] = [
  [
    "tool",
    /(?:^|[.:])(?:\w*Tool(?:Definition|Info|Spec|Specification)?|Function(?:Tool|Definition|Declaration|Object))(?:Args)?$/,
  ],
  [
    "agent",
    /(?:^|[.:])(?:(?:\w*(?<!User|Http|Https|Proxy))Agent|(?:Create)?Assistant(?:Request|CreateParams)?)(?:Args)?$/,
  ],
];

/** What else says of a tool, beside its name, that a model calls it. */
const DESCRIBES = [/\bdescription\b/i, /\b(?:parameters|input_?schema)\b/i];

/** How many lines such words may stand below the name. */
const DESCRIBED_LINES = 12;

/** A label under which a name is given. */
const NAME_LABEL = /^(?:name|Name|functionName)$/;

/** Names of tools and agents are short. */
const MAY_BE_NAME = /^[\w][\w .&-]{1,63}$/;

/** Code before a string that may name something: a bracket, a comma, a label, or nothing. */
const MAY_NAME = /(?:^\s*|[({,]\s*|[nN]ame\s*[:=]\s*)(?:[\w.:]{0,40}\(\s*)?$/;

export function definitionsIn(facts: LexicalFacts): LexicalDefinition[] {
  const { code } = facts;
  const strings = [...facts.strings, ...stringsOfConstants(facts)];
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
    if (SERVICE_MARK.test(line)) {
      const service = interfaceBelow(code, at);
      if (service !== undefined && (isAgentClass(service.name) || ASSISTANT.test(service.name)))
        found.push({ kind: "agent", ...service });
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
    const named = MAY_BE_NAME.test(string.text) ? kindNamed(string, code) : undefined;
    if (named !== undefined) found.push({ ...named, name: string.text, line: string.line });
  }
  return withoutMakers(found);
}

/** A class that only makes an agent which has a name of its own is no second one. */
function withoutMakers(found: readonly LexicalDefinition[]): LexicalDefinition[] {
  const named = found.filter(({ kind, isClass }) => kind === "agent" && isClass !== true);
  return found.filter(({ isClass }) => isClass !== true || named.length === 0);
}

type Named = Pick<LexicalDefinition, "kind" | "certain">;

/** What a string names, by the call or literal that it stands in. */
function kindNamed(string: LexicalString, code: readonly string[]): Named | undefined {
  if (!MAY_NAME.test(string.before.slice(-NEAR_CHARS))) return undefined;
  const opening = openingOf(string, code);
  if (opening === undefined) return undefined;
  const { callee, label, position } = opening;
  const kindOf = (known: typeof BUILT, name: string) => known.find(([, pattern]) => pattern.test(name))?.[0];
  if (label !== undefined) {
    const kind = NAME_LABEL.test(label) ? kindOf(NAMED_BY_LABEL, callee) : undefined;
    // What is called a tool in a repository's own words is one where it is also described as one.
    return kind && { kind, certain: kind === "tool" && /Tool/.test(callee) && isDescribed(string, code) };
  }
  const kind =
    kindOf(NAMED_BY_FIRST, callee) ?? (callee === "name" ? kindOf(BUILT, builderOf(string, code)) : undefined);
  if (kind !== undefined) return position === 0 ? { kind } : undefined;
  const makes = MAKES_TOOL.test(callee) && position < 2 && isToolName(string.text);
  return makes && argumentsAfter(string, code) === 2 ? { kind: "tool" } : undefined;
}

function isDescribed({ line }: LexicalString, code: readonly string[]): boolean {
  const below = code.slice(line - 1, line + DESCRIBED_LINES);
  return DESCRIBES.every((word) => below.some((text) => word.test(text.slice(0, NEAR_CHARS))));
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

function interfaceBelow(code: readonly string[], at: number): { name: string; line: number } | undefined {
  for (let i = at; i < Math.min(at + SIGNATURE_LINES, code.length); i++) {
    const name = TYPE_HEAD.exec(code[i] as string)?.[1];
    if (name !== undefined) return { name, line: i + 1 };
  }
  return undefined;
}

function interfaceAround(code: readonly string[], at: number): string | undefined {
  for (let i = at; i >= 0; i--) {
    const name = TYPE_HEAD.exec(code[i] as string)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
