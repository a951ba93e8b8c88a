/** Signals that every kind of configuration shares: images, variables, addresses, models, commands. */
import type { FindingList } from "../finding-list.ts";
import { suppliedBy } from "../finding-list.ts";
import type { RuleBook } from "../rules/rule-book.ts";
import { addImage, imageOf } from "../images.ts";
import { namesModel } from "../source/names.ts";
import { noteDataCommand, noteFetched } from "./data-commands.ts";
import { npmSpecifier } from "../manifests/javascript.ts";
import { readRequirement } from "../manifests/python.ts";
import { exactVersion } from "../manifests/manifest.ts";

const URL_KEY = /url|uri|endpoint|host|base|address/i;

/** Keys whose value is the name of a variable, not the secret itself: `api_key_env: OPENAI_API_KEY`. */
const VARIABLE_KEY =
  /^(?:api[_-]?)?key$|env$|env[_-]?(?:var|name|key|variable)$|env[_-]?var(?:iable)?[_-]?name$|(?:key|secret|token|credential)[_-]?(?:var|variable|name|from)$/i;
const VARIABLE_NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;

/** Keys of frameworks' own configuration, under which any name is a model's: `spring.ai.ollama.chat.options.model`. */
const FRAMEWORK_MODEL_KEY = /^(?:spring\.ai|quarkus\.langchain4j|langchain4j)\..*\bmodel(?:[.-]?(?:name|id))?$/;

/** Keys that hold a name on a hub of models, and what such a name looks like. */
export const HUB_MODEL_KEY =
  /^(?:(?:pretrained_)?model_name_or_path|base_?model(?:_name|_id)?|hf_?model(?:_id|_name)?|hf_model_id|model_?id|modelURL)$/i;
export const HUB_NAME =
  /^(?!(?:models?|data|output|checkpoints?|runs|results)\/)[A-Za-z0-9][\w.-]+\/[\w.-]*[A-Za-z][\w.-]*$/;

const HUB_EMBEDDING_KEY = /embed(?:ding|der)?s?[_-]?model(?:[_-]?(?:name|id))?$/i;

/** Where a recipe of training keeps what it begins with, by the hub's name: `checkpoints/org/name`. */
const KEPT_MODEL = /^(?:\.\/)?checkpoints\/([A-Za-z0-9][\w.-]+\/[\w.-]*[A-Za-z][\w.-]*)\/?$/;

export interface Signals {
  readonly book: RuleBook;
  readonly found: FindingList;
}

/** An image that a rule knows, with what runs in it. Returns true where it is one. */
export function noteImage({ book, found }: Signals, text: string, line: number): boolean {
  const image = imageOf(book, text);
  if (image !== undefined) addImage(found, image, line, "declared");
  return image !== undefined;
}

/** A variable that a file sets or asks for; a setting of a key may be written in small letters. */
export function noteVariable({ book, found }: Signals, name: string, line: number): void {
  const isSmall = /^[a-z][a-z0-9_]*_(?:api_?key|token)$/.test(name);
  found.addCredential(book, isSmall ? name.toUpperCase() : name, line, "declared");
}

