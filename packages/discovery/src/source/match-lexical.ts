/** Findings in languages that are read by their words: what they import, and the strings beside it. */
import { FindingList, suppliedBy } from "../finding-list.ts";
import type { Repository } from "../repo/repository.ts";
import type { RuleBook } from "../rules/rule-book.ts";
import type { Finding } from "../types.ts";
import type { LexicalFacts, LexicalLanguage, LexicalString } from "./lexical.ts";
import { namesModel } from "./names.ts";

/** Code before a string that reads an environment variable or a configuration value. */
const READS_VARIABLE =
  /(?:env|ENV|Env|getProperty|@Value|config|Config|secret|Secret|fetch|GetEnvironmentVariable)\w*\s*[([{.:!]*[\w.]*\s*[([]*\s*$|@Value\($/;

const URL_NAME = /url|uri|endpoint|host|base|request|post|get\(|fetch|http/i;

/** Constants of SDKs that stand for model names: `openai.GPT4oMini`, `ChatModel.GPT_4_1`, `ModelClaude3_7SonnetLatest`. */
const MODEL_CONSTANT = /\b(?:ChatModel|Model)?_?((?:GPT|Gpt|CLAUDE|Claude|GEMINI|Gemini)_?\d?[A-Za-z0-9_]*)\b/g;

export function matchLexical(
  file: string,
  facts: LexicalFacts,
  language: LexicalLanguage,
  book: RuleBook,
  repository: Repository,
): readonly Finding[] {
  return new LexicalMatcher(file, facts, language, book, repository).match();
}

class LexicalMatcher {
  readonly #facts: LexicalFacts;
  readonly #language: LexicalLanguage;
  readonly #book: RuleBook;
  readonly #repository: Repository;
  readonly #found: FindingList;
  #usesAi = false;

  constructor(file: string, facts: LexicalFacts, language: LexicalLanguage, book: RuleBook, repository: Repository) {
    this.#found = new FindingList(file);
    this.#facts = facts;
    this.#language = language;
    this.#book = book;
    this.#repository = repository;
  }

  match(): readonly Finding[] {
    for (const { module, line } of this.#facts.imports) this.#import(module, line);
    this.#code();
    for (const string of this.#facts.strings) this.#string(string);
    if (this.#usesAi) this.#constants();
    return this.#found.items;
  }

  #import(module: string, line: number): void {
    const { ecosystem } = this.#language;
    const matches = this.#language.id === "swift" ? [] : this.#book.packagesOfModule(ecosystem, module);
    const declared = matches.find(({ name }) => this.#repository.declares(ecosystem, name));
    // Java and C# name packages and namespaces alike: without a manifest the import alone is enough only where it is exact.
    const best = declared ?? matches.find(({ package: entry }) => !entry.name.endsWith("*"));
    if (matches.length > 0) this.#usesAi = true;
    // The modules of a package that is made here are imported everywhere in it.
    if (matches.some(({ name }) => this.#repository.isOwn(ecosystem, name))) return;
    if (best !== undefined) {
      const { rule } = best;
      this.#found.add("package", best.name, line, `${rule.id}/import`, "used", {
        ecosystem,
        ...suppliedBy(rule.provider),
      });
    }
    for (const rule of new Set(matches.map((match) => match.rule)))
      this.#found.addTechnology(rule, line, `${rule.id}/import`, "used");
    for (const { rule, import: entry } of this.#book.importsAt(module)) {
      this.#usesAi = true;
      this.#found.addFixed(entry.emits, line, `${rule.id}/import`, "used");
    }
  }

  /** Words of code that mean a rule's service, in a repository that declares one of the rule's packages. */
  #code(): void {
    for (const { rule, import: entry } of this.#book.code) {
      const isDeclared = rule.packages.some(({ ecosystem, name }) => this.#repository.declares(ecosystem, name));
      if (!isDeclared && !this.#usesAi) continue;
      const word = new RegExp(`(?<![\\w])${entry.module.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&")}(?![\\w])`);
      const at = this.#facts.code.findIndex((line) => word.test(line));
      if (at === -1) continue;
      this.#usesAi = true;
      this.#found.addFixed(entry.emits, at + 1, `${rule.id}/code`, "used");
    }
  }

  #string(string: LexicalString): void {
    const { text, line, before } = string;
    if (text.length < 2 || text.length > 300) return;
    const variable = text.replace(/^\$\{([^}:]+)(?::[^}]*)?\}$/, "$1");
    if (READS_VARIABLE.test(before) && this.#found.addCredential(this.#book, variable, line, "used")) return;
    if (/^(?:https?|wss?):\/\//.test(text)) this.#url(text, line, before);
    else if (this.#usesAi) this.#model(text, line, before);
  }

  #url(text: string, line: number, before: string): void {
    if (URL_NAME.test(before)) this.#found.addAddress(this.#book, text, line, this.#requests() ? "used" : "inferred");
  }

  /** True where the file sends requests: the words of HTTP clients stand in its code. */
  #requests(): boolean {
    return this.#facts.code.some((line) =>
      /\b(?:http\.(?:NewRequest|Post|Get|Client)|HttpClient|HttpRequest|OkHttpClient|RestTemplate|WebClient|RestClient|Retrofit|reqwest|URLSession|URLRequest|Net::HTTP|Faraday|HTTParty|curl_init|Guzzle\w*|Http::|ktor|HttpPost)\b/.test(
        line,
      ),
    );
  }

  #model(text: string, line: number, before: string): void {
    const known = this.#book.model(text);
    if (known === undefined) return;
    // A model in a comparison is what is asked for, not what is used.
    if (/(?:==|!=|equals\(|HasPrefix\(.*|startsWith\(|StartsWith\(|contains\(|case)\s*$/.test(before)) return;
    const names = before.split(/[^\w]+/).filter((name) => name !== "");
    const confident = /model/i.test(before);
    if (!confident && !/[-:/.\d]/.test(text)) return;
    if (!namesModel([...names.slice(-4), "model"], known)) return;
    this.#found.add(known.kind, known.name, line, "models/known-name", "inferred", suppliedBy(known.maker));
  }

  #constants(): void {
    for (const [at, line] of this.#facts.code.entries()) {
      for (const match of line.matchAll(MODEL_CONSTANT)) {
        // A constant is taken from the SDK's namespace or type; where it is defined, it is not used.
        if (!/[.:]\s*$|\bModel\w*\.$/.test(line.slice(0, match.index))) continue;
        const known = this.#book.model(modelNameOf(match[1] as string));
        if (known !== undefined)
          this.#found.add(known.kind, known.name, at + 1, "models/constant", "inferred", suppliedBy(known.maker));
      }
    }
  }
}

/** The model's name that a constant stands for: `GPT4oMini` → `gpt-4o-mini`, `GPT_4_1` → `gpt-4.1`. */
export function modelNameOf(constant: string): string {
  return constant
    .replaceAll(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll(/(\d)([A-Z][a-z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase()
    .replaceAll("dot", ".")
    .replaceAll(/\s|-(?=\.)|(?<=\.)-/g, "")
    .replace(/^(gpt|claude|gemini)-?(\d)/, "$1-$2")
    .replace(/^gpt-(\d)-(\d)(?!\d)/, "gpt-$1.$2")
    .replace(/^(gpt-4)-o/, "$1o")
    .replace(/^gemini-(\d)-(\d)/, "gemini-$1.$2");
}
