/** Reads one file after the other: chooses how, keeps limits, and gathers what the files say. */
import { isUtf8 } from "node:buffer";

import { classify, type FileClass } from "./classify.ts";
import { readAgentFile } from "./config/agents.ts";
import { readConfig, readsAlways } from "./config/read.ts";
import { noteCommands, type Signals } from "./config/signals.ts";
import { inspectFile, type FileVerdict } from "./files/model-files.ts";
import { FindingList, suppliedBy } from "./finding-list.ts";
import { imageOf } from "./images.ts";
import {
  MAX_LOCK_BYTES,
  MAX_NOTEBOOK_BYTES,
  MAX_STRUCTURED_BYTES,
  MAX_TEXT_BYTES,
  MINIFIED_MEAN_LINE_CHARS,
  MINIFIED_MIN_BYTES,
} from "./limits.ts";
import type { ManifestReader } from "./manifests/read.ts";
import { directoryOf, isPromptSource, isTestPath } from "./repo/paths.ts";
import { readHead, withFile, type OpenFile } from "./repo/read.ts";
import type { Repository } from "./repo/repository.ts";
import { decodeText, meanLineChars } from "./repo/text.ts";
import type { Skip, WalkedFile } from "./repo/walk.ts";
import type { Ecosystem } from "./rules/rule.ts";
import type { RuleBook } from "./rules/rule-book.ts";
import { embeddedScripts, heldPython } from "./source/embedded.ts";
import type { Interests, SourceFacts } from "./source/fact-types.ts";
import { readFacts } from "./source/facts.ts";
import { parseJavaScript } from "./source/javascript.ts";
import { readLexical } from "./source/lexical.ts";
import { digestLexical, type LexicalDigest } from "./source/lexical-digest.ts";
import { matchLexical } from "./source/match-lexical.ts";
import { readNotebook, type WrittenFile } from "./source/notebook.ts";
import { hubFile } from "./source/names.ts";
import { parsePython } from "./source/python.ts";
import type { CardFacts, Finding } from "./types.ts";

export interface FileReaderOptions {
  readonly rules: RuleBook;
  readonly repository: Repository;
  readonly directory: string;
  readonly rootName: string;
  readonly skip: Skip;
}

export class FileReader {
  readonly findings: Finding[] = [];
  readonly cards = new Map<string, CardFacts>();
  readonly #options: FileReaderOptions;
  readonly #interests: Interests;
  readonly #facts = new Map<string, SourceFacts | undefined>();
  readonly #lexical: LexicalDigest[] = [];

