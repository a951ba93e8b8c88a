/** What a file is by what it holds. Names lie; only texts, which have no marks, are told apart by them. */
import { open } from "node:fs/promises";
import path from "node:path";

import { fileTypeFromFile } from "file-type";

/** Programs are no evidence that people look at, and nobody should meet one behind a record. */
const PROGRAMS: ReadonlySet<string> = new Set([
  "application/x-msdownload",
  "application/x-elf",
  "application/x-mach-binary",
  "application/x-ms-shortcut",
  "application/x-ms-installer",
  "application/java-vm",
  "application/wasm",
  "application/vnd.android.package-archive",
]);

const TEXTS: Readonly<Record<string, string>> = {
  ".md": "text/markdown",
  ".markdown": "text/markdown",
  ".csv": "text/csv",
  ".json": "application/json",
};

/** Names that promise a format which a mark would show. */
const PROMISES: Readonly<Record<string, string>> = {
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
};

/** Enough of a text to see that it is one. */
const LOOKED_AT_BYTES = 64 * 1024;

export type Sniffed = { readonly mediaType: string } | { readonly refused: string };

export async function sniff(file: string, name: string): Promise<Sniffed> {
  const extension = path.extname(name).toLowerCase();
  const marked = await fileTypeFromFile(file);
  if (marked !== undefined && PROGRAMS.has(marked.mime)) return { refused: "It is a program, not evidence." };
  const promised = PROMISES[extension];
  if (promised !== undefined && marked?.mime !== promised) {
    return { refused: `Its name ends in ${extension}, but it holds ${marked?.mime ?? "something else"}.` };
  }
  if (marked !== undefined) return { mediaType: marked.mime };
  if (await isText(file)) return { mediaType: TEXTS[extension] ?? "text/plain" };
  return { mediaType: "application/octet-stream" };
}

async function isText(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOKED_AT_BYTES), 0, LOOKED_AT_BYTES, 0);
    const bytes = buffer.subarray(0, bytesRead);
    if (bytes.includes(0)) return false;
    // The last character may be cut in the middle.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}

/** Kinds that a browser shows by itself without running anything of them. */
export const IMAGES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
