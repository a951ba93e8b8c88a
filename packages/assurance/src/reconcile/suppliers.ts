/** When two names mean the same supplier: spelling, what is known of everyone, and what the organisation's register says. */
import type { SupplierAliasFact } from "../facts-inventory.ts";
import type { Facts } from "../facts.ts";
import { compare } from "../intervals.ts";
import { normalName } from "./names.ts";

/** Suppliers by the name that scans give them: what they call themselves, and other names that need no explanation. */
const KNOWN: Readonly<Record<string, readonly [title: string, ...names: string[]]>> = {
  ai21: ["AI21 Labs"],
  alibaba: ["Alibaba Cloud", "alibaba-cloud", "dashscope", "qwen"],
  anthropic: ["Anthropic", "anthropic-claude", "claude"],
  anyscale: ["Anyscale"],
  assemblyai: ["AssemblyAI"],
  aws: [
    "Amazon Web Services",
    "amazon",
    "amazon-bedrock",
    "amazon-sagemaker",
    "amazon-web-services",
    "aws-bedrock",
    "aws-sagemaker",
    "bedrock",
  ],
  azure: [
    "Microsoft Azure",
    "azure-ai",
    "azure-ai-foundry",
    "azure-openai",
    "azure-openai-service",
    "azureopenai",
    "microsoft-azure",
  ],
  baidu: ["Baidu"],
  bytedance: ["ByteDance"],
  cerebras: ["Cerebras"],
  cloudflare: ["Cloudflare"],
  cohere: ["Cohere", "cohere-ai"],
  databricks: ["Databricks"],
  deepgram: ["Deepgram"],
  deepinfra: ["DeepInfra"],
  deepl: ["DeepL"],
  deepseek: ["DeepSeek"],
  elevenlabs: ["ElevenLabs"],
  fal: ["fal"],
  fireworks: ["Fireworks AI"],
  github: ["GitHub Models", "github-models"],
  google: [
    "Google",
    "gemini",
    "google-ai",
    "google-ai-studio",
    "google-cloud",
    "google-gemini",
    "google-vertex-ai",
    "vertex-ai",
  ],
  groq: ["Groq"],
  huggingface: ["Hugging Face", "hf", "hugging-face"],
  hyperbolic: ["Hyperbolic"],
  ibm: ["IBM", "ibm-watsonx", "watsonx"],
  jina: ["Jina AI"],
  lmstudio: ["LM Studio"],
  meta: ["Meta"],
  microsoft: ["Microsoft"],
  minimax: ["MiniMax", "minimaxai"],
  mistral: ["Mistral AI", "mistral-ai", "mistralai"],
  moonshot: ["Moonshot AI"],
  nebius: ["Nebius", "nebius-ai"],
  nomic: ["Nomic"],
  novita: ["Novita AI", "novita"],
  nvidia: ["NVIDIA", "nvidia-nim"],
  ollama: ["Ollama"],
  openai: ["OpenAI", "open-ai", "openai-api"],
  openrouter: ["OpenRouter"],
  oracle: ["Oracle"],
  ovhcloud: ["OVHcloud", "ovh"],
  perplexity: ["Perplexity"],
  replicate: ["Replicate"],
  requesty: ["Requesty"],
  runpod: ["RunPod"],
  salesforce: ["Salesforce"],
  sambanova: ["SambaNova"],
  siliconflow: ["SiliconFlow"],
  snowflake: ["Snowflake"],
  stability: ["Stability AI"],
  tencent: ["Tencent Cloud", "hunyuan", "tencent-cloud"],
  together: ["Together AI", "together-ai", "togetherai"],
  upstage: ["Upstage"],
  vercel: ["Vercel"],
  voyage: ["Voyage AI"],
  writer: ["Writer"],
  xai: ["xAI", "x-ai", "grok"],
  zhipu: ["Zhipu AI", "zhipu-ai", "zhipuai"],
};

const SHIPPED: ReadonlyMap<string, string> = new Map(
  Object.entries(KNOWN).flatMap(([supplier, [title, ...names]]) =>
    [normalName(title), ...names].map((name): [string, string] => [name, supplier]),
  ),
);

/** A company's legal form says nothing of who it is. */
const LEGAL_FORM = /,?-(?:inc|llc|ltd|limited|gmbh|pbc|corp|corporation|plc|ag|sas)-?$/;

/** Names of a register may lead to one another; a circle ends here. */
const MAX_STEPS = 8;

export class Suppliers {
  readonly #own: ReadonlyMap<string, string>;

  constructor(aliases: readonly SupplierAliasFact[]) {
    const sorted = aliases.toSorted((a, b) => compare(a.id, b.id));
    this.#own = new Map(sorted.map(({ alias, supplier }) => [normalName(alias), normalName(supplier)]));
  }

  /** The same text for every name of one supplier. The organisation's register comes before what is shipped. */
  keyOf(name: string): string {
    let key = normalName(name);
    for (let step = 0; step < MAX_STEPS; step++) {
      const own = this.#own.get(key);
      if (own === undefined || own === key) break;
      key = own;
    }
    const bare = key.replace(LEGAL_FORM, "");
    return SHIPPED.get(key) ?? SHIPPED.get(bare) ?? bare;
  }

  /** What a supplier calls itself; the name as it is given for one that is not known of everyone. */
  titleOf(name: string): string {
    return KNOWN[this.keyOf(name)]?.[0] ?? name;
  }

  areSame(one: string, other: string): boolean {
    return this.keyOf(one) === this.keyOf(other);
  }
}

export function suppliersOf({ supplierAliases }: Pick<Facts, "supplierAliases">): Suppliers {
  return new Suppliers(supplierAliases ?? []);
}
