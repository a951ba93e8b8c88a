/** Languages that are read by their words and not parsed: comments taken out, strings and imports kept. */
import { LineIndex } from "../repo/text.ts";
import type { Ecosystem } from "../rules/rule.ts";

export interface LexicalLanguage {
  readonly id: string;
  readonly ecosystem: Ecosystem;
  readonly lineComment: RegExp;
  readonly blockComments: boolean;
  /** The quotes that open a string. */
  readonly quotes: string;
  /** The module in an import line; in Go, also a quoted path on a line of its own within an import block. */
  readonly imports: RegExp;
}

const C_COMMENT = /^\/\//;
const HASH_COMMENT = /^#/;

export const LEXICAL_LANGUAGES: ReadonlyMap<string, LexicalLanguage> = new Map(
  (
    [
      [
        [".go"],
        "go",
        "golang",
        C_COMMENT,
        true,
        '"`',
        /^[^\S\n]*(?:import\s+)?(?:[\w.]+\s+)?"([\w.~/-]+\.[\w.~/-]+)"\s*$/gm,
      ],
      [
        [".java", ".kt", ".kts", ".scala", ".groovy"],
        "java",
        "maven",
        C_COMMENT,
        true,
        '"',
        /^[^\S\n]*import\s+(?:static\s+)?([\w.]+)/gm,
      ],
      [
        [".cs", ".fs", ".vb"],
        "csharp",
        "nuget",
        C_COMMENT,
        true,
        '"',
        /^[^\S\n]*(?:global\s+)?(?:using|open|Imports)\s+(?:static\s+)?(?:\w+\s*=\s*)?([\w.]+)\s*;?\s*$/gm,
      ],
      [
        [".rs"],
        "rust",
        "cargo",
        C_COMMENT,
        true,
        '"',
        /^[^\S\n]*(?:pub\s+)?(?:use|extern\s+crate)\s+(?:::)?([\w:]+)/gm,
      ],
      [
        [".swift"],
        "swift",
        "swift",
        C_COMMENT,
        true,
        '"',
        /^[^\S\n]*(?:@\w+\s+)?import\s+(?:class\s+|struct\s+)?(\w+)/gm,
      ],
      [
        [".ex", ".exs"],
        "elixir",
        "hex",
        HASH_COMMENT,
        false,
        '"',
        /^[^\S\n]*(?:alias|import|use|require)\s+([A-Z]\w*(?:\.[A-Z]\w*)*)/gm,
      ],
      [[".rb", ".rake"], "ruby", "gem", HASH_COMMENT, false, "\"'", /^[^\S\n]*require\s*\(?\s*["']([\w./-]+)["']/gm],
      // What a class of PHP uses inside of it is a trait.
      [[".php"], "php", "composer", /^(?:\/\/|#(?!\[))/, true, "\"'", /^use\s+(?:function\s+)?([\w\\]+)/gm],
    ] as const
  ).flatMap(([extensions, id, ecosystem, lineComment, blockComments, quotes, imports]) =>
    extensions.map((extension): [string, LexicalLanguage] => [
      extension,
      { id, ecosystem, lineComment, blockComments, quotes, imports },
    ]),
  ),
);

/** How far before its text the word stands that makes it documentation. */
const DOC_CHARS = 20;

/** How much of the code around a string is looked at: a line of generated code may hold a hundred thousand strings. */
export const AROUND_CHARS = 1000;

/** How much of the code before a string can matter to what it stands in, or is called. */
export const NEAR_CHARS = 200;

export interface LexicalString {
  readonly text: string;
  readonly line: number;
  /** How many characters of its line stand before it. */
  readonly column: number;
  /** The code right before it on its line, and right after it: they tell what the string is for. */
  readonly before: string;
  readonly after: string;
}

/** A file that Go puts into a program, and the variable that holds it. */
export interface EmbeddedFile {
  readonly path: string;
  readonly variable: string;
  readonly line: number;
}

export interface LexicalFacts {
  readonly embedded: readonly EmbeddedFile[];
  readonly imports: readonly { readonly module: string; readonly line: number }[];
  readonly strings: readonly LexicalString[];
  /** The lines, with comments and the insides of strings blanked out. */
  readonly code: readonly string[];
}

export function readLexical(text: string, language: LexicalLanguage): LexicalFacts {
  const { bare, strings } = strip(withoutInlineTests(text, language), language);
  const index = new LineIndex(bare);
  // Imports are looked for where comments are gone but strings are not: Go and Ruby quote what they import.
  const imports = [...bare.matchAll(language.imports)].map((match) => ({
    module: match[1] as string,
    line: index.lineAt(match.index + match[0].indexOf(match[1] as string)),
  }));
  const code = blankStrings(bare, strings).split("\n");
  const lines = bare.split("\n");
  return {
    embedded: language.id === "go" ? embeddedIn(text) : [],
    imports,
    code,
    strings: strings.map(({ text: content, from, to }) => {
      const line = index.lineAt(from);
      const start = index.startOf(line);
      const column = from - start;
      const before = bare.slice(Math.max(start, from - AROUND_CHARS), from);
      const after = (lines[line - 1] ?? "").slice(to - start, to - start + AROUND_CHARS);
      return { text: content, line, column, before, after };
    }),
  };
}

function embeddedIn(text: string): EmbeddedFile[] {
  const index = new LineIndex(text);
  return [...text.matchAll(/^[ \t]*\/\/go:embed[ \t]+([\w./-]+)[ \t]*\r?\n[ \t]*(?:var[ \t]+)?(\w+)[ \t]/gm)].map(
    (match) => ({
      path: match[1] as string,
      variable: match[2] as string,
      line: index.lineAt(match.index),
    }),
  );
}

/** Rust keeps a file's tests at its end, in a module of their own. */
function withoutInlineTests(text: string, language: LexicalLanguage): string {
  if (language.id !== "rust") return text;
  const at = text.search(
    /^#\[cfg\((?:test|all\(test\b[^\]]*)\)\]\s*(?:#\[[^\]]*\]\s*)*(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+\s*\{/m,
  );
  return at === -1 ? text : text.slice(0, at);
}

interface Span {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** One pass over the characters: comments become spaces, strings are noted. */
function strip(text: string, language: LexicalLanguage): { readonly bare: string; readonly strings: readonly Span[] } {
  const strings: Span[] = [];
  let bare = "";
  let kept = 0;
  for (let i = 0; i < text.length;) {
    const character = text[i] as string;
    // The character '"' opens no string where single quotes hold one character only.
    if (character === "'" && text[i + 2] === "'" && !language.quotes.includes("'")) {
      i += 3;
      continue;
    }
    const heredoc = character === "<" ? heredocAt(text, i, language) : undefined;
    if (heredoc !== undefined) {
      strings.push(heredoc);
      i = heredoc.to;
      continue;
    }
    if (isDocumentation(text, i, language)) {
      const end = endOfString(text, i, character, language);
      bare += text.slice(kept, i) + text.slice(i, end).replaceAll(/[^\n]/g, " ");
      kept = end;
      i = end;
      continue;
    }
    if (language.quotes.includes(character)) {
      const end = isVerbatim(text, i, language) ? endOfVerbatim(text, i) : endOfString(text, i, character, language);
      strings.push({ text: contentOf(text.slice(i, end), character), from: i, to: end });
      i = end;
      continue;
    }
    const end = endOfComment(text, i, language);
    if (end === undefined) i++;
    else {
      bare += text.slice(kept, i) + text.slice(i, end).replaceAll(/[^\n]/g, " ");
      kept = end;
      i = end;
    }
  }
  return { bare: bare + text.slice(kept), strings };
}

/** What Elixir documents a module or function with is a text for the language, and a comment for us. */
function isDocumentation(text: string, at: number, language: LexicalLanguage): boolean {
  if (language.id !== "elixir" || text[at] !== '"') return false;
  return /@(?:module|type|short)?doc\s+(?:~[sS])?$/.test(text.slice(Math.max(0, at - DOC_CHARS), at));
}

function endOfComment(text: string, at: number, language: LexicalLanguage): number | undefined {
  const character = text[at];
  if (character !== "/" && character !== "#") return undefined;
  if (language.lineComment.test(text.slice(at, at + 2))) {
    const end = text.indexOf("\n", at);
    return end === -1 ? text.length : end;
  }
  if (language.blockComments && text.startsWith("/*", at)) {
    const end = text.indexOf("*/", at + 2);
    return end === -1 ? text.length : end + 2;
  }
  return undefined;
}

/** The offset after a string: triple quotes and Go's back quotes go over lines, others end with theirs. */
function endOfString(text: string, at: number, quote: string, language: LexicalLanguage): number {
  const triple = quote.repeat(3);
  if (text.startsWith(triple, at)) {
    const end = text.indexOf(triple, at + 3);
    return end === -1 ? text.length : end + 3;
  }
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\" && quote !== "`") i++;
    else if (text[i] === quote) return i + 1;
    else if (text[i] === "\n" && quote !== "`" && language.id !== "rust") return i;
  }
  return text.length;
}

/** C#'s `@"…"`, which goes over lines and doubles its quotes. */
function isVerbatim(text: string, at: number, language: LexicalLanguage): boolean {
  return language.id === "csharp" && /@\$?$/.test(text.slice(Math.max(0, at - 2), at));
}

function endOfVerbatim(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] !== '"') continue;
    if (text[i + 1] !== '"') return i + 1;
    i++;
  }
  return text.length;
}

/** Ruby's `<<~TEXT` and PHP's `<<<TEXT`, up to the line that closes it. */
function heredocAt(text: string, at: number, language: LexicalLanguage): Span | undefined {
  if (language.id !== "ruby" && language.id !== "php") return undefined;
  const open = /^<<(?:[~-]|<\s?)(["']?)([A-Za-z_]\w*)\1/.exec(text.slice(at, at + 80));
  if (open === null) return undefined;
  const body = text.indexOf("\n", at) + 1;
  const close = new RegExp(`^[ \\t]*${open[2] as string}\\b`, "m");
  const length = body === 0 ? -1 : text.slice(body).search(close);
  return length === -1 ? undefined : { text: text.slice(body, body + length).trim(), from: at, to: body + length };
}

function contentOf(literal: string, quote: string): string {
  const length = literal.startsWith(quote.repeat(3)) ? 3 : 1;
  return literal.slice(length, literal.endsWith(quote) && literal.length > length ? -length : undefined);
}

function blankStrings(bare: string, strings: readonly Span[]): string {
  let code = "";
  let at = 0;
  for (const { from, to } of strings) {
    code += bare.slice(at, from) + bare.slice(from, to).replaceAll(/[^\n]/g, " ");
    at = to;
  }
  return code + bare.slice(at);
}
