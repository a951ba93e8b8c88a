/** Jupyter notebooks: the code cells as one Python source, whose lines lead back to those of the file. */

export interface Notebook {
  /** The code cells, magics and shell lines blanked out. */
  readonly source: string;
  /** Shell lines of the cells: `!pip install openai`. */
  readonly commands: readonly { readonly text: string; readonly line: number }[];
  /** The line in the file of each line of the source. */
  readonly lines: readonly number[];
  /** Files that cells write with `%%writefile`, other than Python, which is part of the source. */
  readonly written: readonly WrittenFile[];
}

export interface WrittenFile {
  readonly name: string;
  readonly text: string;
  /** The line in the notebook of each of its lines. */
  readonly lines: readonly number[];
}

/**
 * Reads a notebook of Python. Undefined for one of another language or without code cells.
 * @throws SyntaxError where the file is no JSON.
 */
export function readNotebook(text: string): Notebook | undefined {
  const json = JSON.parse(text) as {
    metadata?: { kernelspec?: { language?: string }; language_info?: { name?: string } };
    cells?: { cell_type?: string; source?: string | string[] }[];
  };
  const language = json.metadata?.kernelspec?.language ?? json.metadata?.language_info?.name ?? "python";
  if (!/^(?:i?python3?|pyspark)$/i.test(language) || !Array.isArray(json.cells)) return undefined;
  const source: string[] = [];
  const lines: number[] = [];
  const commands: { text: string; line: number }[] = [];
  const written: WrittenFile[] = [];
  const finder = new LineFinder(text);
  for (const cell of json.cells) {
    if (cell.cell_type !== "code" || cell.source === undefined) continue;
    const cellLines = (Array.isArray(cell.source) ? cell.source.join("") : cell.source).split("\n");
    // Another language's cell: %%bash, %%html, %%javascript.
    const magic = /^%%(\w+)/.exec(cellLines[0] ?? "")?.[1];
    const file = /^%%writefile\s+(?:-a\s+)?["']?([\w./ -]*\w)/.exec(cellLines[0] ?? "")?.[1];
    const isWritten = file !== undefined && !file.endsWith(".py");
    const isForeign = isWritten || (magic !== undefined && !/^(?:time|timeit|capture|prun|writefile)$/.test(magic));
    const from = lines.length;
    for (const line of cellLines) {
      const at = finder.next(line);
      const command =
        /^\s*[!%]\s*((?:pip|uv|conda|poetry)\b.*|(?:npm|ollama|huggingface-cli|hf|kaggle|python3?|curl|wget)\b.*)$/.exec(
          line,
        )?.[1];
      if (command !== undefined || (isForeign && /^(?:bash|sh|shell)$/.test(magic ?? "")))
        commands.push({ text: command ?? line, line: at });
      source.push(isForeign || /^\s*[!%]/.test(line) ? "" : line);
      lines.push(at);
    }
    if (isWritten) written.push({ name: file, text: cellLines.slice(1).join("\n"), lines: lines.slice(from + 1) });
  }
  return source.length === 0 ? undefined : { source: source.join("\n"), commands, lines, written };
}

/** Finds the lines of cells in the JSON text, in the order in which they come. */
class LineFinder {
  readonly #text: string;
  #offset = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  next(content: string): number {
    if (content.trim() === "") return this.#line;
    const quoted = JSON.stringify(content).slice(1, -1);
    let at = this.#text.indexOf(quoted, this.#offset);
    // A file written with ASCII escapes spells other characters another way: then the line stays that of the cell before.
    if (at === -1) return this.#line;
    for (let i = this.#text.indexOf("\n", this.#offset); i !== -1 && i < at; i = this.#text.indexOf("\n", i + 1))
      this.#line++;
    at += quoted.length;
    this.#offset = at;
    return this.#line;
  }
}
