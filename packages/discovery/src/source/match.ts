/** Turns what a parsed file says into findings, by the rules. */
import { FindingList, suppliedBy } from "../finding-list.ts";
import type { Repository } from "../repo/repository.ts";
import type { Ecosystem, Emission, Rule } from "../rules/rule.ts";
import type { CallMatch, PackageMatch, RuleBook } from "../rules/rule-book.ts";
import type { Confidence, Finding, Kind } from "../types.ts";
import { CallReader, type Destination } from "./call-reader.ts";
import type { PromptFact, SourceFacts } from "./fact-types.ts";
import { fileKind } from "./handed-texts.ts";
import { PLAIN_MODEL_NAME } from "./held-names.ts";
import type { Linker } from "./link.ts";
import { directoryOf, isPromptSource, isTranslation, joinPath } from "../repo/paths.ts";
import { isShadowed } from "./modules.ts";
import { hubFile, hubOf, isAgentClass, isForeign, modelOfResource } from "./names.ts";
import { noteNamedText } from "./named-texts.ts";
import { isDataFileName, isDisplayName, isModelFileName, isRegistryName, spelledOut } from "./select.ts";
import { bestPackage, importedModules } from "./packages.ts";
import { repeats, withoutParts } from "./prompt-names.ts";
import { isToolName } from "./tool-definitions.ts";
import {
  CALLED,
  partsOf,
  pathOf,
  saysMore,
  textsIn,
  textsOf,
  type CallFact,
  type Reference,
  type Value,
} from "./values.ts";

/** Directories into which training writes: what is loaded from there is a file of one's own, not a named model. */
const LOCAL_MODEL =
  /^(?:models?|outputs?|checkpoints?|results?|data|runs|weights|saved_models?|artifacts|logs|tmp|assets|src)\//i;

/** Formats that load_dataset reads from files: they are not data sets. */
const DATASET_BUILDERS = new Set(
  "arrow audiofolder csv generator imagefolder json pandas parquet sql text webdataset xml".split(" "),
);

/** What only describes what is said to a supplier's interface, which others speak too. */
const MESSAGE_TYPES = /^(?:openai|anthropic)\.types(?:\.|$)/;

/** What kind of tool a program describes, which is the name of none. */
const TOOL_TYPE = /^(?:function|custom|mcp|object)$/;

/** How many classes are followed to the one that a library defines. */
const MAX_BASES = 8;

/** What others extend is no tool or agent itself. */
const ABSTRACT_CLASS = /^(?:Base|Abstract)[A-Z]/;

export interface MatchContext {
  readonly book: RuleBook;
  readonly repository: Repository;
  readonly linker: Linker;
}

export function matchSource(facts: SourceFacts, context: MatchContext): readonly Finding[] {
  return new SourceMatcher(facts, context).match();
}

/** Where something stands, and how it is known. */
interface Place {
  readonly line: number;
  readonly detector: string;
  readonly confidence: Confidence;
}

/** What is known of a call when its emissions are written down. */
interface CallContext extends Place {
  readonly match: CallMatch;
  readonly provider: string | undefined;
}

class SourceMatcher {
  readonly #facts: SourceFacts;
  readonly #book: RuleBook;
  readonly #repository: Repository;
  readonly #linker: Linker;
  readonly #calls: CallReader;
  readonly #ecosystem: Ecosystem;
  readonly #found: FindingList;
  /** The texts that were written down as prompts. */
  readonly #prompts = new Set<string>();
  /** The calls of which prompts are made: they are prompts as parts of those only. */
  readonly #joined = new Set<CallFact>();
  /** The packages that the file really imports, by the module as imported. */
  readonly #imported = new Map<string, readonly PackageMatch[]>();

  constructor(facts: SourceFacts, context: MatchContext) {
    this.#facts = facts;
    this.#book = context.book;
    this.#repository = context.repository;
    this.#linker = context.linker;
    this.#calls = new CallReader(context.book, context.linker, facts.file);
    this.#ecosystem = facts.language === "python" ? "pypi" : "npm";
    this.#found = new FindingList(facts.file);
  }

