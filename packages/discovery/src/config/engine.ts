/** Arguments of vLLM's engine as a file: Triton's `model.json`, and settings that a server of one's own is started with. */
import { suppliedBy } from "../finding-list.ts";
import { HUB_NAME, type Signals } from "./signals.ts";
import { readTrees, treeAt, type Tree } from "./tree.ts";

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

/** What guesses ahead of the model is another one; as an argument of a command it is written as JSON. */
const SPECULATION_KEYS = ["speculative_config", "speculative-config"];

export function noteEngineArguments({ book, found }: Signals, map: Tree): void {
  if (treeAt(map, "model")?.type !== "scalar" || !ENGINE_KEYS.some((key) => treeAt(map, key) !== undefined)) return;
  found.add("service", "vllm", map.line, "vllm/engine", "declared");
  const named = MODEL_KEYS.map((key) => treeAt(map, key));
  const guessing = SPECULATION_KEYS.map((key) => treeAt(settingsOf(treeAt(map, key)), "model"));
  for (const value of [...named, ...guessing]) {
    if (value?.type !== "scalar" || !HUB_NAME.test(value.text)) continue;
    const known = book.model(value.text);
    const maker = suppliedBy(known?.maker ?? "huggingface");
    const line = guessing.includes(value) ? map.line : value.line;
    found.add(known?.kind ?? "model", value.text, line, "vllm/engine", "declared", maker);
  }
}

function settingsOf(value: Tree | undefined): Tree | undefined {
  return value?.type === "scalar" && value.text.startsWith("{") ? readTrees(value.text)[0] : value;
}
