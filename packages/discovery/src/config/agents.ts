/** Instructions for coding agents, and the tools that they are given (Model Context Protocol). */
import { suppliedBy } from "../finding-list.ts";
import { baseName } from "../repo/paths.ts";
import { frontMatter } from "./front-matter.ts";
import { noteVariable, type Signals } from "./signals.ts";
import { entriesOf, readTrees, treeAt, treeText, type Tree } from "./tree.ts";

/** Files of instructions by their path, and whose agent reads them. */
const INSTRUCTIONS: readonly (readonly [pattern: RegExp, provider: string | undefined])[] = [
  [/(?:^|\/)CLAUDE(?:\.local)?\.md$/, "anthropic"],
  [/(?:^|\/)\.claude\/(?:commands|skills|rules|output-styles)\/.+\.md$/, "anthropic"],
  [/(?:^|\/)skills\/(?:[^/]+\/)+SKILL\.md$/, undefined],
  [/(?:^|\/)AGENTS\.md$|^AGENT\.md$/, undefined],
  [/(?:^|\/)GEMINI\.md$/, "google"],
  [
    /(?:^|\/)\.cursorrules$|(?:^|\/)\.cursor\/(?:rules|commands)\/.+\.(?:mdc|md)$|(?:^|\/)rules\/(?:[^/]+\/)*[^/]+\.mdc$/,
    undefined,
  ],
  [
    /(?:^|\/)\.github\/(?:copilot-instructions\.md|instructions\/.+\.instructions\.md|prompts\/.+\.prompt\.md|chatmodes\/.+\.chatmode\.md)$/,
    "github",
  ],
  [
    /(?:^|\/)(?:\.windsurfrules|\.windsurf\/rules\/.+\.md|\.clinerules|\.clinerules\/.+\.md|\.roorules|\.roo\/rules[\w-]*\/.+|\.goosehints|\.junie\/guidelines\.md|\.kiro\/steering\/.+\.md|\.trae\/rules\/.+\.md|\.augment-guidelines|\.aiassistant\/rules\/.+\.md|\.codex\/prompts\/.+\.md|\.opencode\/(?:command|agent)s?\/.+\.md)$/,
    undefined,
  ],
];

/** Definitions of agents for coding tools. */
const AGENT_DEFINITIONS = /(?:^|\/)(?:\.claude\/agents\/.+\.md|\.github\/agents\/.+\.md)$/;

const MCP_FILE =
  /(?:^|\/)(?:\.?mcp\.json|mcp[\w-]*(?:config|settings|servers)\.json|claude_desktop_config\.json|\.(?:cursor|vscode|roo|kiro\/settings|amazonq)\/mcp\.json|\.gemini\/settings\.json|gemini-extension\.json|\.claude-plugin\/plugin\.json|cline_mcp_settings\.json)$/;

const PROMPT_FILE = /\.(?:prompty|prompt)$/;

/** Texts in a folder of prompts. */
const IN_PROMPT_FOLDER =
  /(?:^|\/)(?:(?:prompts|prompt[_-]?templates|system[_-]?prompts)\/(?:[^/]+\/)*(?!readme\b)[^/]+\.(?:txt|md|st|tmpl|j2|jinja2?|liquid|mustache|hbs|handlebars|tera|ejs|erb)|prompt\/templates?\/[^/]+\.(?:tmpl|st|j2|jinja2?)|preprompts\/(?!readme\b)[^/.]+)$/i;

/** Texts that are called prompts, as no command line's own is: `generate_prompt.txt`, `system-prompt.md`. */
const CALLED_PROMPT =
  /(?:^|\/)(?![\w-]*(?:bash|cli|command|confirm|git|input|install|password|shell|terminal|zsh)[_-]?prompt)(?:(?:[\w-]*[_-]|\w*(?:meta|system))?prompts?(?:[_-][\w-]{1,20})?\.(?:txt|st|j2|jinja2?)|(?:[\w-]*[_-])?system[_-]?prompts?(?:[_-][\w-]{1,20})?\.(?:md|xml))$/i;

