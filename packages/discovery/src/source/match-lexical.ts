/** Findings in languages that are read by their words: what they import, and the strings beside it. */
import { noteImage } from "../config/signals.ts";
import { FindingList, suppliedBy } from "../finding-list.ts";
import { directoryOf, isPromptSource, isTranslation, joinPath } from "../repo/paths.ts";
import type { Repository } from "../repo/repository.ts";
import type { KnownModel, PackageMatch, RuleBook } from "../rules/rule-book.ts";
import type { Ecosystem } from "../rules/rule.ts";
import type { Finding } from "../types.ts";
import type { LexicalDigest } from "./lexical-digest.ts";
import { holdsModels, namesModel } from "./names.ts";
import { withoutParts } from "./prompt-names.ts";
import { isDisplayName } from "./select.ts";

/** Where modules are called by single words that an application has too (`Ollama`, `Hub`): they count where declared. */
const COMMON_MODULES: ReadonlySet<Ecosystem> = new Set(["swift", "hex"]);

/** The constant that a string is given to. */
const CONSTANT = /\b(\w+)\s*(?::\s*[&'\w]+\s*)?=\s*[$@r#]*$/;

/** The key or option that says which model is to answer: `"model": `, `StringVarP(&model, "model", "m", `. */
const MODEL_KEY =
  /["'`](?:\w+-)?model["'`]\s*(?:,\s*["'`]\w["'`]\s*)?(?:=>|:|,)\s*$|\b\w*[mM]odel(?:_?[nN]ame|_?[iI]d)?(?::|\()\s*$/;

/** What a constant's type calls a model whatever its name may mean elsewhere: `O1 ModelID = "o1"`. */
const MODEL_TYPE = /^(?:\w+)?Model(?:I[Dd]|Name)?$/;

/** How many models a library lists in one file, and where it shows how it is used. */
const LISTED_MODELS = 3;
const SHOWS_USE = /(?:^|\/)(?:apps?|cmd|cli|demos?|examples?|samples?)\//i;

/** True for a constant that is called a model, or as the model is: `CLAUDE_3_HAIKU = "claude-3-haiku-20240307"`. */
function isCalledSo(constant: string | undefined, model: string): boolean {
  const bare = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  if (constant === undefined) return false;
  return holdsModels(constant) || (/\d/.test(constant) && bare(model).startsWith(bare(constant)));
}

export function matchLexical(digest: LexicalDigest, book: RuleBook, repository: Repository): readonly Finding[] {
  return new LexicalMatcher(digest, book, repository).match();
}

class LexicalMatcher {
  readonly #digest: LexicalDigest;
  readonly #book: RuleBook;
  readonly #repository: Repository;
  readonly #found: FindingList;
  #usesAi = false;

  constructor(digest: LexicalDigest, book: RuleBook, repository: Repository) {
    this.#digest = digest;
    this.#book = book;
    this.#repository = repository;
    this.#found = new FindingList(digest.file);
  }

  match(): readonly Finding[] {
    const { imports, credentials, urls, sendsRequests } = this.#digest;
    for (const { module, line } of imports) this.#import(module, line);
    this.#words();
    for (const { text, line } of credentials) this.#found.addCredential(this.#book, text, line, "used");
    for (const { text, line } of urls)
      this.#found.addAddress(this.#book, text, line, sendsRequests ? "used" : "inferred");
    if (credentials.length > 0 || urls.length > 0) this.#usesAi = true;
    for (const { text, line } of this.#digest.images) noteImage({ book: this.#book, found: this.#found }, text, line);
    this.#models();
    this.#definitions();
    this.#prompts();
    return this.#found.items;
  }

  #import(module: string, line: number): void {
    const { ecosystem, id } = this.#digest.language;
    const isKnown = !(id === "rust" && this.#isOwnModule(module));
    // A package of Swift calls itself by the last part of its address.
    const ownName = (name: string): string => (ecosystem === "swift" ? name.slice(name.lastIndexOf("/") + 1) : name);
    const isOwn = ({ name }: PackageMatch): boolean => this.#repository.isOwn(ecosystem, ownName(name));
    const matches = (isKnown ? this.#book.packagesOfModule(ecosystem, module) : []).filter(
      (match) => !COMMON_MODULES.has(ecosystem) || isOwn(match) || this.#repository.declares(ecosystem, match.name),
    );
    const declared = matches
      .map((match) => (match.name.endsWith("*") ? { ...match, name: match.name.slice(0, -1) } : match))
      .find(({ name }) => this.#repository.declares(ecosystem, name));
    // Java and C# name packages and namespaces alike: without a manifest the import alone is enough only where it is exact.
    const best = declared ?? matches.find(({ package: entry }) => !entry.name.endsWith("*"));
    if (matches.length > 0) this.#usesAi = true;
    // The modules of a package that is made here are imported everywhere in it.
    if (matches.some((match) => isOwn(match))) return;
    if (best !== undefined) {
      const { rule } = best;
      this.#found.add("package", best.name, line, `${rule.id}/import`, "used", {
        ecosystem,
        ...suppliedBy(rule.provider),
      });
    }
    for (const rule of new Set(matches.map((match) => match.rule))) {
      this.#found.addTechnology(rule, line, `${rule.id}/import`, "used");
    }
    for (const { rule, import: entry } of this.#book.importsAt(module)) {
      this.#usesAi = true;
      this.#found.addFixed(entry.emits, line, `${rule.id}/import`, "used");
    }
  }

  /** True for a module of the crate itself, which lies beside the file that uses it, and is no crate that is declared. */
  #isOwnModule(module: string): boolean {
    const name = module.split("::")[0] as string;
    if (this.#repository.declares("cargo", name) || this.#repository.declares("cargo", name.replaceAll("_", "-")))
      return false;
    const beside = joinPath(directoryOf(this.#digest.file), name);
    return [`${beside}.rs`, `${beside}/mod.rs`].some((file) => this.#repository.hasFile(file));
  }

  /** Words of code that mean a rule's service, in a repository that declares one of the rule's packages. */
  #words(): void {
    for (const { rule: at, line } of this.#digest.words) {
      const entry = this.#book.code[at];
      if (entry === undefined) continue;
      const { rule, emits } = entry;
      const isDeclared = rule.packages.some(({ ecosystem, name }) => this.#repository.declares(ecosystem, name));
      if (!isDeclared && !this.#usesAi) continue;
      this.#usesAi = true;
      this.#found.addFixed(emits, line, `${rule.id}/code`, "used");
    }
  }

  #definitions(): void {
    // A class that is named an agent is one where it holds what a model is told.
    const speaks = this.#usesAi || this.#digest.prompts.some(({ spoken }) => spoken);
    for (const { kind, name, line, certain } of this.#digest.definitions)
      if ((kind === "agent" ? speaks : this.#usesAi || certain === true) && isDisplayName(name))
        this.#found.add(kind, name, line, `${kind}s/definition`, "inferred");
  }

  #prompts(): void {
    const { file } = this.#digest;
    const prompts = withoutParts(this.#digest.prompts);
    const isExpected = this.#usesAi || isPromptSource(file);
    const works = this.#repository.declaresKnown(this.#book.knowsPackage);
    for (const { text, line } of isExpected || works ? this.#digest.promptFiles : []) {
      const path = joinPath(directoryOf(file), text);
      if (path !== undefined && this.#repository.hasFile(path))
        this.#found.add("prompt", path, line, "prompts/embedded", "inferred");
    }
    for (const { name, line, spoken, titled } of prompts)
      if (isExpected || ((spoken || (titled && works)) && !isTranslation(file)))
        this.#found.add("prompt", `${file}#${name}`, line, "prompts/named-text", "inferred");
  }

  /** What is also a supplier's name is taken for that, because little is known here of where a text stands. */
  #model(text: string): KnownModel | undefined {
    return this.#book.provider(text) === undefined ? this.#book.model(text) : undefined;
  }

  /** True for a file in which a library lists the models that it can ask: what it uses itself is its default. */
  #listsModels(): boolean {
    const { models, file } = this.#digest;
    if (new Set(models.map(({ text }) => text)).size < LISTED_MODELS || SHOWS_USE.test(file)) return false;
    return this.#repository.ownsKnown(this.#book.knowsPackage);
  }

  #models(): void {
    const isList = this.#listsModels();
    const works = this.#repository.declaresKnown(this.#book.knowsPackage);
    for (const { text, line, before, holder } of this.#digest.models) {
      if (isList && !/default/i.test(before) && !MODEL_KEY.test(before)) continue;
      const known = this.#model(text);
      // Where nothing else in the file speaks of AI, a constant or an enumeration of models says by its name what it holds.
      const isNamed =
        holdsModels(holder) ||
        (known?.loose === false && (MODEL_KEY.test(before) || isCalledSo(CONSTANT.exec(before)?.[1], text))) ||
        (works && (MODEL_KEY.test(before) || MODEL_TYPE.test(CONSTANT.exec(before)?.[1] ?? "")));
      if (!this.#usesAi && !isNamed) continue;
      const names = before.split(/[^\w]+/).filter((name) => name !== "");
      if (known === undefined || !namesModel([...names.slice(-4), "model"], known)) continue;
      this.#found.add(known.kind, known.name, line, "models/known-name", "inferred", suppliedBy(known.maker));
    }
    for (const { text, line } of this.#usesAi ? this.#digest.hubModels : []) {
      if (this.#model(text) === undefined)
        this.#found.add("model", text, line, "models/hub-setting", "inferred", suppliedBy("huggingface"));
    }
    for (const { text, line } of this.#usesAi ? this.#digest.constants : []) {
      const known = this.#model(text);
      if (known !== undefined)
        this.#found.add(known.kind, known.name, line, "models/constant", "inferred", suppliedBy(known.maker));
    }
  }
}
