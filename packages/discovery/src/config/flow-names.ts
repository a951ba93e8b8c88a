/** Suppliers and stores as tools for drawn flows (n8n, Flowise, Kestra) call them, and the model that a node of theirs names. */
import { suppliedBy } from "../finding-list.ts";
import { isRegistryName } from "../source/select.ts";
import type { Signals } from "./signals.ts";

/** By their letters and digits in small letters, where the name is not a supplier's id or alias. */
const SUPPLIERS: ReadonlyMap<string, readonly [provider: string | undefined, service: string | undefined]> = new Map([
  ["amazonbedrock", ["aws", "aws-bedrock"]],
  ["awsbedrock", ["aws", "aws-bedrock"]],
  ["azureopenai", ["azure", "azure-openai"]],
  ["googlegemini", ["google", undefined]],
  ["googlegenerativeai", ["google", undefined]],
  ["googlevertex", ["google", "vertex-ai"]],
  ["googlevertexai", ["google", "vertex-ai"]],
  ["huggingface", ["huggingface", undefined]],
  ["huggingfaceinference", ["huggingface", undefined]],
  ["localai", [undefined, "localai"]],
  ["mistralai", ["mistral", undefined]],
  ["mistralcloud", ["mistral", undefined]],
  ["ollama", [undefined, "ollama"]],
  ["openhuggingfaceinference", ["huggingface", undefined]],
  ["xaigrok", ["xai", undefined]],
]);

const STORES: ReadonlyMap<string, string> = new Map([
  ["chroma", "chroma"],
  ["elasticsearch", "elasticsearch"],
  ["faiss", "faiss"],
  ["inmemory", "in-memory"],
  ["memoryvectorstore", "in-memory"],
  ["milvus", "milvus"],
  ["mongodbatlas", "mongodb-atlas"],
  ["pgvector", "pgvector"],
  ["pinecone", "pinecone"],
  ["postgres", "pgvector"],
  ["qdrant", "qdrant"],
  ["redis", "redis"],
  ["supabase", "pgvector"],
  ["weaviate", "weaviate"],
]);

/** The store of vectors that a node is called after; undefined for any other. */
export function storeNamed(name: string): string | undefined {
  return STORES.get(name.toLowerCase());
}

/** A node that asks a supplier: what it names of supplier, service and model. */
export interface ModelNode {
  /** The supplier as the tool calls it. */
  readonly supplier: string;
  readonly model: string | undefined;
  readonly embeds: boolean;
  readonly line: number;
  readonly detector: string;
}

export function noteModelNode({ book, found }: Signals, { supplier, model, embeds, line, detector }: ModelNode): void {
  const name = supplier.toLowerCase();
  const [provider, service] = SUPPLIERS.get(name) ?? [book.provider(name)?.id, undefined];
  if (provider !== undefined) found.add("provider", provider, line, detector, "declared");
  if (service !== undefined) found.add("service", service, line, detector, "declared", suppliedBy(provider));
  if (model === undefined || !isRegistryName(model)) return;
  const kind = embeds ? "embedding" : (book.model(model)?.kind ?? "model");
  found.add(kind, model, line, detector, "declared", suppliedBy(provider));
}
