/** Flows of Flowise: the nodes of an exported flow are agents, models, stores and tools; its own tools are exported alone. */
import { isToolName } from "../source/tool-definitions.ts";
import { noteModelNode, storeNamed } from "./flow-names.ts";
import { notePrompt } from "./prompts.ts";
import type { Signals } from "./signals.ts";
import { entriesOf, itemsOf, scalarsOf, treeAt, treeText, type Tree } from "./tree.ts";

const DETECTOR = "flowise/node";

/** A tool of one's own has its picture and colour beside its function. */
export function readFlow(signals: Signals, tree: Tree): void {
  for (const node of itemsOf(treeAt(tree, "nodes"))) noteNode(signals, treeAt(node, "data"));
  const name = treeText(tree, "name");
  const isTool = ["iconSrc", "schema", "func", "description"].every((key) => treeAt(tree, key) !== undefined);
  if (isTool && name !== undefined && isToolName(name))
    signals.found.add("tool", name, tree.line, "flowise/tool", "declared");
}

function noteNode(signals: Signals, data: Tree | undefined): void {
  const category = treeText(data, "category");
  const name = treeText(data, "name");
  const inputs = treeAt(data, "inputs");
  if (data === undefined || category === undefined || name === undefined || inputs === undefined) return;
  const label = treeText(data, "label") ?? name;
  const store =
    category === "Vector Stores" ? storeNamed(name.replace(/(?:Index|Upsert|ExistingIndex)$/, "")) : undefined;
  if (category === "Agents" || name === "agentAgentflow")
    signals.found.add("agent", label, data.line, DETECTOR, "declared");
  else if (/^(?:Chat Models|LLMs|Embeddings)$/.test(category)) noteModel(signals, inputs, name, data.line);
  else if (store !== undefined) signals.found.add("vector_store", store, data.line, DETECTOR, "declared");
  // What a tool of one's own is called stands in its own file.
  else if (/^Tools\b/.test(category) && treeText(inputs, "selectedTool") === undefined)
    signals.found.add("tool", label, data.line, DETECTOR, "declared");
  for (const { key, value } of entriesOf(inputs)) {
    if (/^(?:llm|agent)Model$/.test(key)) noteModel(signals, treeAt(inputs, `${key}Config`), value, data.line);
    for (const { text, line } of [...scalarsOf(value), ...saidIn(value)])
      if (/message|prompt|instruction/i.test(key)) notePrompt(signals, ["prompts", label], text, line);
  }
}

/** What the messages of a node say: `[{ role, content }]`. */
function saidIn(value: Tree): readonly { readonly text: string; readonly line: number }[] {
  return itemsOf(value).flatMap((message) => scalarsOf(treeAt(message, "content")));
}

function noteModel(signals: Signals, inputs: Tree | undefined, node: Tree | string, line: number): void {
  const name = typeof node === "string" ? node : (scalarsOf(node)[0]?.text ?? "");
  const supplier = name.replaceAll(/chat|embeddings?|custom/gi, "");
  const model = treeText(inputs, "modelName") ?? treeText(inputs, "model");
  noteModelNode(signals, { supplier, model, embeds: /embedding/i.test(name), line, detector: DETECTOR });
}
