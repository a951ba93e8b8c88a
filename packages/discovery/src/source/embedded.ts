/** Scripts inside of other files: Vue and Svelte components, Astro pages, HTML, ConfigMaps of Kubernetes. */

type Span = readonly [from: number, to: number];

/** The scripts of a file with everything else blanked out, so that lines stay; undefined where it has none. */
export function embeddedScripts(path: string, text: string): string | undefined {
  const spans = path.endsWith(".astro") ? [...fence(text), ...scripts(text)] : scripts(text);
  if (spans.length === 0) return undefined;
  let kept = "";
  let at = 0;
  for (const [from, to] of spans) {
    if (from < at) continue;
    kept += blank(text.slice(at, from)) + text.slice(from, to);
    at = to;
  }
  return kept + blank(text.slice(at));
}

function blank(text: string): string {
  return text.replaceAll(/[^\n]/g, " ");
}

/** Astro's code fence at the head of a page. */
function fence(text: string): Span[] {
  const match = /^---\r?\n([\s\S]*?)\r?\n---/.exec(text);
  if (match === null) return [];
  const from = match[0].indexOf(match[1] as string);
  return [[from, from + (match[1] as string).length]];
}

function scripts(text: string): Span[] {
  const bare = text.replaceAll(/<!--[\s\S]*?-->/g, (match) => " ".repeat(match.length));
  const spans: Span[] = [];
  for (const match of bare.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi)) {
    const attributes = match[1] as string;
    const type = /\btype\s*=\s*["']([^"']*)["']/.exec(attributes)?.[1] ?? "";
    if (
      /\bsrc\s*=/.test(attributes) ||
      !/^(?:|module|(?:text|application)\/(?:javascript|typescript|babel))$/.test(type)
    )
      continue;
    const from = match.index + match[0].indexOf(">") + 1;
    spans.push([from, from + (match[2] as string).length]);
  }
  return spans;
}

/** A block of text under the name of a Python file. */
const PYTHON_BLOCK = /^(\s*)["']?[\w.-]+\.py["']?:\s*[|>][+-]?\s*$/;

/** The Python that a YAML file holds under the names of files, all else left blank, so that lines stay. */
export function heldPython(text: string): string | undefined {
  if (!text.includes(".py")) return undefined;
  const lines = text.split(/\r?\n/);
  const kept = lines.map(() => "");
  let found = false;
  for (let at = 0; at < lines.length; at++) {
    const outer = PYTHON_BLOCK.exec(lines[at] as string)?.[1]?.length;
    if (outer === undefined) continue;
    let inner: number | undefined;
    for (; at + 1 < lines.length; at++) {
      const line = lines[at + 1] as string;
      if (line.trim() === "") continue;
      const indent = line.length - line.trimStart().length;
      if (indent <= outer) break;
      inner ??= indent;
      kept[at + 1] = line.slice(Math.min(inner, indent));
      found = true;
    }
  }
  return found ? kept.join("\n") : undefined;
}
