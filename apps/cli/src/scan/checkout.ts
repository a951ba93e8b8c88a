/** What a git checkout says of itself, read from its files: a scan runs no program. */
import { readFileSync } from "node:fs";
import path from "node:path";

export interface Checkout {
  /** Host and path of the remote `origin`, without scheme, credentials and `.git`: `github.com/acme/shop`. */
  readonly origin: string | undefined;
  /** The commit that is checked out; undefined before the first one. */
  readonly revision: string | undefined;
}

/** Undefined where the folder is no checkout. */
export function readCheckout(root: string): Checkout | undefined {
  const git = path.join(root, ".git");
  const head = readText(path.join(git, "HEAD"))?.trim();
  if (head === undefined) return undefined;
  const config = readText(path.join(git, "config")) ?? "";
  const url = /^\[remote "origin"\][^[]*?^\s*url\s*=\s*(\S+)/ms.exec(config)?.[1];
  return { origin: url === undefined ? undefined : placeOf(url), revision: revisionOf(git, head) };
}

function revisionOf(git: string, head: string): string | undefined {
  const ref = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  if (ref === undefined) return isCommit(head) ? head : undefined;
  const loose = ref.includes("..") ? undefined : readText(path.join(git, ref))?.trim();
  if (loose !== undefined && isCommit(loose)) return loose;
  const packed = readText(path.join(git, "packed-refs")) ?? "";
  return packed
    .split("\n")
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(" ")[0];
}

/** `https://user:secret@host/a/b.git` and `git@host:a/b.git` are both `host/a/b`. */
function placeOf(url: string): string | undefined {
  const match = /^(?:[a-z+]+:\/\/)?(?:[^@/]*@)?([\w.-]+)(?::\d+)?[:/]+(.+?)(?:\.git)?\/*$/i.exec(url);
  return match === null ? undefined : `${match[1] as string}/${match[2] as string}`;
}

function isCommit(text: string): boolean {
  return /^[0-9a-f]{40,64}$/.test(text);
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
