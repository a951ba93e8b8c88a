/** The wildcards of rules. */

const SPECIAL = /[.+^$()|[\]\\?]/;

/**
 * The pattern of a glob: `*` within a segment, `**` over any segments, `{a,b}` alternatives, `<…>` marks a part.
 * Segments end at `.` or `/`; `.**.` also stands for no segment at all.
 */
export function globPattern(glob: string): RegExp {
  return new RegExp(`^${globSource(glob)}$`);
}

function globSource(glob: string): string {
  let source = "";
  for (let i = 0; i < glob.length; i++) {
    const rest = glob.slice(i);
    const character = glob[i] as string;
    if (rest.startsWith(".**.")) {
      source += "(?:[./].*)?[./]";
      i += 3;
    } else if (rest.startsWith(".**")) {
      source += "(?:[./].*)?";
      i += 2;
    } else if (rest.startsWith("**")) {
      source += ".*";
      i += 1;
    } else if (character === "<") source += "(";
    else if (character === ">") source += ")";
    else if (character === "*") source += "[^./]*";
    else if (character === "{") source += "(?:";
    else if (character === "}") source += ")";
    else if (character === ",") source += "|";
    else source += character.replace(SPECIAL, "\\$&");
  }
  return source;
}

/** True where a name fits one whose end may be a `*`: `langchain-*`, `AWS::Bedrock::*`. */
export function fitsPrefix(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** True where a host fits one with a `*` in it: `*.openai.azure.com`, `bedrock-runtime.*.amazonaws.com`. */
export function fitsHost(host: string, pattern: string): boolean {
  const at = pattern.indexOf("*");
  if (at === -1) return false;
  const start = pattern.slice(0, at);
  const end = pattern.slice(at + 1);
  return host.length > start.length + end.length && host.startsWith(start) && host.endsWith(end);
}

/** The alternatives that a glob's last segment spells out; empty where it ends in a wildcard. */
export function lastNamesOf(glob: string): readonly string[] {
  let depth = 0;
  let start = 0;
  for (let i = 0; i < glob.length; i++) {
    const character = glob[i];
    if (character === "{") depth++;
    else if (character === "}") depth--;
    else if ((character === "." || character === "/") && depth === 0) start = i + 1;
  }
  const last = glob.slice(start);
  const names = last.startsWith("{") && last.endsWith("}") ? last.slice(1, -1).split(",") : [last];
  return names.map((name) => name.slice(name.lastIndexOf(".") + 1)).filter((name) => !/[*<]/.test(name));
}