/** A setting: its key names a model or an address, or is a variable of its own. */
export function noteSetting(signals: Signals, keys: readonly string[], text: string, line: number): void {
  const key = keys.at(-1) ?? "";
  noteVariable(signals, key, line);
  for (const { row, at } of rowsOf(text, line)) {
    if (/^\s*--/.test(row)) noteModelCommand(signals, row.trim(), at);
    for (const [, name] of row.matchAll(/(?:\$\{?(?:\{\s*secrets\.|env:|env\.)?|\bsecret\(['"])([A-Z][A-Z0-9_]+)/g))
      noteVariable(signals, name as string, at);
  }
  if (VARIABLE_KEY.test(key) && VARIABLE_NAME.test(text)) noteVariable(signals, text, line);
  const value = defaultOf(text);
  if (/^(?:https?|wss?):\/\//.test(value)) noteAddress(signals, key, value, line);
  else noteModel(signals, keys, value, line);
}

/** The lines of a block of text, which begins below its key; without those that are comments of a script. */
function rowsOf(text: string, line: number): { readonly row: string; readonly at: number }[] {
  if (!text.includes("\n")) return [{ row: text, at: line }];
  return text.split("\n").flatMap((row, index) => (/^\s*#/.test(row) ? [] : { row, at: line + 1 + index }));
}

/** What holds where nothing else is set: `${MODEL:-gpt-4o}`. */
function defaultOf(text: string): string {
  return /^\$\{\w+:?-([^{}]*)\}$/.exec(text)?.[1] ?? text;
}

function noteAddress(signals: Signals, key: string, text: string, line: number): void {
  if (URL_KEY.test(key)) signals.found.addAddress(signals.book, text, line, "declared");
}

function noteModel(signals: Signals, keys: readonly string[], text: string, line: number): void {
  const kept =
    /^(?:base_?|pretrained_?)?checkpoint_?(?:dir|path)$/i.test(keys.at(-1) ?? "") && KEPT_MODEL.exec(text)?.[1];
  if (kept && signals.book.model(kept) !== undefined) noteModel(signals, ["base_model"], kept, line);
  const known = signals.book.model(text);
  if (
    FRAMEWORK_MODEL_KEY.test(keys.join(".")) &&
    /^[\w@][\w.:/@-]+$/.test(text) &&
    !/^(?:true|false|none)$/.test(text)
  ) {
    signals.found.add(
      known?.kind ?? (/embed/.test(keys.join(".")) ? "embedding" : "model"),
      text,
      line,
      "models/framework-setting",
      "declared",
      suppliedBy(known?.maker),
    );
  } else if (known === undefined && HUB_MODEL_KEY.test(keys.at(-1) ?? "") && HUB_NAME.test(text)) {
    signals.found.add("model", text, line, "models/hub-setting", "inferred", suppliedBy("huggingface"));
  } else if (known === undefined && HUB_EMBEDDING_KEY.test(keys.at(-1) ?? "") && HUB_NAME.test(text)) {
    signals.found.add("embedding", text, line, "models/hub-setting", "inferred", suppliedBy("huggingface"));
  } else if (known !== undefined && namesModel(keys.slice(-3), known)) {
    // The default of a catalogue of models is used, whatever else the catalogue names.
    const detector = /default/i.test(keys.at(-1) ?? "") ? "models/default" : "models/known-name";
    signals.found.add(known.kind, known.name, line, detector, "inferred", suppliedBy(known.maker));
  }
}

const COMMAND_SEPARATOR = /&&|\|\||[;|]|(?<!\\)\n/;

/** A piece of shell: what it installs, downloads, serves and calls. Lines are counted from `line`. */
export function noteCommands(signals: Signals, script: string, line: number): void {
  // A line that ends in a backslash goes on; it keeps its place so that lines still count.
  const joined = script.replaceAll(/\\\r?\n/g, "  \u0000");
  let at = line;
  for (const physical of joined.split("\n")) {
    const bare = physical.replaceAll("\u0000", " ").replace(/(^|\s)#.*$/, "");
    if (!/^\s*(?:echo|printf|cat\s+<<)/.test(bare)) {
      for (const command of bare.split(COMMAND_SEPARATOR)) noteCommand(signals, command.trim(), at);
      for (const [, name] of bare.matchAll(/\$\{?([A-Z][A-Z0-9_]+)\b|\bexport\s+([A-Z][A-Z0-9_]+)=/g))
        if (name !== undefined) noteVariable(signals, name, at);
      for (const [, name] of bare.matchAll(/\bexport\s+([A-Z][A-Z0-9_]+)=/g)) noteVariable(signals, name as string, at);
    }
    at += 1 + physical.split("\u0000").length - 1;
  }
}

function noteCommand(signals: Signals, command: string, line: number): void {
  const words = command.split(/\s+/).map((word) => word.replace(/^["']|["']$/g, ""));
  const text = words.join(" ");
  if (
    /^(?:sudo )?(?:uv )?(?:python3? -m )?pip3? install\b|^(?:!|%)?pip install\b|^(?:uv add|poetry add|pipenv install|conda install)\b/.test(
      text,
    )
  )
    notePip(signals, words, line);
  else if (/^(?:npm (?:i|install|add)|yarn (?:global )?add|pnpm (?:i|install|add)|bun (?:i|install|add))\b/.test(text))
    noteNpm(signals, words, line);
  else if (words.slice(0, 2).some((word) => /^\W*(?:[\w./]+\/)?(?:curl|wget|http)$/.test(word))) {
    for (const word of words) noteAddress(signals, "url", word, line);
    noteFetched(signals, words, line);
  }
  noteDataCommand(signals, text, line);
  noteModelCommand(signals, text, line);
}

function notePip(signals: Signals, words: readonly string[], line: number): void {
  for (const word of words.slice(2)) {
    const requirement = word.startsWith("-") ? undefined : readRequirement(word, line);
    const match = requirement === undefined ? undefined : signals.book.packageNamed("pypi", requirement.name);
    if (requirement === undefined || match === undefined) continue;
    const version = requirement.version === undefined ? {} : { version: requirement.version };
    signals.found.add("package", match.name, line, `${match.rule.id}/package`, "declared", {
      ecosystem: "pypi",
      ...version,
      ...suppliedBy(match.rule.provider),
    });
  }
}

function noteNpm(signals: Signals, words: readonly string[], line: number): void {
  for (const word of words.slice(2)) {
    const specifier = word.startsWith("-") ? undefined : npmSpecifier(`npm:${word}`);
    const match = specifier === undefined ? undefined : signals.book.packageNamed("npm", specifier.name);
    if (specifier === undefined || match === undefined) continue;
    const version = exactVersion(specifier.version);
    signals.found.add("package", match.name, line, `${match.rule.id}/package`, "declared", {
      ecosystem: "npm",
      ...(version === undefined ? {} : { version }),
      ...suppliedBy(match.rule.provider),
    });
  }
}

/** Commands that name the model they fetch or serve. */
const MODEL_COMMANDS: readonly (readonly [detector: string, pattern: RegExp])[] = [
  ["ollama/command", /\bollama (?:pull|run|create) (?!-)([\w./:-]+)/],
  ["vllm/command", /\bvllm serve (?!-)([\w./:-]+)/],
  ["vllm/command", /\bvllm\b.*--model[= ]([\w./:-]+)/],
  ["text-generation-inference/command", /--model-id[= ]([\w./:-]+)/],
  ["huggingface-hub/command", /\b(?:huggingface-cli|hf) download (?!.*--repo-type[= ]dataset)(?!-)([\w./:-]+)/],
  ["spacy/command", /\bspacy download ([\w-]+)/],
  ["sglang/command", /\bsglang\b.*--model-path[= ]([\w./:-]+)/],
];

/** The option by which any other command is told its model: `claude -p --model claude-sonnet-4-5`. */
const MODEL_OPTION = /(?:^|\s)--model[= ]["']?([\w./:@-]+)/;

export function noteModelCommand(signals: Signals, command: string, line: number): void {
  for (const [detector, pattern] of MODEL_COMMANDS) {
    const name = pattern.exec(command)?.[1];
    if (name === undefined || /^[./]/.test(name) || name.endsWith("/")) continue;
    const known = signals.book.model(name);
    signals.found.add(
      known?.kind ?? "model",
      name,
      line,
      detector,
      "used",
      suppliedBy(known?.maker ?? (name.includes("/") && !detector.startsWith("ollama") ? "huggingface" : undefined)),
    );
    return;
  }
  const known = signals.book.model(MODEL_OPTION.exec(command)?.[1] ?? "");
  if (known?.loose === false)
    signals.found.add(known.kind, known.name, line, "models/option", "declared", suppliedBy(known.maker));
}