  match(): readonly Finding[] {
    this.#imports();
    for (const fact of this.#facts.calls) this.#call(fact);
    for (const { name, line, read } of this.#facts.credentials)
      this.#found.addCredential(this.#book, name, line, read ? "used" : "inferred");
    for (const { url, line, requested } of this.#facts.urls) {
      this.#found.addAddress(this.#book, url, line, requested ? "used" : "inferred");
    }
    const usesAi = this.#imported.size > 0 || this.#requestsProvider();
    const works = usesAi || this.#repository.declaresKnown(this.#book.knowsPackage);
    for (const named of this.#facts.notableTexts) {
      const kind = fileKind(named);
      const isPlain = PLAIN_MODEL_NAME.test(named.names.at(-1) ?? "");
      if (kind === undefined) noteNamedText(named, this.#book, this.#found, isPlain ? usesAi : works);
      else if (kind === "dataset" ? usesAi : works)
        this.#file(kind, named.text, { line: named.line, detector: "files/named", confidence: "inferred" });
    }
    for (const prompt of withoutParts(this.#facts.prompts)) {
      // A text that a call makes a prompt of, that has a name already, or that is put together from one that has.
      const isKnown = repeats(prompt, this.#prompts);
      this.#prompts.add(prompt.text);
      if (isKnown) continue;
      this.#prompt(prompt, usesAi || this.#facts.speaksToModel || isPromptSource(this.#facts.file));
    }
    for (const { name, line, certain, listed, extends: base } of this.#facts.tools) {
      const isTool = usesAi || certain || (listed === true && works);
      if (base === undefined ? !isTool : !this.#isOwnClass(base, false)) continue;
      for (const text of textsOf(this.#linker.resolve(name, this.#facts.file).value).filter(isToolName))
        this.#found.add("tool", text, line, "tools/definition", "inferred");
    }
    // A class that is named an agent is one where it works with a model or holds what a model is told.
    const speaks = usesAi || this.#facts.speaksToModel || this.#facts.prompts.some(({ spoken }) => spoken);
    for (const { name, line, extends: base, isData } of this.#facts.agents) {
      const isOne = isData === true ? works : speaks && isAgentClass(name);
      if (isOne || (base !== undefined && this.#isOwnClass(base, true)))
        this.#found.add("agent", name, line, "agents/definition", "inferred");
    }
    return this.#found.items;
  }

  /** True for a class that extends one of the program's own, where the program works with models; `mustBeRead`: and it is here. */
  #isOwnClass(base: Value, mustBeRead: boolean): boolean {
    let at = this.#linker.resolve(base, this.#facts.file);
    if (mustBeRead && at.value.type !== "object") return false;
    for (let steps = 0; steps < MAX_BASES && at.value.type === "object" && at.value.base !== undefined; steps++)
      at = this.#linker.resolve(at.value.base, at.file);
    const isLibrary = at.value.type === "reference" && this.#isAccepted(this.#rooted(at.value), at.file);
    return !isLibrary && this.#repository.declaresKnown(this.#book.knowsPackage);
  }

  /** A file that calls a supplier's address uses it as one that imports its client does. */
  #requestsProvider(): boolean {
    return this.#found.items.some(({ kind, confidence }) => kind === "provider" && confidence === "used");
  }

  #imports(): void {
    for (const { module, names, line } of importedModules(this.#facts, this.#book)) {
      const matches = this.#accepted(module, names);
      if (matches.length === 0) continue;
      this.#imported.set(module, [...(this.#imported.get(module) ?? []), ...matches]);
      for (const { rule, import: entry } of this.#book.importsAt(module)) {
        this.#found.addFixed(entry.emits, line, `${rule.id}/import`, "used");
      }
      const { rule, name } = bestPackage(module, matches, this.#ecosystem, this.#repository, this.#book);
      if (this.#repository.isOwn(this.#ecosystem, name)) continue;
      const details = { ecosystem: this.#ecosystem, ...suppliedBy(rule.provider) };
      this.#found.add("package", name, line, `${rule.id}/import`, "used", details);
    }
  }

  /** A reference as seen from the package that it leads into: `google` + `genai.Client` → `google.genai` + `Client`. */
  #rooted(value: Reference): Reference {
    const [first, ...rest] = value.trail;
    if (this.#facts.language !== "python" || first === undefined || first === CALLED) return value;
    if (this.#book.packagesOfModule("pypi", value.module).length > 0) return value;
    const module = `${value.module}.${first}`;
    return this.#book.packagesOfModule("pypi", module).length > 0 ? { ...value, module, trail: rest } : value;
  }

  /** The packages whose module this is, where the import really means them. */
  #accepted(module: string, names: readonly string[]): readonly PackageMatch[] {
    const matches = this.#book.packagesOfModule(this.#ecosystem, module);
    if (matches.length === 0) return [];
    const own = matches.some(({ name }) => this.#repository.isOwn(this.#ecosystem, name));
    if (this.#facts.language === "python" && !own && isShadowed(this.#repository, this.#facts.file, module)) return [];
    return matches.filter(({ package: entry, name }) => {
      if (entry.symbols.length === 0 || own) return true;
      if (names.some((imported) => entry.symbols.includes(imported))) return true;
      return this.#repository.declares(this.#ecosystem, name);
    });
  }

  #call(fact: CallFact): void {
    const { value, file } = this.#linker.resolve(fact.callee, this.#facts.file);
    if (value.type === "reference") {
      const rooted = this.#rooted(value);
      if (this.#isAccepted(rooted, file)) {
        this.#knownCall(fact, rooted);
        return;
      }
      // A module that no rule lists as a package (boto3) counts by the call alone.
      const isListed = this.#book.packagesOfModule(this.#ecosystem, rooted.module).length > 0;
      if (!isListed && this.#unlistedCall(fact, rooted)) return;
    }
    if (value.type === "unknown" || value.type === "reference") this.#tailCall(fact);
  }

  /** True where the module of a reference is a package that its file really imports. */
  #isAccepted(value: Reference, file: string): boolean {
    const known = file === this.#facts.file ? this.#imported.get(value.module) : undefined;
    return known !== undefined || this.#accepted(value.module, value.trail.slice(0, 1)).length > 0;
  }

  #knownCall(fact: CallFact, value: Reference): void {
    const path = pathOf(value);
    // Who calls an agent or tool that was made asks it: `answer = agent("How long?")` makes none.
    // `server.tool()(search)` is a decorator by another spelling; one that is given a name is written down by it.
    const made = value.calls.at(-1);
    const isBare = value.trail.at(-2) === "tool" && textsOf(made?.args[0] ?? made?.named.get("name")).length === 0;
    const isMade = value.trail.at(-1) === CALLED && !isBare;
    const matches = this.#calls.matching(path, fact).filter(({ call }) => !(isMade && call.defines));
    const packages = this.#imported.get(value.module) ?? this.#accepted(value.module, value.trail.slice(0, 1));
    const rules = new Set(packages.map((entry) => entry.rule));
    for (const { vectorStore, id } of rules) {
      if (vectorStore !== undefined) this.#found.add("vector_store", vectorStore, fact.line, `${id}/call`, "used");
    }
    for (const destination of this.#calls.destinations(fact, value)) {
      const rule = matches[0]?.rule ?? packages[0]?.rule;
      if (destination === undefined && !MESSAGE_TYPES.test(path))
        for (const own of rules) this.#ownSupplier(own, matches, fact.line);
      else if (destination !== undefined && rule !== undefined) this.#arrived(destination, fact.line, rule);
      for (const match of matches) this.#emitCall(match, fact, path, destination, "used", packages[0]?.rule);
    }
  }

  /** The supplier for which a package stands, unless the call says another. */
  #ownSupplier(rule: Rule, matches: readonly CallMatch[], line: number): void {
    const says = (kind: Kind): boolean => matches.some(({ call }) => call.emits.some(([emitted]) => emitted === kind));
    if (!says("provider")) this.#provider(rule.provider, line, `${rule.id}/call`);
    if (!says("service") && rule.service !== undefined) {
      this.#found.add("service", rule.service, line, `${rule.id}/call`, "used", suppliedBy(rule.provider));
    }
  }

  /** True where the file imports a package of one of these rules; and where none is asked for. */
  #isBeside(rules: readonly string[]): boolean {
    if (rules.length === 0) return true;
    return [...this.#imported.values()].some((matches) => matches.some(({ rule }) => rules.includes(rule.id)));
  }

  #unlistedCall(fact: CallFact, value: Reference): boolean {
    const path = pathOf(value);
    const matches = this.#calls.matching(path, fact).filter(({ call }) => this.#isBeside(call.beside));
    if (matches.length === 0) return false;
    for (const destination of this.#calls.destinations(fact, value)) {
      if (destination !== undefined) this.#arrived(destination, fact.line, (matches[0] as CallMatch).rule);
      for (const match of matches) this.#emitCall(match, fact, path, destination, "used", undefined);
    }
    return true;
  }

  #tailCall(fact: CallFact): void {
    for (const match of this.#book.callsEnding(fact.tail)) {
      if (this.#calls.fits(match, fact)) {
        this.#emitCall(match, fact, fact.tail.join("."), undefined, "inferred", undefined);
      }
    }
  }

  /** What a client that points elsewhere talks to. */
  #arrived(destination: Destination, line: number, rule: Rule): void {
    const detector = `${rule.id}/base-url`;
    this.#provider(destination.provider, line, detector);
    if (destination.endpoint !== undefined) this.#found.add("endpoint", destination.endpoint, line, detector, "used");
    if (destination.service !== undefined) {
      this.#found.add("service", destination.service, line, detector, "used", suppliedBy(destination.provider));
    }
  }

  #emitCall(
    match: CallMatch,
    fact: CallFact,
    path: string,
    destination: Destination | undefined,
    confidence: Confidence,
    packageRule: Rule | undefined,
  ): void {
    const { rule, call } = match;
    const detector = `${rule.id}/${call.tail === undefined ? "call" : "call-tail"}`;
    const texts = (sources: Emission[1]): readonly string[] => this.#calls.select(sources, fact, path, call.path);
    const emitted = texts(call.emits.find(([kind]) => kind === "provider")?.[1] ?? [])[0];
    const named = emitted === undefined ? undefined : this.#book.provider(emitted)?.id;
    const provider =
      destination === undefined ? (named ?? rule.provider ?? packageRule?.provider) : destination.provider;
    const context: CallContext = { match, line: fact.line, detector, confidence, provider };
    for (const [kind, sources] of call.emits) {
      if (destination !== undefined && (kind === "provider" || kind === "service")) continue;
      if (kind === "provider") this.#provider(confidence === "used" ? named : undefined, fact.line, detector);
      else {
        const names = texts(sources);
        if (kind === "prompt") {
          for (const text of textsIn(fact)) this.#prompts.add(text);
          for (const part of partsOf(fact)) this.#joined.add(part);
        }
        for (const name of names) this.#emit(kind, name, context);
        // A prompt needs no name to be one; the place stands for it, unless it is made of others alone.
        if (kind === "prompt" && names.length === 0 && !this.#joined.has(fact) && saysMore(fact))
          this.#emit(kind, `line ${fact.line}`, context);
      }
    }
  }

  #emit(kind: Kind, text: string, context: CallContext): void {
    const { line, detector, confidence, provider } = context;
    switch (kind) {
      case "model":
      case "embedding":
        this.#model(kind, text, context);
        break;
      case "model_file":
        this.#file(kind, text, context);
        break;
      case "dataset":
        if (context.match.call.files) this.#file(kind, text, context);
        else if (isRegistryName(text) && !DATASET_BUILDERS.has(text) && !this.#isLocal(text)) {
          this.#found.add(kind, text, line, detector, confidence);
        }
        break;
      case "prompt":
        this.#found.add(kind, text.includes("/") ? text : `${this.#facts.file}#${text}`, line, detector, confidence);
        break;
      case "agent":
      case "tool":
        if (isDisplayName(text) && !ABSTRACT_CLASS.test(text) && !TOOL_TYPE.test(text))
          this.#found.add(kind, text, line, detector, confidence);
        break;
      default:
        this.#found.add(kind, text, line, detector, confidence, suppliedBy(provider));
    }
  }

  /** A file that code reads or writes; one of the repository goes by its path in it. */
  #file(kind: "dataset" | "model_file", given: string, context: Place): void {
    const text = spelledOut(given);
    const hub = kind === "dataset" ? hubFile(text) : undefined;
    if (hub !== undefined) this.#found.add(hub.kind, hub.name, context.line, context.detector, context.confidence);
    if (hub !== undefined || !(kind === "dataset" ? isDataFileName(text) : isModelFileName(text))) return;
    const path = text.replace(/^(?:\.{0,2}\/)+/, "").replace(/(?<!:)\/{2,}/g, "/");
    const beside = joinPath(directoryOf(this.#facts.file), text);
    const place = beside !== undefined && this.#repository.hasFile(beside) ? beside : path;
    this.#found.add(kind, place, context.line, context.detector, context.confidence);
  }

  #model(kind: "model" | "embedding", given: string, context: CallContext): void {
    const text = modelOfResource(given);
    if (!isRegistryName(text)) return;
    const { line, detector, confidence, provider } = context;
    const { call } = context.match;
    const known = this.#book.model(text);
    if (known === undefined && (call.knownModelsOnly || confidence === "inferred" || this.#isLocal(text))) return;
    const prefix = call.prefixed ? this.#book.splitPrefix(text) : undefined;
    const name = prefix?.provider === undefined ? text : prefix.name;
    const prefixed = call.prefixed ? (prefix?.provider?.id ?? known?.maker) : undefined;
    // Who only makes models that others serve is not whom a call goes to.
    const serves = prefixed !== undefined && this.#book.provider(prefixed)?.prefix !== false;
    if (provider === undefined && confidence === "used" && serves) this.#provider(prefixed, line, detector);
    const supplier = provider !== undefined && isForeign(provider, known?.maker) ? known?.maker : provider;
    const maker = prefix?.provider?.id ?? supplier ?? prefixed ?? known?.maker ?? hubOf(text);
    this.#found.add(
      known?.kind === "embedding" ? "embedding" : kind,
      name,
      line,
      detector,
      confidence,
      suppliedBy(maker),
    );
  }

  #isLocal(text: string): boolean {
    if (this.#book.model(text) !== undefined) return false;
    return LOCAL_MODEL.test(text) || this.#repository.hasDirectory(text) || this.#repository.hasFile(text);
  }

  #provider(provider: string | undefined, line: number, detector: string): void {
    if (provider !== undefined) this.#found.add("provider", provider, line, detector, "used");
  }

  /** A text that speaks to a model counts anywhere; one that is only named a prompt counts where models are spoken of. */
  #prompt({ name, line, spoken, titled }: PromptFact, isExpected: boolean): void {
    const isOne = spoken || (titled && this.#repository.declaresKnown(this.#book.knowsPackage));
    if (!isExpected && !(isOne && !isTranslation(this.#facts.file))) return;
    this.#found.add("prompt", `${this.#facts.file}#${name}`, line, "prompts/named-text", "inferred");
  }
}
