/** Flows of Flowise: the nodes of an exported flow are agents, models, stores and tools; its own tools are exported alone. */
import { suppliedBy } from "../finding-list.ts";
import { isRegistryName } from "../source/select.ts";
import { isToolName } from "../source/tool-definitions.ts";
import { notePrompt } from "./prompts.ts";
import type { Signals } from "./signals.ts";
import { entriesOf, itemsOf, scalarsOf, treeAt, treeText, type Tree } from "./tree.ts";

/** Suppliers by the name of a model's node, where it is not their id or alias. */
const SUPPLIERS: ReadonlyMap<string, readonly [provider: string | undefined, service: string | undefined]> = new Map([
  ["awsbedrock", ["aws", "aws-bedrock"]],
  ["azureopenai", ["azure", "azure-openai"]],
  ["googlegenerativeai", ["google", undefined]],
  ["googlevertexai", ["google", "vertex-ai"]],
  ["huggingface", ["huggingface", undefined]],
  ["localai", [undefined, "localai"]],
  ["mistralai", ["mistral", undefined]],
  ["ollama", [undefined, "ollama"]],
]);

const STORES: ReadonlyMap<string, string> = new Map([
  ["chroma", "chroma"],
  ["elasticsearch", "elasticsearch"],
  ["faiss", "faiss"],
  ["memoryVectorStore", "in-memory"],
  ["milvus", "milvus"],
  ["mongoDBAtlas", "mongodb-atlas"],
  ["pinecone", "pinecone"],
  ["postgres", "pgvector"],
  ["qdrant", "qdrant"],
  ["redis", "redis"],
  ["supabase", "pgvector"],
  ["weaviate", "weaviate"],
]);

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
    category === "Vector Stores" ? STORES.get(name.replace(/(?:Index|Upsert|ExistingIndex)$/, "")) : undefined;
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
  const maker = name.replaceAll(/chat|embeddings?|custom/gi, "").toLowerCase();
  const [provider, service] = SUPPLIERS.get(maker) ?? [signals.book.provider(maker)?.id, undefined];
  if (provider !== undefined) signals.found.add("provider", provider, line, DETECTOR, "declared");
  if (service !== undefined) signals.found.add("service", service, line, DETECTOR, "declared", suppliedBy(provider));
  const model = treeText(inputs, "modelName") ?? treeText(inputs, "model");
  if (model === undefined || !isRegistryName(model)) return;
  const kind = /embedding/i.test(name) ? "embedding" : (signals.book.model(model)?.kind ?? "model");
  signals.found.add(kind, model, line, DETECTOR, "declared", suppliedBy(provider));
}
