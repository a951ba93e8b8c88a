/** When two names mean the same supplier: spelling, what is known of everyone, and what the organisation's register says. */
import type { SupplierAliasFact } from "../facts-inventory.ts";
import type { Facts } from "../facts.ts";
import { compare } from "../intervals.ts";
import { normalName } from "./names.ts";

/** Suppliers by the name that scans give them, with the other names of them that need no explanation. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  alibaba: ["alibaba-cloud", "dashscope", "qwen"],
  anthropic: ["anthropic-claude", "claude"],
  aws: [
    "amazon",
    "amazon-bedrock",
    "amazon-sagemaker",
    "amazon-web-services",
    "aws-bedrock",
    "aws-sagemaker",
    "bedrock",
  ],
  azure: ["azure-ai", "azure-ai-foundry", "azure-openai", "azure-openai-service", "azureopenai", "microsoft-azure"],
  cohere: ["cohere-ai"],
  github: ["github-models"],
  google: ["gemini", "google-ai", "google-ai-studio", "google-cloud", "google-gemini", "google-vertex-ai", "vertex-ai"],
  huggingface: ["hf", "hugging-face"],
  ibm: ["ibm-watsonx", "watsonx"],
  mistral: ["mistral-ai", "mistralai"],
  nvidia: ["nvidia-nim"],
  openai: ["open-ai", "openai-api"],
  together: ["together-ai", "togetherai"],
  xai: ["x-ai", "grok"],
  zhipu: ["zhipu-ai", "zhipuai"],
};

const SHIPPED: ReadonlyMap<string, string> = new Map(
  Object.entries(KNOWN).flatMap(([supplier, names]) => names.map((name): [string, string] => [name, supplier])),
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

  areSame(one: string, other: string): boolean {
    return this.keyOf(one) === this.keyOf(other);
  }
}

export function suppliersOf({ supplierAliases }: Pick<Facts, "supplierAliases">): Suppliers {
  return new Suppliers(supplierAliases ?? []);
}
