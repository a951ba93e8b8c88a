/** Dockerfiles and Ollama's Modelfiles. */
import { suppliedBy } from "../finding-list.ts";
import { noteCommands, noteImage, noteModelCommand, noteSetting, noteVariable, type Signals } from "./signals.ts";

interface Instruction {
  readonly name: string;
  readonly rest: string;
  readonly line: number;
}

export function readDockerfile(signals: Signals, text: string): void {
  const args = new Map<string, string>();
  const fill = (value: string): string =>
    value.replace(/\$\{?(\w+)(?::-[^}]*)?\}?/g, (whole, name: string) => args.get(name) ?? whole);
  for (const { name, rest, line } of instructionsOf(text)) {
    switch (name) {
      case "ARG": {
        const [key, value] = rest.split(/=(.*)/s);
        if (value !== undefined) args.set(key as string, value.replaceAll(/["']/g, "").trim());
        noteVariable(signals, (key as string).trim(), line);
        break;
      }
      case "FROM":
        noteImage(signals, fill(rest.replace(/--platform=\S+\s*/, "").split(/\s+/)[0] ?? ""), line);
        break;
      case "ENV":
        for (const [, key, value] of rest.matchAll(/([A-Za-z_]\w*)[=\s]\s*("[^"]*"|'[^']*'|\S+)?/g)) {
          noteSetting(signals, [key as string], (value ?? "").replaceAll(/["']/g, ""), line);
        }
        break;
      case "RUN":
        noteCommands(signals, rest.replace(/^--\S+\s+/, ""), line);
        break;
      case "CMD":
      case "ENTRYPOINT":
        noteModelCommand(signals, rest.replaceAll(/["',[\]]+/g, " ").replaceAll(/\s+/g, " "), line);
        break;
      default:
        break;
    }
  }
}

/** The instructions, with continued lines joined (a continuation keeps its line feed, so that lines can be counted). */
function instructionsOf(text: string): Instruction[] {
  const instructions: Instruction[] = [];
  let open: { name: string; rest: string; line: number } | undefined;
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const isComment = /^\s*#/.test(raw);
    if (open === undefined) {
      const match = isComment ? null : /^\s*([A-Za-z]+)\s+(.*)$/.exec(raw);
      if (match === null) continue;
      open = { name: (match[1] as string).toUpperCase(), rest: match[2] as string, line: at + 1 };
    } else open.rest += `\n${isComment ? "\\" : raw}`;
    if (/\\\s*$/.test(open.rest)) continue;
    instructions.push(open);
    open = undefined;
  }
  return open === undefined ? instructions : [...instructions, open];
}

/** An Ollama Modelfile: the model that it builds on, and its system prompt. */
export function readModelfile(signals: Signals, text: string): void {
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const match = /^\s*(FROM|SYSTEM|ADAPTER)\s+(.+?)\s*$/i.exec(line);
    if (match === null) continue;
    const keyword = (match[1] as string).toUpperCase();
    const value = match[2] as string;
    if (keyword === "SYSTEM") signals.found.add("prompt", signals.found.file, at + 1, "ollama/modelfile", "used");
    else if (keyword === "FROM" && !/^[./~]/.test(value)) {
      const known = signals.book.model(value);
      signals.found.add("model", value, at + 1, "ollama/modelfile", "used", suppliedBy(known?.maker));
      signals.found.add("service", "ollama", at + 1, "ollama/modelfile", "used");
    }
  }
}
