/** YAML and JSON as one tree that knows the line of every value. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document, type Node } from "yaml";

import { MAX_NESTING } from "../limits.ts";

export type Tree =
  | { readonly type: "map"; readonly entries: readonly TreeEntry[]; readonly line: number }
  | { readonly type: "list"; readonly items: readonly Tree[]; readonly line: number }
  | { readonly type: "scalar"; readonly text: string; readonly line: number };

export interface TreeEntry {
  readonly key: string;
  readonly value: Tree;
  readonly line: number;
}

const NOTHING: Tree = { type: "scalar", text: "", line: 1 };

/** JSON as .NET and editors write it, with its comments blanked out so that lines stay; YAML as it is. */
function withoutComments(text: string): string {
  if (!/\/[/*]/.test(text)) return text;
  let bare = "";
  let kept = 0;
  let isOpen = false;
  for (let at = 0; at < text.length;) {
    const isString = text[at] === '"';
    const end = isString ? endOfString(text, at) : endOfComment(text, at);
    // What begins with anything but a comment and a bracket is no JSON.
    isOpen ||= /[{[]/.test(text[at] as string);
    if (!isOpen && (isString || (end === undefined && /\S/.test(text[at] as string)))) return text;
    if (end !== undefined && !isString) {
      bare += text.slice(kept, at) + text.slice(at, end).replaceAll(/[^\n]/g, " ");
      kept = end;
    }
    at = end ?? at + 1;
  }
  return bare + text.slice(kept);
}

function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"' || text[i] === "\n") return i + 1;
  }
  return text.length;
}

/** The offset after a comment that begins here; a slash inside a word, as of an address, begins none. */
function endOfComment(text: string, at: number): number | undefined {
  const opens = text[at] === "/" ? text[at + 1] : undefined;
  if ((opens !== "/" && opens !== "*") || !/^[\s,{}[\]"]?$/.test(text[at - 1] ?? "")) return undefined;
  const end = opens === "/" ? text.indexOf("\n", at) : text.indexOf("*/", at + 2);
  if (end === -1) return text.length;
  return opens === "/" ? end : end + 2;
}

/** The documents of a YAML or JSON text; what the parser refuses is left out, as templates often hold what YAML is not. */
export function readTrees(text: string): Tree[] {
  const lines = new LineCounter();
  let documents: readonly Document.Parsed[];
  try {
    const parsed = parseAllDocuments(withoutComments(text), {
      lineCounter: lines,
      logLevel: "silent",
      uniqueKeys: false,
      merge: true,
    });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
  return documents.flatMap((document) =>
    document.contents === null ? [] : [treeOf(document.contents, document, lines, 0)],
  );
}

function treeOf(node: Node | null, document: Document.Parsed, lines: LineCounter, depth: number): Tree {
  if (node === null || depth > MAX_NESTING) return NOTHING;
  const line = lineAt(node, lines);
  // An alias is read where it stands, but not entered: an anchor that holds itself would never end.
  if (isAlias(node)) {
    const target = node.resolve(document);
    return isScalar(target) ? { type: "scalar", text: String(target.value), line } : NOTHING;
  }
  if (isMap(node)) {
    const entries = node.items.map((pair): TreeEntry => {
      const key = pair.key as Node;
      const name = isScalar(key) ? String(key.value) : String(pair.key);
      return {
        key: name,
        value: treeOf(pair.value as Node | null, document, lines, depth + 1),
        line: lineAt(key, lines),
      };
    });
    return { type: "map", entries, line };
  }
  if (isSeq(node)) {
    return {
      type: "list",
      items: node.items.map((item) => treeOf(item as Node | null, document, lines, depth + 1)),
      line,
    };
  }
  return isScalar(node) ? { type: "scalar", text: node.value === null ? "" : String(node.value), line } : NOTHING;
}

function lineAt(node: Node | null, lines: LineCounter): number {
  const start = node?.range?.[0];
  return start === undefined ? 1 : lines.linePos(start).line;
}

/**
 * The documents of a text of several, each blanked out of the rest so that lines stay: parsing is slow, and most
 * documents of a large file concern nobody.
 */
export function splitDocuments(text: string): string[] {
  const pieces = text.split(/^---(?=\s*$|\s+#)/m);
  let lines = "";
  return pieces.map((piece) => {
    const placed = lines + piece;
    lines += piece.replaceAll(/[^\n]/g, "");
    return placed;
  });
}

/** The value at a path of keys. */
export function treeAt(tree: Tree | undefined, ...path: readonly string[]): Tree | undefined {
  let at = tree;
  for (const key of path) at = at?.type === "map" ? at.entries.find((entry) => entry.key === key)?.value : undefined;
  return at;
}

/** The text at a path of keys; undefined where there is none or an empty one. */
export function treeText(tree: Tree | undefined, ...path: readonly string[]): string | undefined {
  const at = treeAt(tree, ...path);
  return at?.type === "scalar" && at.text !== "" ? at.text : undefined;
}

export function entriesOf(tree: Tree | undefined): readonly TreeEntry[] {
  return tree?.type === "map" ? tree.entries : [];
}

export function itemsOf(tree: Tree | undefined): readonly Tree[] {
  return tree?.type === "list" ? tree.items : [];
}

/** A text, or the texts of a list. */
export function scalarsOf(tree: Tree | undefined): readonly { readonly text: string; readonly line: number }[] {
  if (tree?.type === "scalar") return tree.text === "" ? [] : [tree];
  return itemsOf(tree).flatMap((item) => (item.type === "scalar" ? [item] : []));
}

/** Visits every mapping of a tree, the outer before the inner. */
export function walk(tree: Tree, use: (map: Tree) => void): void {
  if (tree.type === "list") for (const item of tree.items) walk(item, use);
  if (tree.type !== "map") return;
  use(tree);
  for (const { value } of tree.entries) walk(value, use);
}
