/** Texts that are put together from a list: `["You are …", rules].filter(Boolean).join("\n")`, `"\n".join([…])`. */
import type { CallExpr, Expr } from "./ir.ts";

/** What only leaves items of a list out. */
const FILTERS = /^(?:concat|filter|flat)$/;

/** The text that a call joins, as a template; undefined for any other call. */
export function joinedText(expr: CallExpr): Extract<Expr, { type: "template" }> | undefined {
  const { callee, line } = expr;
  if (callee.type !== "member" || callee.name !== "join") return undefined;
  const items = listOf(callee.of)?.items ?? (callee.of.type === "text" ? listOf(expr.args[0])?.items : undefined);
  // A list of one item, or without any sentence in it, is something else that is joined.
  if (items === undefined || items.length < 2 || !items.some(isWritten)) return undefined;
  const parts = items.flatMap((item): Expr[] => [{ type: "text", text: "\n", line }, item]).slice(1);
  return { type: "template", parts, line };
}

function listOf(expr: Expr | undefined): Extract<Expr, { type: "list" }> | undefined {
  if (expr?.type === "list") return expr;
  const isFiltered = expr?.type === "call" && expr.callee.type === "member" && FILTERS.test(expr.callee.name);
  return isFiltered ? listOf((expr.callee as Extract<Expr, { type: "member" }>).of) : undefined;
}

/** A line of prose: three words or more. */
function isWritten(expr: Expr): boolean {
  if (expr.type === "template") return expr.parts.some(isWritten);
  return expr.type === "text" && /\S\s+\S+\s+\S/.test(expr.text);
}
