/** The words of several conventions and vendors, in the present words of OpenTelemetry's conventions for generative AI. */

/** Older and other names of providers, in lower case without spaces. */
const PROVIDERS: Readonly<Record<string, string>> = {
  "az.ai.openai": "azure.ai.openai",
  "az.ai.inference": "azure.ai.inference",
  azure: "azure.ai.openai",
  azureopenai: "azure.ai.openai",
  aws: "aws.bedrock",
  bedrock: "aws.bedrock",
  amazonbedrock: "aws.bedrock",
  vertex_ai: "gcp.vertex_ai",
  vertexai: "gcp.vertex_ai",
  gemini: "gcp.gemini",
  google: "gcp.gen_ai",
  google_generativeai: "gcp.gemini",
  mistralai: "mistral_ai",
  mistral: "mistral_ai",
  xai: "x_ai",
  watsonx: "ibm.watsonx.ai",
};

export function providerOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const plain = name.toLowerCase().replaceAll(" ", "");
  return PROVIDERS[plain] ?? plain;
}

/** What a supplier is called where it does not matter through which of its services it answered. */
export function supplierOf(provider: string): string {
  const [first = provider] = provider.split(".", 1);
  if (first === "gcp") return "google";
  return { mistral_ai: "mistral", x_ai: "xai" }[first] ?? first;
}

/** Reasons of OpenAI, Anthropic, Google, Cohere and Bedrock. */
const FINISH_REASONS: Readonly<Record<string, string>> = {
  tool_calls: "tool_call",
  tool_use: "tool_call",
  function_call: "tool_call",
  end_turn: "stop",
  stop_sequence: "stop",
  complete: "stop",
  completed: "stop",
  finish_reason_stop: "stop",
  max_tokens: "length",
  max_output_tokens: "length",
  safety: "content_filter",
  content_filtered: "content_filter",
  guardrail_intervened: "content_filter",
  refusal: "content_filter",
};

/** Undefined where no reason was sent. */
export function finishReasonsOf(reasons: readonly string[]): string[] | undefined {
  const told = reasons.filter((reason) => reason.trim() !== "").map((reason) => reason.trim().toLowerCase());
  return told.length === 0 ? undefined : told.map((reason) => FINISH_REASONS[reason] ?? reason);
}

const OPERATIONS: Readonly<Record<string, string>> = {
  completion: "text_completion",
  embedding: "embeddings",
  responses: "chat",
  message: "chat",
};

export function operationOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : (OPERATIONS[name.toLowerCase()] ?? name.toLowerCase());
}
