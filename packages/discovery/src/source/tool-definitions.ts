/** Tells the definition of a tool, as the APIs of models take it, from other objects with a name. */
import type { Entry, Expr } from "./ir.ts";

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
}

/**
 * The tool that an object or the arguments of a call define: `{ name, description, input_schema }`, or the inside of
 * `{ type: "function", function: { name, parameters } }`, whose names end in `function`.
 */
export function toolOf(entries: readonly Entry[], names: readonly string[]): ToolDefinition | undefined {
  const entry = (key: string): Expr | undefined => entries.find((item) => item.key === key)?.value;
  const name = entries.find((item) => item.key === "name");
  if (name === undefined || !mayBeName(name.value)) return undefined;
  const own = entry("input_schema") ?? entry("inputSchema");
  const parameters = own ?? entry("parameters");
  if (parameters === undefined || parameters.type === "text" || entry("description") === undefined) return undefined;
  const type = entry("type");
  const isFunction = names.at(-1) === "function" || (type?.type === "text" && type.text === "function");
  if (own === undefined && !isFunction && !isSchema(parameters)) return undefined;
  return { name: name.value, line: name.line, certain: entry("input_schema") !== undefined || isFunction };
}

function mayBeName(value: Expr): boolean {
  return value.type === "text" ? isToolName(value.text) : value.type === "name" || value.type === "member";
}

/** A JSON schema of an object, as arguments by name are described. */
function isSchema(expr: Expr): boolean {
  if (expr.type !== "object") return false;
  const type = expr.entries.find((item) => item.key === "type")?.value;
  return type?.type === "text" && type.text.toLowerCase() === "object";
}
