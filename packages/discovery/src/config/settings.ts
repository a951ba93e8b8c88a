/** Settings line by line: .env files, properties, ini and TOML. */
import { notePrompt, noteSaidBySystem } from "./prompts.ts";
import { noteSetting, type Signals } from "./signals.ts";

const SECTION = /^\s*\[{1,2}([^\]]+)\]{1,2}\s*(?:[#;].*)?$/;
const SETTING = /^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[=:]\s*(.*?)\s*$/;

/** `KEY=value` lines; what is commented out is not set. */
export function readSettings(signals: Signals, text: string): void {
  let section: readonly string[] = [];
  // Who says what follows it, in the table of a message.
  let role: string | undefined;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|;|!|\/\/)/.test(line)) continue;
    const header = SECTION.exec(line)?.[1];
    if (header !== undefined) {
      role = undefined;
      section = header.split(".").map((part) => part.trim());
      continue;
    }
    const match = SETTING.exec(line);
    if (match === null) continue;
    const [, key, raw] = match as unknown as [string, string, string];
    const keys = [...section, ...key.split(".")];
    if (key === "role") role = unquote(raw);
    if (key === "content" && role === "system") noteSaidBySystem(signals, unquote(raw), at + 1);
    noteSetting(signals, keys, unquote(raw), at + 1);
    notePrompt(signals, keys, unquote(raw), at + 1);
  }
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*?)\1/.exec(text);
  return quoted === null ? text.replace(/\s+[#;].*$/, "").trim() : (quoted[2] as string);
}
