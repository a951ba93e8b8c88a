/** The form of a rule: one technology, and every signal by which a repository shows that it uses it. */
import type { Kind } from "../types.ts";

/** The package URL types whose manifests are read. */
export const ECOSYSTEMS = [
  "npm",
  "pypi",
  "golang",
  "maven",
  "cargo",
  "nuget",
  "gem",
  "composer",
  "swift",
  "hex",
] as const;
export type Ecosystem = (typeof ECOSYSTEMS)[number];

export interface PackageRule {
  readonly ecosystem: Ecosystem;
  /** The name in the registry; `*` stands for any ending. */
  readonly name: string;
  /** What source imports when it uses the package; `*` as in the name. */
  readonly modules: readonly string[];
  /**
   * Set where the module's name is a common word (`agents`, `datasets`): an import then counts only where the package
   * is declared, or where one of these names is imported from it and no file of the repository has the module's name.
   */
  readonly symbols: readonly string[];
  /** What declaring the package means already, where no line of code is needed to use it: `spring-ai-starter-…`. */
  readonly emits: readonly Emission[];
}

/** Where a call's emitted name comes from. */
export type Source =
  | { readonly from: "fixed"; readonly text: string }
  | { readonly from: "named"; readonly name: string }
  | { readonly from: "position"; readonly at: number }
  /** The variable that the result is given to, or the function that is decorated. */
  | { readonly from: "target" }
  /** The class or function that extends the callee or is decorated by it; nothing for a call. */
  | { readonly from: "definition" }
  /** The callee's own name, or the part of its path that the rule marks with `<` and `>`. */
  | { readonly from: "callee" };

export type Emission = readonly [kind: Kind, sources: readonly Source[]];

export interface CallRule {
  /** The path of the callee as resolved from its import; undefined where only the tail is known. */
  readonly path: RegExp | undefined;
  /** The module that the path begins with, up to its first wildcard. */
  readonly module: string;
  /** The last names of the callee, for a receiver that can't be resolved: a weak signal. */
  readonly tail: readonly string[] | undefined;
  /** The names with which the path may end: what is not among them is not looked at. */
  readonly lastNames: readonly string[];
  /** An argument that must have one of these texts. */
  readonly when:
    | { readonly sources: readonly Source[]; readonly texts: RegExp; readonly words: readonly string[] }
    | undefined;
  /** Arguments that must be given, whatever their value. */
  readonly needs: readonly string[];
  /** The argument that points the client to another service than the rule's own. */
  readonly baseUrl: readonly Source[];
  readonly emits: readonly Emission[];
  /** The call makes an agent or tool. */
  readonly defines: boolean;
  /** Model names carry their provider: `openai/gpt-4o`, `openai:gpt-4o`. */
  readonly prefixed: boolean;
  /** Only names that the catalogue of models knows are models: deployments have names of their own. */
  readonly knownModelsOnly: boolean;
  /** Rules of which the file must import a package, for a call that is nothing by itself: `pandas.read_csv`. */
  readonly beside: readonly string[];
  /** What is emitted as a data set is a file, not a name in a registry. */
  readonly files: boolean;
}

/** A module whose import says more than that its package is used: `dev.langchain4j.model.openai`. */
export interface ImportRule {
  readonly module: string;
  readonly emits: readonly Emission[];
}

export interface ResourceRule {
  /** A Terraform, CloudFormation or Bicep type; `*` stands for any ending. */
  readonly type: string;
  /** A property that must have one of these texts. */
  readonly when: { readonly key: string; readonly texts: RegExp } | undefined;
  /** The property that names the model that is deployed. */
  readonly model: string | undefined;
}

export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly provider: string | undefined;
  readonly service: string | undefined;
  readonly vectorStore: string | undefined;
  readonly packages: readonly PackageRule[];
  readonly imports: readonly ImportRule[];
  readonly calls: readonly CallRule[];
  /** Words of source in languages that are not parsed, as `OpenAI::Client`; they count beside the rule's package. */
  readonly code: readonly ImportRule[];
  readonly hosts: readonly string[];
  readonly credentials: readonly string[];
  /** Variables that other software has too (GOOGLE_API_KEY): they count beside a use of the rule's supplier, or of any AI. */
  readonly sharedCredentials: readonly string[];
  readonly images: readonly string[];
  readonly charts: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly ResourceRule[];
  /** Actions of cloud permissions: `bedrock:InvokeModel`. */
  readonly permissions: readonly string[];
  /** A text that a definition gives to a key: `"type": "dense_vector"`. */
  readonly literals: readonly { readonly key: string; readonly text: string }[];
}

/** A family of model names: what a name of it looks like, who makes it, and whether it embeds. */
export interface ModelFamily {
  readonly pattern: RegExp;
  readonly maker: string;
  readonly kind: "model" | "embedding";
  /** Names that people also give to deployments and releases (`llama3`): the key itself must say that it is a model. */
  readonly loose: boolean;
}

export interface Provider {
  readonly id: string;
  readonly title: string;
  /** Other names of the same supplier: of OpenTelemetry, of model prefixes. */
  readonly aliases: readonly string[];
  /** False for a maker of models whose name before a `/` is part of the model's name: `meta/llama-3.1`. */
  readonly prefix: boolean;
}

export interface RuleSet {
  readonly rules: readonly Rule[];
  readonly models: readonly ModelFamily[];
  readonly providers: readonly Provider[];
}
