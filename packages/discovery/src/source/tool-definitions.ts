/** Tells the definition of a tool, as the APIs of models take it, from other objects with a name. */
import type { Entry, Expr } from "./ir.ts";
import { textsOf, type Value } from "./values.ts";

/** What a model may call: letters, digits, dashes and underscores. */
const TOOL_NAME = /^[A-Za-z_][\w-]{1,63}$/;

export function isToolName(text: string): boolean {
  return TOOL_NAME.test(text);
}

/** A tool as it is written down: its name may be a constant of another file. */
export interface ToolDefinition {
  readonly name: Expr;
  readonly line: number;
  /** True for a form that only APIs of models have; false for one that also describes other functions. */
  readonly certain: boolean;
  /** True for an item of a list of tools, which may leave out what is the same for all of them. */
  readonly listed: boolean;
}

/**
 * The tool that an object or the arguments of a call define: `{ name, description, input_schema }`, or the inside of
 * `{ type: "function", function: { name, parameters } }`, whose names end in `function`.
 */
export function toolOf(entries: readonly Entry[], names: readonly string[]): ToolDefinition | undefined {
  const entry = (key: string): Expr | undefined => entries.find((item) => item.key === key)?.value;
  // Where the name is one for people, what the model calls is beside it.
  const name = ["name", "method", "id"]
    .map((key) => entries.find((item) => item.key === key))
    .find((item) => item !== undefined && mayBeName(item.value));
  if (name === undefined) return keyedTool(entries, names);
  const isRun = entries.some(({ key }) => RUN_KEY.test(key));
  const isDescribed = isRun || TOOL_CLASS.test(names.at(-1) ?? "");
  const own =
    entry("input_schema") ??
    entry("inputSchema") ??
    entry("args_schema") ??
    (isDescribed ? entry("schema") : undefined);
  const parameters = own ?? entry("parameters") ?? zodSchema(entry("schema"));
  if (!entries.some(({ key }) => /description$/i.test(key))) return undefined;
  // A function with a name and a description, in a list of tools: its own parameters are the tool's.
  const handed =
    TOOL_LIST.test(names.at(-1) ?? "") && entries.some(({ key, value }) => RUNS.test(key) && mayRun(value));
  if (parameters === undefined && handed) return { name: name.value, line: name.line, certain: false, listed: true };
  if (parameters === undefined || parameters.type === "text") return undefined;
  const type = entry("type");
  const isFunction = names.at(-1) === "function" || (type?.type === "text" && type.text === "function");
  const certain = own !== undefined || isFunction;
  const isZod = zodSchema(parameters) !== undefined;
  const holder = names.at(-1) ?? "";
  const listed =
    !certain && ((parameters.type === "object" && TOOL_LIST.test(holder)) || (isZod && CALLED_TOOL.test(holder)));
  if (!certain && !listed && !isSchema(parameters) && !isZod) return undefined;
  return { name: name.value, line: name.line, certain, listed };
}

/** A tool by its key in an object of tools: `tools = { find_permit: { description: "…", args: … } }`. */
function keyedTool(entries: readonly Entry[], names: readonly string[]): ToolDefinition | undefined {
  const key = names.at(-1) ?? "";
  if (!TOOL_LIST.test(names.at(-2) ?? "") || !isToolName(key)) return undefined;
  const described = entries.find((entry) => entry.key === "description" && entry.value.type !== "object");
  const takes = entries.some((entry) => TAKES_KEY.test(entry.key) && entry.value.type !== "text");
  if (described === undefined || !takes) return undefined;
  const { line } = described;
  return { name: { type: "text", text: key, line }, line, certain: false, listed: true };
}

/** What a tool takes. */
const TAKES_KEY = /^(?:args|args_?[sS]chema|input_?[sS]chema|parameters|schema)$/;

/** Classes of one's own that describe a tool: `ToolDefinition(name=…, description=…, schema={…})`. */
const TOOL_CLASS = /^(?:[A-Z]\w*)?Tool(?:Def|Definition|Schema|Spec|Declaration)$/;

/** What holds nothing but tools. */
const TOOL_LIST = /(?:^|_)tool(?:kit)?s?(?:_?list|_?definitions)?$|[a-z]Tools(?:List|Definitions)?$/i;

/** Under which name a tool of a program's own is given its function. */
const RUNS = /^(?:function|func|fn|callable|handler|execute|run|coroutine)$/;

function mayRun(value: Expr): boolean {
  return value.type === "name" || value.type === "member" || value.type === "function";
}

/** What is called a tool, or an action that a model may take: `doneActionSchema`. */
const CALLED_TOOL = /(?:tool|action|function|skill)s?(?:_?(?:schema|def|definition|spec))?s?$/i;

/** What a tool does, under the name by which frameworks call it. */
const RUN_KEY = /^(?:execute|handler|func|invoke|run)$/;

/** What wraps a tool that has the name of its key: `find_permit: injectableTool({ …, execute })`. */
const WRAPS_TOOL = /(?:^tool|_tool|[a-z]Tool)$/;

/** The tool that a call makes of what it is given: by its own name, or else by the key it is given to; undefined for other calls. */
export function wrappedTool(
  call: string,
  given: ReadonlyMap<string, Value>,
  first: Value | undefined,
  names: readonly string[],
): string | undefined {
  if (!WRAPS_TOOL.test(call) || ![...given.keys()].some((name) => RUN_KEY.test(name))) return undefined;
  const named = given.get("name") ?? given.get("id") ?? (first?.type === "text" ? first : undefined);
  if (named !== undefined) return given.has("description") ? textsOf(named).find(isToolName) : undefined;
  const key = names.at(-1) ?? "";
  return isToolName(key) && !/tool$/i.test(key) ? key : undefined;
}

function mayBeName(value: Expr): boolean {
  return value.type === "text" ? isToolName(value.text) : value.type === "name" || value.type === "member";
}

/** What describes the arguments of a call by name, in the words of zod: `z.object({ number: z.string() })`. */
function zodSchema(expr: Expr | undefined): Expr | undefined {
  let at = expr;
  // `z.object({…}).strict()` describes the same.
  for (let steps = 0; steps < MAX_STEPS && at?.type === "call" && at.callee.type === "member"; steps++) {
    const { name, of } = at.callee;
    if (/^(?:strict)?[oO]bject$/.test(name) && of.type === "name" && of.name === "z") return expr;
    at = of;
  }
  return undefined;
}

/** How many calls are followed to the one that a schema begins with. */
const MAX_STEPS = 4;

/** A JSON schema of an object, as arguments by name are described. */
function isSchema(expr: Expr): boolean {
  if (expr.type !== "object") return false;
  const type = expr.entries.find((item) => item.key === "type")?.value;
  return type?.type === "text" && type.text.toLowerCase() === "object";
}
