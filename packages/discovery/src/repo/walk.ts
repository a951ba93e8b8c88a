/** Walks a directory tree as git sees it: ignored files left out, links not followed, foreign code named once. */
import { readdirSync, readFileSync, type Dirent } from "node:fs";

import ignore, { type Ignore } from "ignore";

import { MAX_DEPTH } from "../limits.ts";
import { trackedPaths } from "./git-index.ts";
import { isForeignDirectory, isSilentDirectory } from "./paths.ts";

export interface WalkedFile {
  /** Path from the root, with `/`. */
  readonly path: string;
  readonly absolute: string;
}

export type Skip = (file: string, reason: string) => void;

/** A .gitignore and the directory (with a trailing `/`, or empty for the root) to which its patterns are relative. */
interface IgnoreFile {
  readonly base: string;
  readonly patterns: Ignore;
}

interface Directory {
  readonly path: string;
  readonly depth: number;
  readonly ignores: readonly IgnoreFile[];
}

/** The regular files under a root, in the order of their names; what can't be walked goes to `skip`. */
export function* walk(root: string, skip: Skip): Generator<WalkedFile> {
  const exclude = readIgnore(`${root}/.git/info/exclude`, "");
  const tracked = trackedPaths(root);
  const pending: Directory[] = [{ path: "", depth: 0, ignores: exclude === undefined ? [] : [exclude] }];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    const absolute = directory.path === "" ? root : `${root}/${directory.path}`;
    const entries = list(absolute, directory.path, skip);
    const ignores = entries.some((entry) => entry.name === ".gitignore")
      ? withIgnoreFile(directory, `${absolute}/.gitignore`)
      : directory.ignores;
    const below: Directory[] = [];
    for (const entry of entries) {
      const path = directory.path === "" ? entry.name : `${directory.path}/${entry.name}`;
      if (isIgnored(ignores, path, entry.isDirectory()) && tracked?.has(path) !== true) continue;
      if (entry.isDirectory()) {
        if (mayEnter(entry.name, path, directory.depth, skip)) {
          below.push({ path, depth: directory.depth + 1, ignores });
        }
      } else if (entry.isFile()) yield { path, absolute: `${root}/${path}` };
      else skip(path, entry.isSymbolicLink() ? "symbolic link, not followed" : "not a regular file");
    }
    pending.push(...below.toReversed());
  }
}

function list(absolute: string, path: string, skip: Skip): Dirent[] {
  try {
    return readdirSync(absolute, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    skip(path === "" ? "." : `${path}/`, failureReason(error));
    return [];
  }
}

function mayEnter(name: string, path: string, depth: number, skip: Skip): boolean {
  if (isSilentDirectory(name)) return false;
  if (isForeignDirectory(name)) {
    skip(`${path}/`, "third-party or generated code");
    return false;
  }
  if (depth >= MAX_DEPTH) {
    skip(`${path}/`, `nested deeper than ${MAX_DEPTH} directories`);
    return false;
  }
  return true;
}

function withIgnoreFile(directory: Directory, file: string): readonly IgnoreFile[] {
  const found = readIgnore(file, directory.path === "" ? "" : `${directory.path}/`);
  return found === undefined ? directory.ignores : [...directory.ignores, found];
}

function readIgnore(file: string, base: string): IgnoreFile | undefined {
  try {
    return { base, patterns: ignore().add(readFileSync(file, "utf8")) };
  } catch {
    return undefined;
  }
}

/** The nearest .gitignore that says anything about a path decides, as in git. */
function isIgnored(ignores: readonly IgnoreFile[], path: string, isDirectory: boolean): boolean {
  for (let i = ignores.length - 1; i >= 0; i--) {
    const { base, patterns } = ignores[i] as IgnoreFile;
    const relative = path.slice(base.length);
    const verdict = patterns.test(isDirectory ? `${relative}/` : relative);
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}

/** Why the file system refused, in words. */
export function failureReason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ENOENT":
      return "vanished during the scan";
    case "EACCES":
    case "EPERM":
      return "not readable: permission denied";
    case "ELOOP":
      return "symbolic link loop";
    case "ENAMETOOLONG":
      return "path too long";
    default:
      return `not readable${code === "" ? "" : `: ${code}`}`;
  }
}
