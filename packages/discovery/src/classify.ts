/** What a file is read as, by its path. */
import { isAgentFile } from "./config/agents.ts";
import { manifestReader, type ManifestReader } from "./manifests/read.ts";
import { baseName, extensionOf } from "./repo/paths.ts";
import { LEXICAL_LANGUAGES, type LexicalLanguage } from "./source/lexical.ts";

export type ConfigReader =
  | "bicep"
  | "card"
  | "chart"
  | "compose"
  | "crew-agents"
  | "dockerfile"
  | "dvc"
  | "extension"
  | "helm-template"
  | "html"
  | "json"
  | "json-data"
  | "langgraph"
  | "litellm"
  | "mlmodel"
  | "model-config"
  | "modelfile"
  | "promptflow"
  | "promptfoo"
  | "settings"
  | "shell"
  | "sql"
  | "terraform"
  | "yaml";

export type FileClass =
  | { readonly type: "python" }
  | { readonly type: "notebook" }
  | { readonly type: "javascript" }
  | { readonly type: "embedded" }
  | { readonly type: "lexical"; readonly language: LexicalLanguage }
  | { readonly type: "agents" }
  | { readonly type: "config"; readonly readers: readonly ConfigReader[] }
  /** Images, fonts, prose: nothing in them is AI use. */
  | { readonly type: "none" }
  /** Anything else is looked into by its first bytes. */
  | { readonly type: "binary" };

export interface Classified {
  readonly manifest: ManifestReader | undefined;
  readonly file: FileClass;
}

const JAVASCRIPT = new Set([".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"]);
const EMBEDDED = new Set([".vue", ".svelte", ".astro"]);

const NOTHING = new Set(
  ".adoc .ai .avi .avif .bmp .c .cc .cfg .conf .cpp .css .csv .cur .cxx .diff .doc .docx .eot .eps .flac .gif .h .hh .hpp .htmx .icns .ico .jpeg .jpg .less .lock .log .m .m4a .map .markdown .md .mdx .mkv .mov .mp3 .mp4 .ogg .ogv .otf .patch .pdf .png .po .pot .ppt .pptx .psd .pyi .rst .sass .scss .sketch .srt .styl .svg .tex .tif .tiff .tsv .ttf .txt .vtt .wasm .wav .webm .webp .woff .woff2 .xls .xlsx".split(
    " ",
  ),
);

/** JSON that is configuration; any other JSON may be data and is read for resources and mappings only. */
const CONFIG_JSON =
  /^(?:appsettings[\w.]*|config|settings|devcontainer|\.?[\w-]+\.config|local\.settings|wrangler|vercel|task-?definition[\w-]*)\.jsonc?$/;

/** The same by what they configure, also as samples: `LLM_CONFIG_sample.json`. And what a deployment to Azure is given. */
const NAMED_CONFIG_JSON =
  /^(?:(?:llm|ai|agents?|models?|chat|bot|app|assistant|rag)[_-]?(?:config|settings)(?:[._-](?:sample|example|template|default|local|dev|prod))?|[\w.-]+\.parameters|agents?)\.jsonc?$/i;

const NAMED: readonly (readonly [pattern: RegExp, readers: readonly ConfigReader[]])[] = [
  [/(?:^|\/)(?:[\w.-]*\.)?(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|\.dockerfile$/i, ["dockerfile"]],
  [/(?:^|\/)(?:[\w.-]*[.-])?Modelfile(?:\.[\w.-]+)?$/, ["modelfile"]],
  [/(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/, ["yaml", "compose"]],
  [/(?:^|\/)Chart\.yaml$/, ["chart"]],
  [/(?:^|\/)templates\/.*\.(?:ya?ml|tpl)$/, ["helm-template"]],
  [/(?:^|\/)MLmodel$/, ["mlmodel"]],
  [/\.dvc$|(?:^|\/)dvc\.(?:yaml|lock)$/, ["dvc"]],
  [/(?:^|\/)langgraph\.json$/, ["langgraph"]],
  [/(?:^|\/)\.runpod\/hub\.json$/, ["json"]],
  [/(?:^|\/)package\.json$/, ["json-data", "extension"]],
  [/(?:^|\/)agents\.ya?ml$/, ["crew-agents", "yaml"]],
  [/(?:^|\/)flow\.dag\.ya?ml$/, ["promptflow", "yaml"]],
  [/(?:^|\/)promptfooconfig[\w.-]*\.ya?ml$/, ["promptfoo"]],
  [/(?:^|\/)litellm[\w.-]*\.ya?ml$/, ["litellm", "yaml"]],
  [/(?:^|\/)README\.md$/i, ["card"]],
  [
    /(?:^|\/)\.?env(?:\.[\w.-]+)?$|(?:^|\/)[\w.-]*\.env(?:\.[\w-]+)?$|(?:^|\/)(?:dot|\.)?env[._-](?:example|sample|template)$/,
    ["settings"],
  ],
];

const BY_EXTENSION: ReadonlyMap<string, readonly ConfigReader[]> = new Map([
  [".yaml", ["yaml", "litellm"]],
  [".yml", ["yaml", "litellm"]],
  [".tf", ["terraform"]],
  [".tfvars", ["settings"]],
  [".bicep", ["bicep"]],
  [".bicepparam", ["bicep"]],
  [".properties", ["settings"]],
  [".ini", ["settings"]],
  [".toml", ["settings"]],
  [".sh", ["shell"]],
  [".bash", ["shell"]],
  [".zsh", ["shell"]],
  [".sql", ["sql"]],
  [".prisma", ["sql"]],
  [".html", ["html"]],
  [".htm", ["html"]],
  [".json", ["json-data"]],
  [".jsonc", ["json-data"]],
]);

export function classify(path: string): Classified {
  return { manifest: manifestReader(path), file: fileClass(path) };
}

function fileClass(path: string): FileClass {
  const name = baseName(path);
  const extension = extensionOf(path);
  if (isAgentFile(path)) return { type: "agents" };
  if (extension === ".py" || extension === ".pyw") return { type: "python" };
  if (extension === ".ipynb") return { type: "notebook" };
  if (JAVASCRIPT.has(extension))
    return /\.(?:d|min)\.[cm]?[jt]s$/.test(name) ? { type: "none" } : { type: "javascript" };
  if (EMBEDDED.has(extension)) return { type: "embedded" };
  const language = LEXICAL_LANGUAGES.get(extension);
  if (language !== undefined) return { type: "lexical", language };
  return configClass(path, name, extension);
}

function configClass(path: string, name: string, extension: string): FileClass {
  const named = NAMED.find(([pattern]) => pattern.test(path));
  if (named !== undefined) return { type: "config", readers: named[1] };
  if (name === "config.json") return { type: "config", readers: ["model-config", "json"] };
  if (CONFIG_JSON.test(name) || NAMED_CONFIG_JSON.test(name)) return { type: "config", readers: ["json"] };
  // A sample of a configuration says what a program is configured with: `config.ini.example`.
  const sampled = path.replace(/\.(?:example|sample|template|dist)$/, "");
  if (sampled !== path) {
    const file = configClass(sampled, baseName(sampled), extensionOf(sampled));
    if (file.type === "config") return file;
  }
  // LightGBM writes its models as text.
  if (extension === ".txt" && /model|lgbm?/i.test(name)) return { type: "binary" };
  const readers = BY_EXTENSION.get(extension);
  if (readers !== undefined) return { type: "config", readers };
  return NOTHING.has(extension) || name.startsWith("LICENSE") ? { type: "none" } : { type: "binary" };
}
