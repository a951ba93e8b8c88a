/** Reads the policy file, so that an error names the line and the field. */
import { readFile } from "node:fs/promises";

import { parsePolicy, PolicyError } from "@steward/fairness";
import type { BiasPolicy } from "@steward/fairness";
import { isMap, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import type { Document, Node } from "yaml";

import { BiasInputError } from "./error.ts";

/** A policy is a page of text; anything larger is another file given by mistake. */
const MAX_POLICY_BYTES = 1_000_000;

export interface PolicyOnDisk<P> {
  readonly policy: P;
  /** The file as data, nothing filled in: what is committed. */
  readonly document: unknown;
}

/** @throws BiasInputError `bad_file` or `bad_option`, each problem with its line and field */
export async function readPolicy(file: string): Promise<PolicyOnDisk<BiasPolicy>> {
  return readPolicyFile(file, parsePolicy);
}

/** The same for a policy of another form. */
export async function readPolicyFile<P>(file: string, parse: (data: unknown) => P): Promise<PolicyOnDisk<P>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new BiasInputError("bad_file", `${file}: the policy cannot be read.`, { cause });
  }
  if (text.length > MAX_POLICY_BYTES) throw new BiasInputError("bad_file", `${file} is too large for a policy.`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken !== undefined) {
    throw new BiasInputError(
      "bad_option",
      `${file}, line ${lines.linePos(broken.pos[0]).line}: ${broken.message.split("\n")[0]}`,
    );
  }
  try {
    const data: unknown = document.toJS();
    return { policy: parse(data), document: data };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const problems = error.issues.map(({ path, message }) => {
      const field = path.length === 0 ? "policy" : path.join(".");
      return `${file}, line ${lineOf(document, path, lines)}, ${field}: ${message}`;
    });
    throw new BiasInputError("bad_option", problems.join("\n"), { cause: error });
  }
}

/** The line of the deepest part of the path that stands in the file: a missing field has the line of its parent. */
function lineOf(document: Document, path: readonly (string | number)[], lines: LineCounter): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const last = path[depth - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
      const key = pair?.key as Node | undefined;
      if (key?.range) return lines.linePos(key.range[0]).line;
    } else {
      const node = document.getIn(path.slice(0, depth), true) as Node | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
  }
  return 1;
}