  constructor(options: FileReaderOptions) {
    this.#options = options;
    const { rules } = options;
    this.#interests = {
      knowsModule: (module) =>
        rules.packagesOfModule("pypi", module).length > 0 || rules.packagesOfModule("npm", module).length > 0,
      knowsCall: (name) => rules.knowsCallName(name),
      isCredential: (name) => rules.credential(name) !== undefined,
      isNotable: (text) => rules.isNotable(text),
      isHostUrl: (text) => rules.host(text) !== undefined || hubFile(text) !== undefined,
      isImage: (text) => text.includes("/") && imageOf(rules, text) !== undefined,
    };
  }

  /** Reads a file; false where it was skipped, which has then been told. */
  read({ path, absolute }: WalkedFile): boolean {
    if (isTestPath(path)) return true;
    const { manifest, file } = classify(path);
    if (manifest === undefined && file.type === "none") return true;
    const result = withFile(absolute, (open) => this.#open(path, file, manifest, open));
    const failure = "failure" in result ? result.failure : result.value;
    if (failure !== undefined) this.#options.skip(path, failure);
    return failure === undefined;
  }

  /** The facts of every parsed source file. */
  *sources(): Generator<SourceFacts> {
    for (const facts of this.#facts.values()) if (facts !== undefined) yield facts;
  }

  /** The facts of a file of the repository, read now if it held no token that had it read before. */
  factsOf(path: string): SourceFacts | undefined {
    if (this.#facts.has(path)) return this.#facts.get(path);
    this.#facts.set(path, undefined);
    const { type } = classify(path).file;
    if (type !== "python" && type !== "javascript") return undefined;
    const result = withFile(`${this.#options.directory}/${path}`, (open) =>
      open.sizeBytes > MAX_TEXT_BYTES ? undefined : decodeText(open.read(0, open.sizeBytes)),
    );
    const text = "value" in result ? result.value : undefined;
    if (text !== undefined) this.#parse(path, type, text);
    return this.#facts.get(path);
  }

  lexicalFindings(): Finding[] {
    const { rules, repository } = this.#options;
    return this.#lexical.flatMap((digest) => matchLexical(digest, rules, repository));
  }

  /** Returns why the file was not read; undefined where it was. */
  #open(path: string, file: FileClass, manifest: ManifestReader | undefined, open: OpenFile): string | undefined {
    // A file of weights may have any name, also that of a configuration.
    const verdict = manifest === undefined && mayHoldWeights(file) ? this.#inspect(path, open) : undefined;
    if (verdict?.type === "model") return undefined;
    if (verdict !== undefined && file.type === "binary") return verdict.type === "skip" ? verdict.reason : undefined;
    const limit = limitOf(file, manifest);
    if (open.sizeBytes > limit) return `larger than ${limit / 1024 / 1024} MB`;
    const bytes = open.read(0, open.sizeBytes);
    if (file.type === "javascript" && isMinified(bytes)) return "minified or generated";
    if (manifest === undefined && !this.#isWorthReading(path, file, bytes)) return undefined;
    if (isStructured(file) && manifest === undefined && bytes.length > MAX_STRUCTURED_BYTES) {
      return `larger than ${MAX_STRUCTURED_BYTES / 1024} KB`;
    }
    const text = decodeText(bytes);
    if (text === undefined) return "not valid UTF-8";
    if (manifest !== undefined) this.#manifest(path, manifest, text);
    return this.#text(path, file, text, bytes);
  }

  #isWorthReading(path: string, file: FileClass, bytes: Buffer): boolean {
    if (file.type === "agents" || isPromptSource(path)) return true;
    if (file.type === "config" && file.readers.some((reader) => readsAlways(reader))) return true;
    // What is no UTF-8 is decoded to say so; what begins as UTF-16 may hold anything.
    return this.#options.rules.mayConcern(bytes) || !isUtf8(bytes);
  }

  #inspect(path: string, open: OpenFile): FileVerdict {
    const verdict = inspectFile(path, readHead(open), open);
    if (verdict.type === "model") {
      const found = new FindingList(path);
      found.add("model_file", path, 1, `model-files/${verdict.format}`, verdict.confidence);
      this.findings.push(...found.items);
    }
    return verdict;
  }

  #manifest(path: string, reader: ManifestReader, text: string): void {
    const { rules, repository, skip } = this.#options;
    const found = new FindingList(path);
    try {
      const manifest = reader.read(text);
      for (const { ecosystem, name, version } of manifest.locked) {
        if (rules.packageNamed(ecosystem, name) !== undefined) repository.lock(ecosystem, name, version);
      }
      if (manifest.ownName !== undefined) repository.addProject(ecosystemOf(path), manifest.ownName, directoryOf(path));
      for (const { ecosystem, name, version, line } of manifest.declared) {
        const match =
          ecosystem === "golang" ? rules.packagesOfModule(ecosystem, name)[0] : rules.packageNamed(ecosystem, name);
        if (match === undefined) continue;
        repository.declare(ecosystem, match.name);
        const details = {
          ecosystem,
          ...(version === undefined ? {} : { version }),
          ...suppliedBy(match.rule.provider),
        };
        found.add("package", match.name, line, `${match.rule.id}/package`, "declared", details);
        found.addFixed(match.package.emits, line, `${match.rule.id}/package`, "declared");
      }
    } catch {
      skip(path, `not readable as ${reader.isLock ? "a lock file" : "a manifest"}`);
    }
    this.findings.push(...found.items);
  }

  #text(path: string, file: FileClass, text: string, bytes: Buffer): string | undefined {
    const found = new FindingList(path);
    const signals: Signals = { book: this.#options.rules, found };
    let failure: string | undefined;
    switch (file.type) {
      case "python":
      case "javascript":
        failure = this.#parse(path, file.type, text);
        break;
      case "embedded":
        failure = this.#embedded(path, text);
        break;
      case "notebook":
        failure = this.#notebook(path, text, signals);
        break;
      case "lexical":
        this.#lexical.push(digestLexical(path, readLexical(text, file.language), file.language, this.#options.rules));
        break;
      case "agents":
        readAgentFile(signals, path, text);
        break;
      case "config":
        this.#config(path, file.readers, text, bytes, signals);
        break;
      default:
        break;
    }
    this.findings.push(...found.items);
    return failure;
  }

  #config(
    path: string,
    readers: Parameters<typeof readConfig>[0],
    text: string,
    bytes: Buffer,
    signals: Signals,
  ): void {
    const wanted = this.#options.rules.mayConcern(bytes) ? readers : readers.filter((reader) => readsAlways(reader));
    const card = readConfig(wanted, signals, path, text, this.#options.rootName);
    if (card !== undefined) this.cards.set(card.name, card.facts);
    if (readers.includes("html")) this.#embedded(path, text);
    const python = readers.includes("yaml") ? heldPython(text) : undefined;
    if (python !== undefined) this.#parse(path, "python", python);
  }

  #parse(path: string, language: "python" | "javascript", text: string): string | undefined {
    const module = language === "python" ? parsePython(text) : parseJavaScript(path, text);
    this.#facts.set(path, module === undefined ? undefined : readFacts(path, language, module, this.#interests));
    return module === undefined ? "not parsable as JavaScript or TypeScript" : undefined;
  }

  #embedded(path: string, text: string): string | undefined {
    const scripts = embeddedScripts(path, text);
    // A page whose inline script is a template's is a page all the same.
    if (scripts !== undefined) this.#parse(path, "javascript", scripts);
    return undefined;
  }

  #notebook(path: string, text: string, signals: Signals): string | undefined {
    let notebook: ReturnType<typeof readNotebook>;
    try {
      notebook = readNotebook(text);
    } catch {
      return "not readable as a notebook";
    }
    if (notebook === undefined) return undefined;
    for (const command of notebook.commands) noteCommands(signals, command.text, command.line);
    for (const { kind, name, ecosystem } of signals.found.items) {
      if (kind === "package" && ecosystem === "pypi") this.#options.repository.declare("pypi", name);
    }
    for (const file of notebook.written) this.#written(path, file);
    const facts = readFacts(path, "python", parsePython(notebook.source), this.#interests);
    this.#facts.set(path, atLines(facts, notebook.lines));
    return undefined;
  }

  /** A file that a notebook writes: what it declares and sets stands at the lines of its cell. */
  #written(path: string, { name, text, lines }: WrittenFile): void {
    const { manifest, file } = classify(name);
    const before = this.findings.length;
    if (manifest !== undefined) this.#manifest(path, manifest, text);
    else if (file.type === "config") {
      const found = new FindingList(path);
      readConfig(file.readers, { book: this.#options.rules, found }, name, text, this.#options.rootName);
      this.findings.push(...found.items);
    }
    const added = this.findings.splice(before);
    this.findings.push(...added.map((item) => ({ ...item, line: lines[item.line - 1] ?? item.line })));
  }
}

