/** Reads rule files: YAML to typed rules, refusing what does not fit, so that a mistyped key can't silence a rule. */
import { parse } from "yaml";

import { DiscoveryError } from "../error.ts";
import { KINDS, type Kind } from "../types.ts";
import { globPattern, lastNamesOf } from "./glob.ts";
import {
  ECOSYSTEMS,
  type CallRule,
  type Ecosystem,
  type Emission,
  type ImportRule,
  type ModelFamily,
  type PackageRule,
  type Provider,
  type ResourceRule,
  type Rule,
  type Source,
} from "./rule.ts";

type Fields = Readonly<Record<string, unknown>>;

const RULE_KEYS = [
  "id",
  "title",
  "provider",
  "service",
  "vector_store",
  "packages",
  "imports",
  "calls",
  "code",
  "hosts",
  "credentials",
  "shared_credentials",
  "images",
  "charts",
  "actions",
  "resources",
  "permissions",
  "literals",
];

/**
 * The rules of one YAML file.
 * @throws DiscoveryError `bad_rule` naming the file, the rule and what is wrong.
 */
export function parseRules(file: string, text: string): Rule[] {
  return inFile(file, () => list(parse(text), "the file").map((item, at) => parseRule(fields(item, `rule ${at + 1}`))));
}

/** The model families of `models.yaml`. Errors as parseRules. */
export function parseModels(file: string, text: string): ModelFamily[] {
  return inFile(file, () =>
    list(parse(text), "the file").map((item) => {
      const family = only(fields(item, "family"), ["pattern", "maker", "kind", "loose"], "family");
      const kind = family["kind"] ?? "model";
      if (kind !== "model" && kind !== "embedding") throw bad(`kind is ${String(kind)}`);
      return {
        pattern: new RegExp(`^(?:${text1(family["pattern"], "pattern")})$`),
        maker: text1(family["maker"], "maker"),
        kind,
        loose: family["loose"] === true,
      };
    }),
  );
}

/** The suppliers of `providers.yaml`. Errors as parseRules. */
export function parseProviders(file: string, text: string): Provider[] {
  return inFile(file, () =>
    list(parse(text), "the file").map((item) => {
      const provider = only(fields(item, "provider"), ["id", "title", "aliases", "prefix"], "provider");
      return {
        id: text1(provider["id"], "id"),
        title: text1(provider["title"], "title"),
        aliases: texts(provider["aliases"], "aliases"),
        prefix: provider["prefix"] !== false,
      };
    }),
  );
}

function parseRule(raw: Fields): Rule {
  const id = text1(raw["id"], "id");
  try {
    only(raw, RULE_KEYS, "rule");
    return {
      id,
      title: text1(raw["title"], "title"),
      provider: optionalText(raw["provider"], "provider"),
      service: optionalText(raw["service"], "service"),
      vectorStore: optionalText(raw["vector_store"], "vector_store"),
      packages: list(raw["packages"] ?? [], "packages").map((item) => parsePackage(item)),
      imports: list(raw["imports"] ?? [], "imports").map((item) => parseImport(item, "module")),
      calls: list(raw["calls"] ?? [], "calls").map((item) => parseCall(fields(item, "call"))),
      code: list(raw["code"] ?? [], "code").map((item) => parseImport(item, "text")),
      hosts: texts(raw["hosts"], "hosts"),
      credentials: texts(raw["credentials"], "credentials"),
      sharedCredentials: texts(raw["shared_credentials"], "shared_credentials"),
      images: texts(raw["images"], "images"),
      charts: texts(raw["charts"], "charts"),
      actions: texts(raw["actions"], "actions"),
      resources: list(raw["resources"] ?? [], "resources").map((item) => parseResource(item)),
      permissions: texts(raw["permissions"], "permissions"),
      literals: list(raw["literals"] ?? [], "literals").map((item) => {
        const literal = only(fields(item, "literal"), ["key", "text"], "literal");
        return { key: text1(literal["key"], "key"), text: text1(literal["text"], "text") };
      }),
    };
  } catch (error) {
    throw error instanceof DiscoveryError ? bad(`${id}: ${error.message}`) : error;
  }
}

function parsePackage(item: unknown): PackageRule {
  const raw = only(fields(item, "package"), [...ECOSYSTEMS, "modules", "symbols", "emit"], "package");
  const ecosystem = ECOSYSTEMS.find((name) => raw[name] !== undefined);
  if (ecosystem === undefined) throw bad("a package names no ecosystem");
  const name = text1(raw[ecosystem], ecosystem);
  const modules = raw["modules"] === undefined ? defaultModules(ecosystem, name) : texts(raw["modules"], "modules");
  const emits = parseEmits(raw["emit"] ?? {});
  return { ecosystem, name, modules, symbols: texts(raw["symbols"], "symbols"), emits };
}

/** What source imports where a rule does not say: the registry name, as the language spells it. */
function defaultModules(ecosystem: Ecosystem, name: string): string[] {
  switch (ecosystem) {
    case "npm":
    case "golang":
    case "nuget":
    case "gem":
      return [name];
    case "pypi":
    case "cargo":
      return [name.replaceAll("-", "_")];
    default:
      return [];
  }
}

