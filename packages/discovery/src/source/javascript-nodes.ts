/** Untyped access to ESTree nodes: the reader walks any node, so it asks for fields by name and takes what is there. */

export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

export function fieldsOf(node: Node): Record<string, unknown> {
  return node as unknown as Record<string, unknown>;
}

/** The child node in a field. */
export function nodeAt(node: Node, field: string): Node | undefined {
  const value = fieldsOf(node)[field];
  return isNode(value) ? value : undefined;
}

/** The child nodes in a field that holds a list; holes and nulls are left out. */
export function listOf(node: Node, field: string): Node[] {
  const value = fieldsOf(node)[field];
  return Array.isArray(value) ? value.filter((item) => isNode(item)) : [];
}

/** The text at a path of fields; empty where there is none. */
export function textAt(node: Node, ...path: readonly string[]): string {
  let at: unknown = node;
  for (const field of path) {
    if (typeof at !== "object" || at === null) return "";
    at = (at as Record<string, unknown>)[field];
  }
  return typeof at === "string" ? at : "";
}
