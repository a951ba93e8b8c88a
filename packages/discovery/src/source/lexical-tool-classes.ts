/** Tools that are classes, in languages that are read by their words: what they extend, and the name they give. */
import type { LexicalFacts, LexicalString } from "./lexical.ts";

/** `impl Tool for Adder` in Rust, `class Search < Tools::Tool` in Ruby. */
const TOOL_CLASS =
  /\bimpl\s+(?:\w+::)*Tool(?:<[^<>]*>)?\s+for\s+(\w+)|\bclass\s+([A-Z]\w*)\s*<\s*(?:\w+::)*(?:Base)?Tool\s*$/;

/** A class of Ruby whose functions are tools by what it is extended with, and how it says which: langchainrb. */
const HOLDS_TOOLS = /^\s*extend\s+(?:\w+::)*ToolDefinition\b/;
const TOOL_FUNCTION = /^\s*define_function\s*\(?\s*:(\w+)/;

/** Where such a class gives its name: a constant, a setting, or a method that returns it. */
const NAME_GIVEN = /\bconst\s+NAME\b[^=]*=\s*$|\btool_name\s*\(?\s*$/;
const NAME_METHOD = /\b(?:fn\s+name\s*\(|def\s+(?:self\.)?name\b)/;

/** The head of a class is short. */
const MAX_LINE_CHARS = 200;

/** How many lines a class may go on before it gives its name. */
const CLASS_LINES = 120;

export interface ToolClass {
  readonly name: string;
  readonly line: number;
  /** True where it also describes its parameters, as only what a model calls does. */
  readonly isDescribed: boolean;
}

/** A type of Go that says its name, and what such a type has where a model calls it. */
const NAME_OF_TYPE = /^func\s+\((?:\w+\s+)?\*?(\w+)\)\s+Name\(\)\s+string\s*\{/;
const METHOD_OF_TYPE = /^func\s+\((?:\w+\s+)?\*?(\w+)\)\s+(\w+)\(/;
const DESCRIBES_CALL = /^(?:FunctionDefinition|Parameters|(?:Input|Args)?Schema|ToolSpec|ToolDefinition)$/;
const RUNS_CALL = /^(?:Call|Execute|InvokableRun|Invoke|Run)$/;

/** How many lines the name may stand below the head of its function. */
const NAME_LINES = 2;

/** Types that say how they are called, and what runs then: in Go a tool is what has the methods of one. */
function toolTypesIn({ code, strings }: LexicalFacts): ToolClass[] {
  const named = code.flatMap((text, at) => {
    const type = NAME_OF_TYPE.exec(text.slice(0, MAX_LINE_CHARS))?.[1];
    return type === undefined ? [] : [{ type, at }];
  });
  if (named.length === 0) return [];
  const methods = code.flatMap((text) => {
    const match = METHOD_OF_TYPE.exec(text.slice(0, MAX_LINE_CHARS));
    return match === null ? [] : [{ type: match[1] as string, name: match[2] as string }];
  });
  return named.flatMap(({ type, at }) => {
    const has = (pattern: RegExp): boolean => methods.some((one) => one.type === type && pattern.test(one.name));
    const isDescribed = has(DESCRIBES_CALL);
    const isTool = has(/^Description$/) && (isDescribed || has(RUNS_CALL));
    const given = strings.find(
      ({ line, before }) => line > at && line <= at + 1 + NAME_LINES && /\breturn\s+$/.test(before),
    );
    return isTool && given !== undefined ? [{ name: given.text, line: given.line, isDescribed }] : [];
  });
}

export function toolClassesIn(facts: LexicalFacts): ToolClass[] {
  const { code, strings } = facts;
  const isDescribed = [/\bdescription\b/, /\b(?:parameters|definition|run|call)\b/].every((word) =>
    code.some((line) => word.test(line)),
  );
  const holdsTools = code.some((line) => HOLDS_TOOLS.test(line.slice(0, MAX_LINE_CHARS)));
  const types = toolTypesIn(facts);
  if (types.length > 0) return types;
  return code.flatMap((text, at) => {
    const own = holdsTools ? TOOL_FUNCTION.exec(text.slice(0, MAX_LINE_CHARS))?.[1] : undefined;
    if (own !== undefined) return [{ name: own, line: at + 1, isDescribed: true }];
    const match = TOOL_CLASS.exec(text.slice(0, MAX_LINE_CHARS));
    if (match === null) return [];
    const given = strings.find((string) => isWithin(string, at) && namesClass(string, code));
    const name = given?.text ?? match[1] ?? (match[2] as string);
    return { name, line: given?.line ?? at + 1, isDescribed };
  });
}

function isWithin({ line }: LexicalString, at: number): boolean {
  return line > at && line <= at + CLASS_LINES;
}

function namesClass({ before, column, line }: LexicalString, code: readonly string[]): boolean {
  if (column > MAX_LINE_CHARS) return false;
  if (NAME_GIVEN.test(before)) return true;
  const isAlone = /^\s*(?:return\s+|String::from\(\s*)?$/.test(before);
  return NAME_METHOD.test(before) || (isAlone && NAME_METHOD.test(code[line - 2] ?? ""));
}