function parseImport(item: unknown, key: "module" | "text"): ImportRule {
  const raw = only(fields(item, "import"), [key, "emit"], "import");
  return { module: text1(raw[key], key), emits: parseEmits(raw["emit"]) };
}

const CALL_KEYS = [
  "call",
  "tail",
  "when",
  "needs",
  "base_url",
  "emit",
  "prefixed",
  "known_models_only",
  "beside",
  "files",
];

function parseCall(raw: Fields): CallRule {
  only(raw, CALL_KEYS, "call");
  const glob = optionalText(raw["call"], "call");
  const tail = optionalText(raw["tail"], "tail");
  if ((glob === undefined) === (tail === undefined)) throw bad("a call has either `call` or `tail`");
  const emits = withHandedTools(parseEmits(raw["emit"] ?? {}));
  return {
    path: glob === undefined ? undefined : globPattern(glob),
    module: glob === undefined ? "" : (/^[^*{<]*/.exec(glob)?.[0] ?? ""),
    tail: tail?.split("."),
    lastNames: glob === undefined ? (tail as string).split(".").slice(-1) : lastNamesOf(glob),
    when: parseWhen(raw["when"]),
    needs: texts(raw["needs"], "needs"),
    baseUrl: raw["base_url"] === undefined ? [] : parseSources(text1(raw["base_url"], "base_url")),
    emits,
    defines: emits.some(([kind]) => kind === "agent" || kind === "tool"),
    prefixed: raw["prefixed"] === true,
    knownModelsOnly: raw["known_models_only"] === true,
    beside: texts(raw["beside"], "beside"),
    files: raw["files"] === true,
  };
}

/** Every framework takes plain functions for an agent's tools: `Agent(name="clerk", tools=[find_permit])`. */
const HANDED_TOOLS = "$tools.*.()|$functions.*.()|$0.[].()|$1.[].()";

function withHandedTools(emits: Emission[]): Emission[] {
  const has = (kind: Kind): boolean => emits.some(([emitted]) => emitted === kind);
  return has("agent") && !has("tool") ? [...emits, ["tool", parseSources(HANDED_TOOLS)]] : emits;
}

function parseWhen(item: unknown): CallRule["when"] {
  if (item === undefined) return undefined;
  const raw = only(fields(item, "when"), ["arg", "is"], "when");
  const glob = text1(raw["is"], "is");
  const words = glob.split(/[{},*]/).filter((word) => word.length > 3);
  return { sources: parseSources(text1(raw["arg"], "arg")), texts: globPattern(glob), words };
}

function parseEmits(item: unknown): Emission[] {
  return Object.entries(fields(item, "emit")).map(([kind, value]): Emission => {
    if (!KINDS.includes(kind as Kind)) throw bad(`${kind} is no kind`);
    return [kind as Kind, parseSources(text1(value, kind))];
  });
}

/**
 * `$model|$0|@`: the first of these that has a text. `$name` is a named argument (`$a.b` an entry in it, `$a.*.b` those
 * of each item, `$a.#` the names of what is described in it, `$a.()` those of the functions and classes in it), `$0` a
 * position, `@` what the result is given to, `^` what extends the callee, `~` the callee; anything else is the text
 * itself.
 */
function parseSources(text: string): Source[] {
  return text.split("|").map((part): Source => {
    if (part === "@") return { from: "target" };
    if (part === "^") return { from: "definition" };
    if (part === "~") return { from: "callee" };
    // `=` keeps the rules themselves from being read as a configuration that names a model.
    if (!part.startsWith("$")) return { from: "fixed", text: part.replace(/^=/, "") };
    const name = part.slice(1);
    return /^\d+$/.test(name) ? { from: "position", at: Number(name) } : { from: "named", name };
  });
}

function parseResource(item: unknown): ResourceRule {
  if (typeof item === "string") return { type: item, when: undefined, model: undefined };
  const raw = only(fields(item, "resource"), ["type", "when", "model"], "resource");
  const when = raw["when"] === undefined ? undefined : only(fields(raw["when"], "when"), ["key", "is"], "when");
  return {
    type: text1(raw["type"], "type"),
    when:
      when === undefined ? undefined : { key: text1(when["key"], "key"), texts: globPattern(text1(when["is"], "is")) },
    model: optionalText(raw["model"], "model"),
  };
}

function inFile<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new DiscoveryError("bad_rule", `${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function bad(message: string): DiscoveryError {
  return new DiscoveryError("bad_rule", message);
}

function fields(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(`${what} is not a mapping`);
  return value as Fields;
}

function only(raw: Fields, keys: readonly string[], what: string): Fields {
  for (const key of Object.keys(raw)) if (!keys.includes(key)) throw bad(`${what} has the unknown key ${key}`);
  return raw;
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw bad(`${what} is not a list`);
  return value;
}

function text1(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") throw bad(`${what} is not a text`);
  return value;
}

function optionalText(value: unknown, what: string): string | undefined {
  return value === undefined ? undefined : text1(value, what);
}

function texts(value: unknown, what: string): string[] {
  return list(value ?? [], what).map((item) => text1(item, what));
}
