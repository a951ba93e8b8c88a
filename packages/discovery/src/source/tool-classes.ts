/** Tools and agents that are classes of a base of the program's own: what they are called, told and do stands in the class. */
import type { AgentFact, ToolFact } from "./fact-types.ts";
import { tailOf } from "./evaluate.ts";
import type { ClassExpr, Expr, Scope } from "./ir.ts";
import { isToolName } from "./tool-definitions.ts";
import { textsOf, textValue, type Value } from "./values.ts";

/** What such classes extend. */
const TOOL_BASE = /^(?:[A-Z]\w*)?Tools?(?:Base)?$/;
const AGENT_BASE = /^[A-Z]\w*Agent$/;

/** What others extend, and what stands in for a tool made elsewhere, is no tool itself. */
const ABSTRACT_TOOL = /^(?:Base|Abstract|Mock|Fake|Test)|^Tool$|(?:Base|Wrapper|Adapter|Proxy|Mixin)$/;

/** By which name a model's tool is described, and by which it is run or takes its arguments. */
const DESCRIBED = /^(?:description|tool_description|instructions)$/;
const RUN =
  /^(?:_?(?:a|async_?)?(?:run|call|invoke|execute)|__call__|forward|handle|use|parameters|inputs|input_?schema|args_?schema)$/i;

/** The tool that a class defines; undefined for other classes. */
export function toolClass(expr: ClassExpr, read: (expr: Expr, scope: Scope) => Value): ToolFact | undefined {
  const base = expr.bases.find((one) => TOOL_BASE.test(tailOf(one).at(-1) ?? ""));
  if (base === undefined || expr.name === undefined || ABSTRACT_TOOL.test(expr.name)) return undefined;
  const names = [...expr.scope.bindings.keys()];
  const given = (pattern: RegExp): readonly string[] =>
    names
      .filter((name) => pattern.test(name))
      .flatMap((name) =>
        (expr.scope.bindings.get(name) ?? []).flatMap(({ value, scope }) => textsOf(read(value, scope))),
      );
  if (!names.some((name) => DESCRIBED.test(name)) || !names.some((name) => RUN.test(name))) return undefined;
  const name = given(/^(?:tool_)?name$/).find(isToolName) ?? expr.name;
  return {
    name: textValue([name]),
    line: expr.line,
    certain: false,
    extends: read(base, expr.scope.parent ?? expr.scope),
  };
}

/** What only the class of an agent holds: what its model is told, and what it may call. */
const OF_AGENT = /^(?:system_?prompt|system_?message|next_step_prompt|instructions?|available_tools|tools)$/i;

/** The agent that a class of a base of one's own defines, whatever it is called. */
export function agentClass(expr: ClassExpr, read: (expr: Expr, scope: Scope) => Value): AgentFact | undefined {
  const base = expr.bases.find((one) => AGENT_BASE.test(tailOf(one).at(-1) ?? ""));
  if (base === undefined || expr.name === undefined || /^(?:Base|Abstract|Mock|Fake|Test)|Base$/.test(expr.name))
    return undefined;
  if (![...expr.scope.bindings.keys()].some((name) => OF_AGENT.test(name))) return undefined;
  return { name: expr.name, line: expr.line, extends: read(base, expr.scope.parent ?? expr.scope) };
}
