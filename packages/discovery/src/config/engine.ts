/** Arguments of vLLM's engine as a file: Triton's `model.json`, and settings that a server of one's own is started with. */
import { suppliedBy } from "../finding-list.ts";
import { HUB_NAME, type Signals } from "./signals.ts";
import { treeAt, type Tree } from "./tree.ts";

/** What only the engine is told: other servers and trainers have other words for it. */
const ENGINE_KEYS = [
  "gpu_memory_utilization",
  "gpu-memory-utilization",
  "speculative_model",
  "enforce_eager",
  "enforce-eager",
];

/** The arguments that name a model. */
const MODEL_KEYS = ["model", "speculative_model"];

export function noteEngineArguments({ book, found }: Signals, map: Tree): void {
  if (treeAt(map, "model")?.type !== "scalar" || !ENGINE_KEYS.some((key) => treeAt(map, key) !== undefined)) return;
  found.add("service", "vllm", map.line, "vllm/engine", "declared");
  for (const key of MODEL_KEYS) {
    const value = treeAt(map, key);
    if (value?.type !== "scalar" || !HUB_NAME.test(value.text)) continue;
    const known = book.model(value.text);
    const maker = suppliedBy(known?.maker ?? "huggingface");
    found.add(known?.kind ?? "model", value.text, value.line, "vllm/engine", "declared", maker);
  }
}
