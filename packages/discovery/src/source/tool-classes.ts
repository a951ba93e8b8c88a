/** Tools that are classes of a base of the program's own: what they are called, describe and do stands in the class. */
import type { ToolFact } from "./fact-types.ts";
import { tailOf } from "./evaluate.ts";
import type { ClassExpr, Expr, Scope } from "./ir.ts";
import { isToolName } from "./tool-definitions.ts";
import { textsOf, textValue, type Value } from "./values.ts";

/** What such classes extend. */
const TOOL_BASE = /^(?:Base|Abstract)?(?:Agent|Function|LLM)?Tool(?:Base)?$/;

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
