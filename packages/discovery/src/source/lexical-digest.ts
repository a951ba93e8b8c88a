/** What of a file in a language that is read by its words can matter to a rule: little enough to keep for the whole scan. */
import { HUB_NAME } from "../config/signals.ts";
import type { RuleBook } from "../rules/rule-book.ts";
import type { PromptFact } from "./fact-types.ts";
import { AZURE_ADDRESS, AZURE_DEPLOYMENT } from "./held-names.ts";
import { definitionsIn, type LexicalDefinition } from "./lexical-definitions.ts";
import { promptsIn } from "./lexical-prompts.ts";
import { holdsModels, isPredicateName } from "./names.ts";
import { AROUND_CHARS, NEAR_CHARS, type LexicalFacts, type LexicalLanguage, type LexicalString } from "./lexical.ts";

/** Code before a string that reads an environment variable or a configuration value. */
const READS_VARIABLE =
  /(?:env|ENV|Env|getProperty|@Value|config|Config|secret|Secret|fetch|GetEnvironmentVariable)\w*\s*[([{.:!]*[\w.]*\s*[([]*\s*$|@Value\($/;

/** Code before a string that is handed to what looks for a key under its name: `ensureKey(api, "COHERE_API_KEY"`. */
const TAKES_KEY_NAME = /(?:key|token|secret|credential)\w{0,40}\s*\([^()]*$/i;

/** Code before a string that is given to the builder of a client as its model. */
const MODEL_SETTER = /\.(?:with|set)?(?:[Mm]odel(?:Name|Id)?|[Ee]mbeddingModel(?:Name|Id)?)\(\s*$/;

/** Code before a string that names the image of a container which is started. */
const IMAGE_BEFORE = /\b\w*(?:Container|DockerImageName\.parse)\(\s*$/;

/** An address of an API, told from a page by its host, by the version in its path, or as Ollama's by its port. */
const API_ADDRESS =
  /^https?:\/\/(?:[^/\s]*(?:\bapi\b|aiplatform|bedrock)[^/\s]*|[^\s]+\/v\d|[\w.-]+:11434(?=\/|$))[^\s]*$/;

/** A host without a scheme, as it is put together with its path. */
const BARE_HOST = /^(?:[\w{}%-]+\.){2,}[a-z]{2,}$/;
const HOST_BEFORE = /host\w{0,40}\s*(?::\s*&?\w+\s*)?(?::?=|:|\()\s*(?:(?:format!|Sprintf|fmt\.Sprintf)\()?$/i;

const URL_NAME = /url|uri|endpoint|host|base|request|post|get\(|fetch|http/i;

/** Constants of SDKs that stand for model names: `openai.GPT4oMini`, `ChatModel.GPT_4_1`, `ModelClaude3_7SonnetLatest`. */
const MODEL_CONSTANT =
  /\b(?:ChatModel|Model)?_?((?:GPT|Gpt|CLAUDE|Claude|GEMINI|Gemini|MISTRAL|DEEPSEEK)_?\d?[A-Za-z0-9_]*)\b/g;

/** The same in Swift, whose constants begin in lower case: `Model.gpt4_o_mini`. */
const SWIFT_MODEL_CONSTANT = /\b((?:gpt|claude|gemini)_?(?:\d|image)[A-Za-z0-9_]*)\b/g;

/** A constant is taken from the namespace or type of an SDK; a tokenizer that is called like a model is none. */
const TAKEN = /[.:]\s*$|\bModel\w*\.$/;
const TOKENIZER = /(?:Tokenizer|Encoding)\w*(?:::|\.)\s*$/;

/** Words of clients that send requests. */
const REQUEST_WORDS =
  /\b(?:http\.(?:NewRequest|Post|Get|Client)|HttpClient|HttpRequest|OkHttpClient|RestTemplate|WebClient|RestClient|Retrofit|reqwest|URLSession|URLRequest|Net::HTTP|Faraday|HTTParty|curl_init|Guzzle\w*|Http::|wp_(?:safe_)?remote_(?:get|post|request)|ktor|HttpPost)\b/;

/** A comparison before a string: a model there is what is asked for, not what is used. */
const COMPARES =
  /(?:==|!=|\bcase|\bwhen|\b(?:Contains|contains|EndsWith|endsWith|ends_with|EqualFold|equals|Equals|HasPrefix|HasSuffix|include\?|IndexOf|StartsWith|startsWith|start_with\?|starts_with)\([^()]*)\s*$/;

/** A variable that holds a prompt: `coderPromptTmpl`, `systemInstructions`. */
const HOLDS_PROMPT = /prompt(?!ed|ing)|system_?instruction/i;

/** How many lines above an entry its table may be opened. */
const TABLE_LINES = 80;

const MAX_STRING_CHARS = 300;

export interface LexicalDigest {
  readonly file: string;
  readonly language: LexicalLanguage;
  readonly imports: LexicalFacts["imports"];
  readonly credentials: readonly Place[];
  readonly urls: readonly Place[];
  /** Strings that may be a model's name, with the words before them on their line and what they are constants of. */
  readonly models: readonly (Place & { readonly before: string; readonly holder: string | undefined })[];
  /** Names on a hub of models that a client is given as its model. */
  readonly hubModels: readonly Place[];
  /** Images of containers that code starts. */
  readonly images: readonly Place[];
  readonly constants: readonly Place[];
  readonly definitions: readonly LexicalDefinition[];
  readonly prompts: readonly PromptFact[];
  /** Files that are put into the program as prompts. */
  readonly promptFiles: readonly Place[];
  /** For each rule that goes by words of code, the first line with its word. */
  readonly words: readonly { readonly rule: number; readonly line: number }[];
  readonly sendsRequests: boolean;
}

export interface Place {
  readonly text: string;
  readonly line: number;
}

export function digestLexical(
  file: string,
  facts: LexicalFacts,
  language: LexicalLanguage,
  book: RuleBook,
): LexicalDigest {
  const strings = facts.strings.filter(({ text }) => text.length > 1 && text.length <= MAX_STRING_CHARS);
  const models = strings.filter((string) => isModelString(string, book));
  const holders = holdersOf(facts.code);
  const variables = strings.filter(({ before }) => READS_VARIABLE.test(before) || TAKES_KEY_NAME.test(before));
  return {
    file,
    language,
    imports: facts.imports,
    credentials: variables
      .map(({ text, line }) => ({ text: text.replace(/^\$\{([^}:]+)(?::[^}]*)?\}$/, "$1"), line }))
      .filter(({ text }) => book.credential(text) !== undefined),
    urls: [
      ...strings.filter(
        ({ text, before }) =>
          /^(?:https?|wss?):\/\//.test(text) &&
          (URL_NAME.test(before) || (API_ADDRESS.test(text) && !COMPARES.test(before))),
      ),
      ...strings.flatMap(({ text, line, before }) =>
        BARE_HOST.test(text) && HOST_BEFORE.test(before) ? { text: `https://${text}`, line } : [],
      ),
      ...facts.strings.flatMap((string) => commandUrls(string)),
      ...strings.flatMap(({ text, line }) => (AZURE_DEPLOYMENT.test(text) ? { text: AZURE_ADDRESS, line } : [])),
    ].filter(({ text }) => book.host(text) !== undefined),
    models: models
      .filter((string) => !measuresModel(string, facts.code) && !isInPredicate(string, facts.code))
      .map((string) => ({ ...string, holder: holders[string.line - 1] })),
    hubModels: strings.filter(({ text, before }) => MODEL_SETTER.test(before) && HUB_NAME.test(text)),
    images: strings.filter(({ text, before }) => IMAGE_BEFORE.test(before) && /[:/]/.test(text)),
    constants: constantsIn(
      facts.code,
      new Set(models.map(({ line }) => line)),
      language.id === "swift" ? SWIFT_MODEL_CONSTANT : MODEL_CONSTANT,
    ),
    definitions: definitionsIn(facts),
    prompts: promptsIn(file, facts),
    promptFiles: facts.embedded.flatMap(({ path, variable, line }) =>
      HOLDS_PROMPT.test(variable) ? { text: path, line } : [],
    ),
    words: wordsIn(facts.code, book),
    sendsRequests: facts.code.some((line) => REQUEST_WORDS.test(line)),
  };
}

function isModelString({ text, before }: LexicalString, book: RuleBook): boolean {
  if (book.model(text) === undefined || COMPARES.test(before)) return false;
  return /model/i.test(before) || /[-:/.\d]/.test(text);
}

/** A key of a table that says how much a model takes or costs: `modelToContextSize = map[string]int{ "gpt-4": 8192 }`. */
function measuresModel({ line, before, after }: LexicalString, code: readonly string[]): boolean {
  if (before.trim() !== "" || !/^\s*(?::|=>)/.test(after)) return false;
  for (let at = line - 2; at >= Math.max(0, line - TABLE_LINES); at--) {
    const opening = /^(.*)[{[(]\s*$/.exec(code[at] as string)?.[1];
    // A set of names is asked whether it has one.
    if (opening !== undefined) return !holdsModels(opening) || /\bmap\[string\](?:bool|struct\{\})/.test(opening);
  }
  return false;
}

/** The head of a function, and how many lines below it what it compares with may stand. */
const FUNCTION_HEAD = /^\s*(?:func|fn|fun|def|public|private|protected|internal|static)\b[^(]*?\b(\w+)\s*\(/;
const PREDICATE_LINES = 12;

/** True for what stands in a function that answers yes or no: it is compared with, and not used. */
function isInPredicate({ line }: LexicalString, code: readonly string[]): boolean {
  for (let at = line - 1; at >= Math.max(0, line - 1 - PREDICATE_LINES); at--) {
    const name = FUNCTION_HEAD.exec((code[at] as string).slice(0, NEAR_CHARS))?.[1];
    if (name !== undefined) return isPredicateName(name);
  }
  return false;
}

/** Addresses that a command inside a string asks: `curl https://…`, as heredocs hold them. */
function commandUrls({ text, line }: LexicalString): Place[] {
  if (!/\b(?:curl|wget)\s/.test(text)) return [];
  return text.split("\n").flatMap((row, at) =>
    [...row.matchAll(/\b(?:curl|wget)\s[^|;]*?(https?:\/\/[^\s"'\\]+)/g)].map(([, url]) => ({
      text: url as string,
      line: line + at,
    })),
  );
}

const HOLDER = /\b(?:class|enum|interface|module|object|struct|trait)\s+(\w+)/;

/** What a constant of a class or enumeration is one of: for each line the nearest such name on it or above. */
function holdersOf(code: readonly string[]): (string | undefined)[] {
  let holder: string | undefined;
  return code.map((line) => (holder = HOLDER.exec(line)?.[1] ?? holder));
}

/** Constants that are taken from an SDK. What stands on a line with a model's name is defined there, and named by it. */
function constantsIn(code: readonly string[], modelLines: ReadonlySet<number>, pattern: RegExp): Place[] {
  const places = code.flatMap((line, at) =>
    [...line.matchAll(pattern)].map((match) => ({
      constant: match[1] as string,
      before: line.slice(Math.max(0, match.index - AROUND_CHARS), match.index),
      line: at + 1,
    })),
  );
  const defined = new Set(places.flatMap(({ constant, line }) => (modelLines.has(line) ? constant : [])));
  return places
    .filter(({ constant, before }) => !defined.has(constant) && TAKEN.test(before) && !TOKENIZER.test(before))
    .map(({ constant, line }) => ({ text: modelNameOf(constant), line }));
}

function wordsIn(code: readonly string[], book: RuleBook): LexicalDigest["words"] {
  return book.code.flatMap(({ word }, rule) => {
    const at = code.findIndex((line) => word.test(line));
    return at === -1 ? [] : { rule, line: at + 1 };
  });
}

/** The model's name that a constant stands for: `GPT4oMini` → `gpt-4o-mini`, `GPT_4_1` and `GPT41` → `gpt-4.1`. */
export function modelNameOf(constant: string): string {
  return constant
    .replaceAll(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll(/(\d)([A-Z][a-z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase()
    .replaceAll("dot", ".")
    .replaceAll(/\s|-(?=\.)|(?<=\.)-/g, "")
    .replace(/^(gpt|claude|gemini)-?(\d)/, "$1-$2")
    .replace(/([a-z])(\d{8})$/, "$1-$2")
    .replace(/^gpt-(\d)-(\d)(?!\d)/, "gpt-$1.$2")
    .replace(/^(gpt|claude|gemini)-(\d)(\d)(?![\d.])/, "$1-$2.$3")
    .replace(/^gpt-3\.5$/, "gpt-3.5-turbo")
    .replace(/^gpt-image(\d)/, "gpt-image-$1")
    .replace(/^(gpt-4)-o/, "$1o")
    .replace(/^gemini-(\d)-(\d)/, "gemini-$1.$2")
    .replace(/^text-embed-/, "text-embedding-");
}
