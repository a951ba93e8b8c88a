/** Terraform and Bicep. */
import { suppliedBy } from "../finding-list.ts";
import type { ResourceRule, Rule } from "../rules/rule.ts";
import { namesModel } from "../source/names.ts";
import { notePrompt } from "./prompts.ts";
import { noteImage, noteSetting, noteVariable, type Signals } from "./signals.ts";

interface Block {
  readonly type: string;
  readonly body: string;
  readonly line: number;
}

export function readTerraform(signals: Signals, text: string): void {
  const bare = text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (match) => match.replaceAll(/[^\n]/g, " "))
    .replaceAll(/^[ \t]*(?:#|\/\/).*$/gm, "");
  for (const block of blocksOf(bare)) {
    for (const { rule, resource } of signals.book.resource(block.type)) noteResource(signals, block, rule, resource);
  }
  let variable = "";
  for (const [at, line] of bare.split("\n").entries()) {
    const image = /\bimage\s*[=:]\s*"([^"]+)"/.exec(line)?.[1];
    if (image !== undefined) noteImage(signals, image, at + 1);
    // The images that SageMaker comes with are asked for by the name of their repository.
    if (/\brepository_name\s*=/.test(line))
      for (const [, name] of line.matchAll(/"([\w-]+)"/g)) noteImage(signals, name as string, at + 1);
    const declared = /^\s*variable\s+"([^"]+)"/.exec(line)?.[1];
    if (declared !== undefined) noteVariable(signals, (variable = declared).toUpperCase(), at + 1);
    const setting = /^\s*"?([\w.-]+)"?\s*[=:]\s*"(arn:[^"]*|[^"$]*)"/.exec(line);
    if (setting !== null) {
      const [, key, text] = setting as unknown as [string, string, string];
      if (key === "name") noteSetting(signals, [text], "", at + 1);
      else noteSetting(signals, key === "default" ? [variable, key] : [key], text, at + 1);
      noteText(signals, key, text, at + 1);
    } else
      for (const [, key] of line.matchAll(/^\s*"?([A-Z][A-Z0-9_]+)"?\s*=/g))
        noteVariable(signals, key as string, at + 1);
    notePermissions(signals, line, at + 1);
  }
}

/** What a text says by itself: a prompt, or a kind of index that holds vectors. */
function noteText(signals: Signals, key: string, text: string, line: number): void {
  // An agent's instruction is what Bedrock's resources, and modules of them, call its prompt.
  notePrompt(signals, [/(?:^|_)instructions?$/.test(key) ? "prompts" : "", key], text, line);
  for (const rule of signals.book.literalRules(key, text))
    signals.found.addTechnology(rule, line, `${rule.id}/literal`, "declared");
}

function notePermissions(signals: Signals, line: string, at: number): void {
  for (const [, action] of line.matchAll(/["']([a-z-]+:[A-Za-z*]+)["']/g)) {
    const rule = signals.book.permission(action as string);
    if (rule !== undefined) signals.found.addTechnology(rule, at, `${rule.id}/permission`, "declared");
  }
}

function noteResource(signals: Signals, block: Block, rule: Rule, resource: ResourceRule): void {
  const { when } = resource;
  if (when !== undefined) {
    const actual = new RegExp(`\\b${when.key}\\s*[=:]\\s*["']([^"']+)["']`).exec(block.body)?.[1];
    if (actual === undefined || !when.texts.test(actual)) return;
  }
  signals.found.addTechnology(rule, block.line, `${rule.id}/resource`, "declared");
  if (resource.model === undefined) return;
  const model = /\bmodel\s*[:=]?\s*\{[^}]*?\bname\s*[=:]\s*["']([^"']+)["']/.exec(block.body)?.[1];
  const known = model === undefined ? undefined : signals.book.model(model);
  if (known !== undefined)
    signals.found.add(known.kind, known.name, block.line, `${rule.id}/resource`, "declared", suppliedBy(rule.provider));
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  for (const match of text.matchAll(/^[^\S\n]*(?:resource|data)\s+"([\w-]+)"\s+"[^"]*"\s*\{/gm)) {
    const open = match.index + match[0].length;
    blocks.push({
      type: match[1] as string,
      body: text.slice(open, closingBrace(text, open)),
      line: lineAt(text, match.index + match[0].search(/\S/)),
    });
  }
  return blocks;
}

/** The offset of the brace that closes the one before an offset. */
function closingBrace(text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text[i] === "{") depth++;
    else if (text[i] === "}" && --depth === 0) return i;
  }
  return text.length;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** Bicep: resources, modules of the Azure registry that are given the same properties, and parameters that name models. */
export function readBicep(signals: Signals, text: string): void {
  const bare = text.replaceAll(/^[ \t]*\/\/.*$/gm, "");
  for (const match of bare.matchAll(
    /^[^\S\n]*(?:resource|module)\s+\w+\s+'([^'@]+)(?:@[^']*|:[^']*)?'\s*=\s*(?:if\s*\([^{]*\)\s*)?\{/gm,
  )) {
    const open = match.index + match[0].length;
    const block: Block = {
      type: azureType(match[1] as string),
      body: bare.slice(open, closingBrace(bare, open)),
      line: lineAt(bare, match.index + match[0].search(/\S/)),
    };
    for (const { rule, resource } of signals.book.resource(block.type)) noteResource(signals, block, rule, resource);
  }
  for (const [at, line] of bare.split("\n").entries()) {
    const setting =
      /(?:param|var)\s+(\w+)(?:\s+string)?\s*=\s*'([^']+)'/.exec(line) ??
      /^\s*(\w+)\s*:\s*(?:[^\s'?][^'?]*\?[^':]+:\s*)?'([^']+)'/.exec(line);
    if (setting === null) continue;
    const [, key, value] = setting as unknown as [string, string, string];
    const known = signals.book.model(value);
    if (known !== undefined && namesModel([key], known))
      signals.found.add(known.kind, known.name, at + 1, "models/known-name", "inferred", suppliedBy(known.maker));
    else noteVariable(signals, key, at + 1);
  }
}

/** Modules of the Azure registry by the resource that they make: `br/public:avm/res/cognitive-services/account`. */
function azureType(reference: string): string {
  const module = /avm\/res\/([\w-]+)\/([\w-]+)/.exec(reference);
  switch (module === null ? reference : `${module[1]}/${module[2]}`) {
    case "cognitive-services/account":
      return "Microsoft.CognitiveServices/accounts";
    case "search/search-service":
      return "Microsoft.Search/searchServices";
    case "machine-learning-services/workspace":
      return "Microsoft.MachineLearningServices/workspaces";
    default:
      return reference;
  }
}