/** What a file called after the system's role holds: a prompt, where it begins by saying who somebody is or what to do. */
const SYSTEM_TEXT = /(?:^|\/)system(?:[_-]?message)?\.(?:md|txt)$/i;
const TOLD = /\b(?:You are|You're|You will|Act as|Your (?:task|role|job|goal) is|You (?:take|extract|create|write))\b/i;
const TOLD_WITHIN_CHARS = 1000;

/** True for a text of a prompt, by its folder or its name. */
function isPromptText(path: string): boolean {
  return IN_PROMPT_FOLDER.test(path) || CALLED_PROMPT.test(path);
}

/** Folders of prose about software, whatever their sub-folders are called. */
const PROSE = /(?:^|\/)(?:docs?|documentation|website|blog|content)\//i;

/** True for a path of instructions, agents, prompts or tool servers: such a file is read whatever it holds. */
export function isAgentFile(path: string): boolean {
  return (
    INSTRUCTIONS.some(([pattern]) => pattern.test(path)) ||
    AGENT_DEFINITIONS.test(path) ||
    MCP_FILE.test(path) ||
    PROMPT_FILE.test(path) ||
    ((isPromptText(path) || SYSTEM_TEXT.test(path)) && !PROSE.test(path))
  );
}

export function readAgentFile(signals: Signals, path: string, text: string): void {
  if (text.trim() === "") return;
  if (MCP_FILE.test(path)) readServers(signals, text);
  else if (AGENT_DEFINITIONS.test(path)) readAgentDefinition(signals, path, text);
  else if (PROMPT_FILE.test(path)) readPrompt(signals, path, text);
  else if (SYSTEM_TEXT.test(path) && !isPromptText(path)) {
    if (TOLD.test(text.slice(0, TOLD_WITHIN_CHARS))) signals.found.add("prompt", path, 1, "prompts/text", "inferred");
  } else if (isPromptText(path) && !INSTRUCTIONS.some(([pattern]) => pattern.test(path)))
    signals.found.add("prompt", path, 1, "prompts/text", "inferred");
  else {
    const provider = INSTRUCTIONS.find(([pattern]) => pattern.test(path))?.[1];
    signals.found.add("prompt", path, 1, "coding-agents/instructions", "used", suppliedBy(provider));
  }
}

function readAgentDefinition(signals: Signals, path: string, text: string): void {
  const name = treeText(frontMatter(text), "name") ?? baseName(path).replace(/(?:\.agent)?\.md$/, "");
  signals.found.add(
    "agent",
    name,
    1,
    "coding-agents/agent",
    "used",
    suppliedBy(path.includes(".claude/") ? "anthropic" : "github"),
  );
}

/** Prompty and Dotprompt: a prompt, with the model that it is for in its front matter. */
function readPrompt(signals: Signals, path: string, text: string): void {
  const matter = frontMatter(text);
  if (matter === undefined) return;
  signals.found.add("prompt", path, 1, "prompts/file", "used");
  const model =
    treeText(matter, "model") ??
    treeText(matter, "model", "configuration", "azure_deployment") ??
    treeText(matter, "model", "configuration", "model");
  const known = model === undefined ? undefined : signals.book.model(model);
  if (known !== undefined)
    signals.found.add(known.kind, known.name, 1, "prompts/file", "used", suppliedBy(known.maker));
}

/** The servers of an MCP configuration are tools that an agent is given. */
function readServers(signals: Signals, text: string): void {
  for (const tree of readTrees(text)) {
    const servers: Tree | undefined =
      treeAt(tree, "mcpServers") ?? treeAt(tree, "servers") ?? treeAt(tree, "mcp", "servers");
    for (const { key, value, line } of entriesOf(servers)) {
      signals.found.add("tool", key, line, "mcp/server", "declared");
      for (const variable of entriesOf(treeAt(value, "env"))) noteVariable(signals, variable.key, variable.line);
    }
  }
}
