/** Small repositories, written down in YAML and unpacked into a temporary folder for the time of a scan. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { parse } from "yaml";

import { scan, type Scan } from "../src/index.ts";

export type Files = Readonly<Record<string, string>>;

/** Unpacks files into a fresh folder, hands it to `use`, and removes it. */
export async function withFiles<T>(files: Files, use: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(path.join(tmpdir(), "steward-scan-"));
  try {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(root, name);
      mkdirSync(path.dirname(file), { recursive: true });
      // A text that begins with base64: stands for bytes.
      writeFileSync(file, content.startsWith("base64:") ? Buffer.from(content.slice(7), "base64") : content);
    }
    return await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

export function scanFiles(files: Files): Promise<Scan> {
  return withFiles(files, (root) => scan(root));
}

/** The YAML files of a folder beside this one, parsed. */
export function readBundles<T>(folder: string): T[] {
  const directory = new URL(`${folder}/`, import.meta.url);
  return readdirSync(directory)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => parse(readFileSync(new URL(name, directory), "utf8")) as T);
}
