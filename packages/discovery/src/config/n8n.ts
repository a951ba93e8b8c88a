/** Workflows of n8n: the nodes of its integration of LangChain are agents, models, stores and tools. */
import { isRegistryName } from "../source/select.ts";
import { noteModelNode, storeNamed } from "./flow-names.ts";
import { notePrompt } from "./prompts.ts";
import type { Signals } from "./signals.ts";
import { itemsOf, scalarsOf, treeAt, treeText, type Tree } from "./tree.ts";

const NODE_TYPE = /^@n8n\/n8n-nodes-langchain\.(\w+)$/;
const MODEL_NODE = /^(?:lmChat|lm|embeddings)([A-Z]\w*)$/;

/** Nodes that ask a supplier by themselves. */
const SUPPLIER_NODE = /^(?:openAi|anthropic|googleGemini|ollama|mistralAi)$/;

/** Any other node of n8n that an agent is given: `n8n-nodes-base.gmailTool`. */
const TOOL_NODE = /^(?:@n8n\/)?n8n-nodes-[\w-]+\.\w+Tool$/;
const STORE_NODE = /^vectorStore([A-Z]\w*?)(?:Insert|Load)?$/;

export function readWorkflow(signals: Signals, tree: Tree): void {
  for (const node of itemsOf(treeAt(tree, "nodes"))) {
    const given = treeText(node, "type") ?? "";
    const type = NODE_TYPE.exec(given)?.[1];
    if (type !== undefined) noteNode(signals, node, type);
    else if (TOOL_NODE.test(given))
      signals.found.add("tool", treeText(node, "name") ?? given, node.line, "n8n/node", "declared");
  }
}

function noteNode(signals: Signals, node: Tree, type: string): void {
  const name = treeText(node, "name") ?? type;
  const store = storeNamed(STORE_NODE.exec(type)?.[1] ?? "");
  const supplier = MODEL_NODE.exec(type)?.[1] ?? SUPPLIER_NODE.exec(type)?.[0];
  const offered = treeText(node, "parameters", "toolName");
  if (store !== undefined && offered !== undefined && treeText(node, "parameters", "mode") === "retrieve-as-tool")
    signals.found.add("tool", offered, node.line, "n8n/node", "declared");
  if (type === "agent" || type === "agentTool") signals.found.add("agent", name, node.line, "n8n/node", "declared");
  else if (store !== undefined) signals.found.add("vector_store", store, node.line, "n8n/node", "declared");
  else if (supplier !== undefined) noteModel(signals, node, type, supplier);
  else if (/^(?:tool[A-Z]\w*|mcpClientTool)$/.test(type))
    signals.found.add("tool", treeText(node, "parameters", "name") ?? name, node.line, "n8n/node", "declared");
  const isAsked = /^(?:agent|agentTool|chainLlm)$/.test(type);
  const asked = isAsked ? scalarsOf(treeAt(node, "parameters", "text")) : [];
  for (const message of [...messagesOf(treeAt(node, "parameters")), ...asked.map(said)])
    notePrompt(signals, ["prompts", name], message.text, message.line);
}

/** What a node tells its model; n8n writes `=` before a text with expressions in it. */
function messagesOf(parameters: Tree | undefined): { readonly text: string; readonly line: number }[] {
  const values = itemsOf(treeAt(parameters, "messages", "messageValues")).map((value) => treeAt(value, "message"));
  const contents = [
    ...itemsOf(treeAt(parameters, "messages", "values")),
    ...itemsOf(treeAt(parameters, "responses", "values")),
  ];
  const options = ["systemMessage", "systemPromptTemplate"].map((key) => treeAt(parameters, "options", key));
  return [...options, ...values, ...contents.map((value) => treeAt(value, "content"))]
    .flatMap((message) => scalarsOf(message))
    .map(said);
}

function said({ text, line }: { readonly text: string; readonly line: number }): { text: string; line: number } {
  return { text: text.replace(/^=\s*/, ""), line };
}

function noteModel(signals: Signals, node: Tree, type: string, supplier: string): void {
  const parameters = treeAt(node, "parameters");
  const model = ["model", "modelName", "modelId"]
    .map((key) => treeText(parameters, key) ?? treeText(parameters, key, "value"))
    .find((text) => text !== undefined && isRegistryName(text));
  const embeds = type.startsWith("embeddings");
  noteModelNode(signals, { supplier, model, embeds, line: node.line, detector: "n8n/node" });
}
