/** Flows of Kestra: the tasks of its AI plugin are agents with their suppliers, stores and tools. */
import { suppliedBy } from "../finding-list.ts";
import { isRegistryName } from "../source/select.ts";
import type { Signals } from "./signals.ts";
import { treeText, walk, type Tree } from "./tree.ts";

const PLUGIN = /^io\.kestra\.plugin\.ai\.(\w+)\.(\w+)$/;

/** Suppliers by the plugin's name for them, where it is not their id or alias. */
const SUPPLIERS: ReadonlyMap<string, readonly [provider: string | undefined, service: string | undefined]> = new Map([
  ["AmazonBedrock", ["aws", "aws-bedrock"]],
  ["AzureOpenAI", ["azure", "azure-openai"]],
  ["GoogleGemini", ["google", undefined]],
  ["GoogleVertexAI", ["google", "vertex-ai"]],
  ["MistralAI", ["mistral", undefined]],
  ["Ollama", [undefined, "ollama"]],
]);

const STORES: ReadonlyMap<string, string> = new Map([
  ["Chroma", "chroma"],
  ["Elasticsearch", "elasticsearch"],
  ["Milvus", "milvus"],
  ["MongoDBAtlas", "mongodb-atlas"],
  ["PGVector", "pgvector"],
  ["Pinecone", "pinecone"],
  ["Qdrant", "qdrant"],
  ["Redis", "redis"],
  ["Weaviate", "weaviate"],
]);

export function readKestraFlow(signals: Signals, tree: Tree): void {
  walk(tree, (map) => {
    const [, group, name] = PLUGIN.exec(treeText(map, "type") ?? "") ?? [];
    if (group !== undefined && name !== undefined) notePart(signals, map, group, name);
  });
}

function notePart(signals: Signals, map: Tree, group: string, name: string): void {
  const detector = "kestra/task";
  const { found } = signals;
  const store = STORES.get(name);
  // A default for all agents of a flow has no name of its own.
  const id = treeText(map, "id");
  if (group === "agent" && id !== undefined) found.add("agent", id, map.line, detector, "declared");
  else if (group === "tool" || (group === "retriever" && name.endsWith("Search")))
    found.add("tool", treeText(map, "name") ?? name, map.line, detector, "declared");
  else if (group === "embeddings" && store !== undefined)
    found.add("vector_store", store, map.line, detector, "declared");
  else if (group === "provider") noteSupplier(signals, map, name);
}

function noteSupplier({ book, found }: Signals, map: Tree, name: string): void {
  const detector = "kestra/task";
  const [provider, service] = SUPPLIERS.get(name) ?? [book.provider(name.toLowerCase())?.id, undefined];
  if (provider !== undefined) found.add("provider", provider, map.line, detector, "declared");
  if (service !== undefined) found.add("service", service, map.line, detector, "declared", suppliedBy(provider));
  const model = treeText(map, "modelName");
  if (model !== undefined && isRegistryName(model))
    found.add(book.model(model)?.kind ?? "model", model, map.line, detector, "declared", suppliedBy(provider));
}