/** Facts of a notebook's source at the lines of its file. */
function atLines(facts: SourceFacts, lines: readonly number[]): SourceFacts {
  const move = <T extends { readonly line: number }>(items: readonly T[]): T[] =>
    items.map((item) => ({ ...item, line: lines[item.line - 1] ?? item.line }));
  return {
    ...facts,
    imports: move(facts.imports),
    calls: move(facts.calls),
    notableTexts: move(facts.notableTexts),
    prompts: move(facts.prompts),
    tools: move(facts.tools),
    agents: move(facts.agents),
    credentials: move(facts.credentials),
    urls: move(facts.urls),
  };
}

function limitOf(file: FileClass, manifest: ManifestReader | undefined): number {
  if (manifest?.isLock === true) return MAX_LOCK_BYTES;
  return file.type === "notebook" ? MAX_NOTEBOOK_BYTES : MAX_TEXT_BYTES;
}

/** True for files whose name does not say that they hold text of a language. */
function mayHoldWeights(file: FileClass): boolean {
  return file.type === "binary" || file.type === "config";
}

function isStructured(file: FileClass): boolean {
  return file.type === "config" && file.readers.some((reader) => reader === "yaml" || reader.startsWith("json"));
}

function isMinified(bytes: Buffer): boolean {
  return bytes.length >= MINIFIED_MIN_BYTES && meanLineChars(bytes) > MINIFIED_MEAN_LINE_CHARS;
}

function ecosystemOf(path: string): Ecosystem {
  if (path.endsWith("package.json")) return "npm";
  if (path.endsWith("go.mod")) return "golang";
  if (path.endsWith("Cargo.toml")) return "cargo";
  if (path.endsWith("composer.json")) return "composer";
  if (path.endsWith(".gemspec")) return "gem";
  if (path.endsWith("mix.exs")) return "hex";
  if (path.endsWith("Package.swift")) return "swift";
  return path.endsWith("pom.xml") ? "maven" : "pypi";
}
