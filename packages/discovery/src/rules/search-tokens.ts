/** The byte sequences that a file must hold one of before it is worth parsing. */
import type { RuleSet } from "./rule.ts";

/** Shorter module names are common words: they count with what stands around them in an import only. */
const SHORT_MODULE_CHARS = 5;

/** What configurations of model servers, and every model family's names, begin with. */
const MODEL_TOKENS = [
  "serving.kserve.io",
  "serving.kubeflow.org",
  "machinelearning.seldon.io",
  "mlops.seldon.io",
  "kaito.sh",
  "kubeai.org",
  "kubeflow.org",

  "huggingface.co/",
  "n8n-nodes-langchain",
  "gpu_memory_utilization",
  "speculative_model",
  "checkpoint_dir: checkpoints/",
  '"category": "Chat Models"',
  "iconSrc",
  "io.kestra.plugin.ai",
  "EXTENSION IF NOT EXISTS vector",
  "extension if not exists vector",
  // What a prompt, or the definition of a tool, stands in where no library is imported.
  "you are a",
  "you are the",
  'role="system"',
  'role: "system"',
  "role: 'system'",
  '"role": "system"',
  "'role': 'system'",
  'role = "system"',
  "role: system",
  "=> 'system'",
  '=> "system"',
  "system_prompt",
  "_prompt",
  "_INSTRUCTION",
  "_PREAMBLE",
  "systemPrompt",
  "systemMessage",
  "system_message",
  "prompt = ",
  "prompt := ",
  "llm_client",
  "llmClient",
  "LLMAgent",
  "openai/deployments/",
  "system_template",
  "input_schema",
  "inputSchema",
  "input_variables",
  "tool({",
  "toolsList",
  "createTool<",
  "ActionSchema",
  "Tool = {",
  "tools = {",
  "tools = [",
  "TOOLS = [",
  "ToolInfo",
  "ToolDefinition",
  "FunctionDefinition",
  "mcpServers",
  "mcp_servers",
  "@modelcontextprotocol/server-",
  "impl Tool for",
  "(Tool):",
  "(BaseTool):",
  "Agent):",
  "< Tool",
  'type: "function"',
  "type: 'function'",
  '"type": "function"',
  "gpt-",
  "claude-",
  "gemini-",
  "grok-",
  "llama",
  "mistral",
  "mixtral",
  "text-embedding",
  "embeddinggemma",
  "davinci",
  "deepseek",
  "qwen",
  "command-r",
];

export function searchTokens(set: RuleSet): ReadonlySet<string> {
  const tokens = new Set(MODEL_TOKENS);
  for (const rule of set.rules) {
    for (const entry of rule.packages) {
      for (const module of entry.modules)
        for (const token of moduleTokens(module.replace(/\*$/, ""))) tokens.add(token);
    }
    for (const entry of rule.imports) tokens.add(entry.module.replace(/\*$/, ""));
    for (const entry of rule.code) tokens.add(entry.module);
    // Where the path itself names its module, the words of an argument would only have more files read.
    for (const call of rule.calls)
      if (call.module.length <= SHORT_MODULE_CHARS) for (const word of call.when?.words ?? []) tokens.add(word);
    for (const call of rule.calls)
      if (call.module.length > SHORT_MODULE_CHARS) tokens.add(call.module.replace(/[./]$/, ""));
    for (const call of rule.calls)
      if (call.tail !== undefined && call.tail.length > 1) tokens.add(call.tail.slice(-2).join("."));
    for (const host of rule.hosts) tokens.add(host.replace(/^\*\.?/, "").replace(/\*.*$/, ""));
    for (const name of [...rule.credentials, ...rule.sharedCredentials]) tokens.add(name);
    for (const image of rule.images)
      tokens.add(image.replace(/\*$/, "").split("/").at(-1) || image.replace(/\/?\*$/, ""));
    for (const name of [...rule.charts, ...rule.actions]) tokens.add(name);
    for (const resource of rule.resources) tokens.add(resource.type.replace(/\*$/, ""));
    for (const literal of rule.literals) tokens.add(literal.text);
    for (const permission of rule.permissions) tokens.add(permission.replace(/\*$/, ""));
  }
  tokens.delete("");
  return tokens;
}

function moduleTokens(module: string): string[] {
  if (module.length >= SHORT_MODULE_CHARS || /[^a-z]/.test(module)) return [module];
  return [
    `"${module}"`,
    `'${module}'`,
    `"${module}/`,
    `'${module}/`,
    `import ${module}`,
    `from ${module}`,
    `use ${module}::`,
    `npm:${module}`,
  ];
}
