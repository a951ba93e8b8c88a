/** Helpers over the syntax tree of the Lezer Python grammar. */
import type { parser } from "@lezer/python";

export type Node = ReturnType<typeof parser.parse>["topNode"];

/** The children that mean something: neither comments nor errors. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== "Comment" && child.name !== "⚠") children.push(child);
  }
  return children;
}

/** The children between commas, as groups. */
export function splitAtCommas(nodes: readonly Node[]): Node[][] {
  const groups: Node[][] = [[]];
  for (const node of nodes) {
    if (node.name === ",") groups.push([]);
    else (groups.at(-1) as Node[]).push(node);
  }
  return groups;
}

const EXPRESSION = /^(?:VariableName|String|FormatString|ContinuedString|Number|Boolean|None|Ellipsis|\w+Expression)$/;

export function isExpression(node: Node): boolean {
  return EXPRESSION.test(node.name);
}

export function isStatement(node: Node): boolean {
  return node.name.endsWith("Statement") || node.name.endsWith("Definition") || node.name === "StatementGroup";
}
