/** The rules, indexed by what a file can show: a module, a package, a host, a variable, an image, a model's name. */
import { TokenSearch } from "../repo/tokens.ts";
import { modelOfResource } from "../source/names.ts";
import { fitsHost, fitsPrefix } from "./glob.ts";
import type {
  CallRule,
  Ecosystem,
  Emission,
  ImportRule,
  ModelFamily,
  PackageRule,
  Provider,
  ResourceRule,
  Rule,
  RuleSet,
} from "./rule.ts";
import { searchTokens } from "./search-tokens.ts";

export interface PackageMatch {
  readonly rule: Rule;
  readonly package: PackageRule;
  /** The package's name in its registry, with a wildcard filled in. */
  readonly name: string;
}

export interface CallMatch {
  readonly rule: Rule;
  readonly call: CallRule;
}

export interface CodeMatch {
  readonly rule: Rule;
  readonly word: RegExp;
  readonly emits: readonly Emission[];
}

export interface KnownModel {
  /** The name without a provider's prefix. */
  readonly name: string;
  readonly kind: "model" | "embedding";
  readonly maker: string;
  readonly loose: boolean;
}

const SEPARATORS: Readonly<Record<Ecosystem, string>> = {
  npm: "/",
  pypi: ".",
  golang: "/",
  maven: ".",
  cargo: "::",
  nuget: ".",
  gem: "/",
  composer: "\\",
  swift: ".",
  hex: ".",
};

/** Texts that were once compared with the families are remembered up to this number. */
const MAX_REMEMBERED_TEXTS = 20_000;

/** A file of weights is called after its model, and is no model's name. */
const WEIGHTS = /\.(?:gguf|ggml|bin|safetensors|onnx|pth?)$/i;

