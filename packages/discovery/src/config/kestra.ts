/** Flows of Kestra: the tasks of its AI plugin are agents with their suppliers, stores and tools. */
import { noteModelNode, storeNamed } from "./flow-names.ts";
import type { Signals } from "./signals.ts";
import { treeText, type Tree } from "./tree.ts";

const PLUGIN = /^io\.kestra\.plugin\.ai\.(\w+)\.(\w+)$/;

const DETECTOR = "kestra/task";

export function noteKestraTask(signals: Signals, map: Tree): void {
  const [, group, name] = PLUGIN.exec(treeText(map, "type") ?? "") ?? [];
  if (group !== undefined && name !== undefined) notePart(signals, map, group, name);
}

function notePart(signals: Signals, map: Tree, group: string, name: string): void {
  const { line } = map;
  const { found } = signals;
  const store = storeNamed(name);
  // A default for all agents of a flow has no name of its own.
  const id = treeText(map, "id");
  if (group === "agent" && id !== undefined) found.add("agent", id, line, DETECTOR, "declared");
  else if (group === "tool" || (group === "retriever" && name.endsWith("Search")))
    found.add("tool", treeText(map, "name") ?? name, line, DETECTOR, "declared");
  else if (group === "embeddings" && store !== undefined) found.add("vector_store", store, line, DETECTOR, "declared");
  else if (group === "provider") {
    const model = treeText(map, "modelName");
    noteModelNode(signals, { supplier: name, model, embeds: false, line, detector: DETECTOR });
  }
}
