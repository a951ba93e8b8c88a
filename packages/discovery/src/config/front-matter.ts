/** The YAML between two lines of dashes at the head of a text. */
import { readTrees, type Tree } from "./tree.ts";

/** The front matter of a text; undefined where it has none. */
export function frontMatter(text: string): Tree | undefined {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\s*(?:\r?\n|$)/.exec(text);
  // A line is put before it so that lines are those of the file.
  return match === null ? undefined : readTrees(`\n${match[1] as string}`)[0];
}