export class RuleBook {
  readonly set: RuleSet;
  readonly #packages = new Map<string, PackageMatch>();
  readonly #wildPackages: { readonly ecosystem: Ecosystem; readonly rule: Rule; readonly package: PackageRule }[] = [];
  readonly #modules = new Map<string, PackageMatch[]>();
  readonly #wildModules: {
    readonly ecosystem: Ecosystem;
    readonly prefix: string;
    readonly rule: Rule;
    readonly package: PackageRule;
  }[] = [];
  readonly #imports: { readonly rule: Rule; readonly import: ImportRule }[] = [];
  readonly #code: CodeMatch[] = [];
  readonly #calls: CallMatch[] = [];
  readonly #tails = new Map<string, CallMatch[]>();
  readonly #lastNames = new Set<string>();
  readonly #literals = new Map<string, Rule[]>();
  readonly #credentials = new Map<string, Rule>();
  readonly #hosts: { readonly host: string; readonly rule: Rule }[] = [];
  readonly #providers = new Map<string, Provider>();
  #search: TokenSearch | undefined;
  readonly #models = new Map<string, KnownModel | null>();

  constructor(set: RuleSet) {
    this.set = set;
    for (const provider of set.providers) {
      for (const name of [provider.title.toLowerCase(), provider.id, ...provider.aliases])
        this.#providers.set(name, provider);
    }
    for (const rule of set.rules) this.#add(rule);
  }

  #add(rule: Rule): void {
    for (const entry of rule.packages) this.#addPackage(rule, entry);
    for (const call of rule.calls) {
      for (const name of call.lastNames) this.#lastNames.add(name);
      if (call.tail === undefined) this.#calls.push({ rule, call });
      else push(this.#tails, call.tail.at(-1) as string, { rule, call });
    }
    for (const entry of rule.imports) this.#imports.push({ rule, import: entry });
    for (const { module, emits } of rule.code) {
      this.#code.push({
        rule,
        emits,
        word: new RegExp(`(?<!\\w)${module.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&")}(?!\\w)`),
      });
    }
    for (const name of [...rule.credentials, ...rule.sharedCredentials]) this.#credentials.set(name, rule);
    for (const literal of rule.literals) push(this.#literals, literal.text, rule);
    for (const host of rule.hosts) this.#hosts.push({ host, rule });
  }

  #addPackage(rule: Rule, entry: PackageRule): void {
    if (entry.name.endsWith("*")) this.#wildPackages.push({ ecosystem: entry.ecosystem, rule, package: entry });
    else
      this.#packages.set(`${entry.ecosystem}:${normalName(entry.ecosystem, entry.name)}`, {
        rule,
        package: entry,
        name: entry.name,
      });
    for (const module of entry.modules) {
      if (module.endsWith("*")) {
        this.#wildModules.push({ ecosystem: entry.ecosystem, prefix: module.slice(0, -1), rule, package: entry });
      } else push(this.#modules, `${entry.ecosystem}:${module}`, { rule, package: entry, name: entry.name });
    }
  }

  rule(id: string): Rule | undefined {
    return this.set.rules.find((rule) => rule.id === id);
  }

  /** The rule of a package by its registry name. */
  packageNamed(ecosystem: Ecosystem, name: string): PackageMatch | undefined {
    const normal = normalName(ecosystem, name);
    const exact = this.#packages.get(`${ecosystem}:${normal}`);
    if (exact !== undefined) return exact;
    const wild = this.#wildPackages.find(
      (entry) => entry.ecosystem === ecosystem && fitsPrefix(normal, normalName(ecosystem, entry.package.name)),
    );
    return wild === undefined ? undefined : { rule: wild.rule, package: wild.package, name };
  }

  /** True for a package that some rule names. */
  readonly knowsPackage = (ecosystem: Ecosystem, name: string): boolean =>
    this.packageNamed(ecosystem, name) !== undefined;

  /** The packages that an imported module may belong to, those of the longest matching name. */
  packagesOfModule(ecosystem: Ecosystem, module: string): readonly PackageMatch[] {
    const separator = SEPARATORS[ecosystem];
    for (let at = module; at !== ""; at = at.includes(separator) ? at.slice(0, at.lastIndexOf(separator)) : "") {
      const exact = this.#modules.get(`${ecosystem}:${at}`);
      if (exact !== undefined) return exact.map((match) => ({ ...match, name: filledName(match.name, at, module) }));
    }
    const wild = this.#wildModules.find((entry) => entry.ecosystem === ecosystem && module.startsWith(entry.prefix));
    return wild === undefined
      ? []
      : [{ rule: wild.rule, package: wild.package, name: packageOfModule(ecosystem, module) }];
  }

  /** What the import of a module says beyond its package. */
  importsAt(module: string): readonly { readonly rule: Rule; readonly import: ImportRule }[] {
    return this.#imports.filter(
      ({ import: entry }) => module.startsWith(entry.module) && !/^\w/.test(module.slice(entry.module.length)),
    );
  }

  /** Every rule that knows words of source in languages that are not parsed. */
  get code(): readonly CodeMatch[] {
    return this.#code;
  }

  /** The rules whose pattern a resolved callee's path fits. */
  callsAt(path: string): readonly CallMatch[] {
    return this.#calls.filter(({ call }) => path.startsWith(call.module) && (call.path as RegExp).test(path));
  }

  /** The rules for a callee of which only the last names are known. */
  callsEnding(tail: readonly string[]): readonly CallMatch[] {
    const last = tail.at(-1);
    const candidates = last === undefined ? undefined : this.#tails.get(last);
    if (candidates === undefined) return [];
    return candidates.filter(({ call }) => {
      const wanted = call.tail as readonly string[];
      return wanted.every((name, at) => tail[tail.length - wanted.length + at] === name);
    });
  }

  knowsCallName(name: string): boolean {
    return this.#lastNames.has(name);
  }

  /** The rule of a variable that holds a key; `ACME_APIKEY` is `ACME_API_KEY`. */
  credential(name: string): Rule | undefined {
    return this.#credentials.get(name) ?? this.#credentials.get(name.replace(/_APIKEY$/, "_API_KEY"));
  }

  /** The rule of an address: by a piece of path written after `*`, an exact host, or a host with a `*` in it. */
  host(url: string): Rule | undefined {
    // Where tools are served no model answers: `https://api.githubcopilot.com/mcp/`.
    if (/^[^?#]*\/mcp\/?(?:[?#]|$)/.test(url)) return undefined;
    const byPath = this.#hosts.find(({ host }) => host.startsWith("*/") && url.includes(host.slice(1)));
    if (byPath !== undefined) return byPath.rule;
    const match = /^(?:https?|wss?):\/\/([^/?#]+)/i.exec(url);
    const host = (match?.[1] ?? "").toLowerCase().replace(/^[^@]*@/, "");
    if (host === "") return undefined;
    const bare = host.replace(/:\d+$/, "");
    const exact = this.#hosts.find(({ host: known }) => known === host || known === bare);
    return (exact ?? this.#hosts.find(({ host: known }) => fitsHost(bare, known)))?.rule;
  }

  /** The supplier of an id, an alias or a title. */
  provider(name: string): Provider | undefined {
    return this.#providers.get(name) ?? this.#providers.get(name.toLowerCase());
  }

  /** The rule of a container image, by its repository without tag and digest. */
  image(repository: string): Rule | undefined {
    const bare = repository
      .replace(/^(?:docker\.io|index\.docker\.io|registry-1\.docker\.io)\//, "")
      .replace(/^library\//, "");
    return this.set.rules.find((rule) =>
      rule.images.some((image) => fitsPrefix(bare, image) || bare.endsWith(`/${image}`)),
    );
  }

  /** The rule of a Helm chart. */
  chart(name: string): Rule | undefined {
    return this.set.rules.find((rule) => rule.charts.includes(name));
  }

  /** The rule of a GitHub Action, by its repository or by a path in it. */
  action(name: string): Rule | undefined {
    return this.set.rules.find((rule) =>
      rule.actions.some((action) => name === action || name.startsWith(`${action}/`)),
    );
  }

  /** The rule and the entry of a resource type of Terraform, CloudFormation or Bicep. */
  resource(type: string): { readonly rule: Rule; readonly resource: ResourceRule }[] {
    return this.set.rules.flatMap((rule) =>
      rule.resources.filter((resource) => fitsPrefix(type, resource.type)).map((resource) => ({ rule, resource })),
    );
  }

  /** A model's name as the catalogue of families knows it; undefined for any other text. */
  model(text: string): KnownModel | undefined {
    const known = this.#models.get(text);
    if (known !== undefined) return known ?? undefined;
    const found = this.#readModel(text);
    if (this.#models.size >= MAX_REMEMBERED_TEXTS) this.#models.clear();
    this.#models.set(text, found ?? null);
    return found;
  }

  #readModel(text: string): KnownModel | undefined {
    return this.#readName(modelOfResource(text));
  }

  #readName(text: string): KnownModel | undefined {
    if (text.length < 2 || text.length > 128 || /\s/.test(text) || WEIGHTS.test(text)) return undefined;
    const direct = this.#family(text);
    if (direct !== undefined) return { name: text, kind: direct.kind, maker: direct.maker, loose: direct.loose };
    const { provider, name } = this.splitPrefix(text);
    if (provider === undefined) return undefined;
    const family = this.#family(name);
    // `huggingface/org/name` is a prefix before a name; in `huggingface/name` it is the organisation.
    if (family !== undefined && provider.id === "huggingface" && text.includes("/") && !name.includes("/"))
      return { name: text, kind: family.kind, maker: provider.id, loose: family.loose };
    return family === undefined ? undefined : { name, kind: family.kind, maker: provider.id, loose: family.loose };
  }

  /** `openai/gpt-4o` and `openai:gpt-4o` in a provider and a name; the whole text as name where it has no such prefix. */
  splitPrefix(text: string): { readonly provider: Provider | undefined; readonly name: string } {
    const match = /^([a-z][\w-]*)[/:](.+)$/.exec(text);
    const provider = match === null ? undefined : this.#providers.get(match[1] as string);
    return provider === undefined
      ? { provider, name: text }
      : { provider, name: (match as RegExpExecArray)[2] as string };
  }

  #family(text: string): ModelFamily | undefined {
    return this.set.models.find((family) => family.pattern.test(text));
  }

  /** The rules for which a text under a key means something: `"type": "dense_vector"`. */
  literalRules(key: string, text: string): readonly Rule[] {
    return (this.#literals.get(text) ?? []).filter((rule) =>
      rule.literals.some((literal) => literal.text === text && literal.key === key),
    );
  }

  /** The rule of a cloud permission: `bedrock:InvokeModel`. */
  permission(text: string): Rule | undefined {
    if (!/^[a-z-]+:[A-Za-z*]+$/.test(text)) return undefined;
    return this.set.rules.find((rule) => rule.permissions.some((permission) => fitsPrefix(text, permission)));
  }

  /** True for a text that means something under the right name. */
  isNotable(text: string): boolean {
    return this.model(text) !== undefined || this.#literals.has(text) || this.permission(text) !== undefined;
  }

  /** True where the bytes hold a sequence without which no rule can say anything of them. */
  mayConcern(bytes: Uint8Array): boolean {
    this.#search ??= new TokenSearch(searchTokens(this.set));
    return this.#search.occursIn(bytes);
  }
}

/** Registry names compared as their registry compares them. */
export function normalName(ecosystem: Ecosystem, name: string): string {
  switch (ecosystem) {
    case "pypi":
      return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
    case "nuget":
    case "composer":
    case "swift":
      return name.toLowerCase();
    case "cargo":
      return name.replaceAll("_", "-");
    default:
      return name;
  }
}

/** A family's name with its wildcard filled in from the module: `azureml-*` in `azureml.core.run` is azureml-core. */
function filledName(name: string, known: string, module: string): string {
  if (!name.endsWith("-*")) return name;
  const next = module.slice(known.length).split(".")[1];
  return next === undefined ? name.slice(0, -2) : `${name.slice(0, -1)}${next.replaceAll("_", "-")}`;
}

/** The package of a module where a rule names the family only: `@langchain/openai/x` → `@langchain/openai`. */
function packageOfModule(ecosystem: Ecosystem, module: string): string {
  const separator = SEPARATORS[ecosystem];
  const segments = module.split(separator);
  if (ecosystem === "npm") return segments.slice(0, module.startsWith("@") ? 2 : 1).join("/");
  const root = segments[0] as string;
  return ecosystem === "pypi" || ecosystem === "cargo" ? root.replaceAll("_", "-") : module;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
