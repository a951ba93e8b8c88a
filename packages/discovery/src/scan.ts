/** Scans a repository: walks it, reads its files, follows values across them and puts the findings together. */
import { lstatSync, realpathSync } from "node:fs";
import path from "node:path";

import { collectComponents } from "./collect.ts";
import { DiscoveryError } from "./error.ts";
import { FileReader } from "./file-reader.ts";
import { Repository } from "./repo/repository.ts";
import { walk, type Skip, type WalkedFile } from "./repo/walk.ts";
import { shippedRules } from "./rules/load.ts";
import type { RuleBook } from "./rules/rule-book.ts";
import { Linker } from "./source/link.ts";
import { matchSource } from "./source/match.ts";
import { SCAN_SCHEMA, type Finding, type Scan, type SkippedFile } from "./types.ts";

export interface ScanOptions {
  /** The rules to scan by; those that ship with Steward where it is left out. */
  readonly rules?: RuleBook;
  /** Told now and then how far the scan is. */
  readonly onProgress?: (progress: ScanProgress) => void;
}

export interface ScanProgress {
  readonly filesScanned: number;
  readonly filesFound: number;
}

/** After so many files the scan lets other work of the process run, and tells its progress. */
const FILES_PER_TURN = 250;

/**
 * Scans a directory (or a single file). Reads only: never runs anything, never leaves the tree, never uses the network.
 * What can't be read is in `filesSkipped` with the reason.
 * @throws DiscoveryError `bad_root` where the path is no readable directory or file.
 */
export async function scan(root: string, options: ScanOptions = {}): Promise<Scan> {
  const rules = options.rules ?? shippedRules();
  const skipped: SkippedFile[] = [];
  const skip = (file: string, reason: string): void => void skipped.push({ file, reason });
  const { directory, files } = listFiles(root, skip);
  const repository = new Repository();
  for (const file of files) repository.addFile(file.path);
  const reader = new FileReader({ rules, repository, directory, rootName: path.basename(directory), skip });
  let scanned = 0;
  for (const file of files) {
    if (reader.read(file)) scanned++;
    if (scanned % FILES_PER_TURN === 0) {
      options.onProgress?.({ filesScanned: scanned, filesFound: files.length });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const found = [...reader.findings, ...reader.lexicalFindings(), ...sourceFindings(reader, repository, rules, skip)];
  const components = collectComponents(found, repository);
  options.onProgress?.({ filesScanned: scanned, filesFound: files.length });
  return {
    report: {
      schema: SCAN_SCHEMA,
      root,
      filesScanned: scanned,
      filesSkipped: skipped.sort((a, b) => (a.file < b.file ? -1 : 1)),
      components,
    },
    cards: reader.cards,
  };
}

function sourceFindings(reader: FileReader, repository: Repository, rules: RuleBook, skip: Skip): Finding[] {
  const linker = new Linker(
    repository,
    (file) => reader.factsOf(file),
    (file, module) =>
      rules.packagesOfModule(file.endsWith(".py") || file.endsWith(".ipynb") ? "pypi" : "npm", module).length > 0,
  );
  const context = { book: rules, repository, linker };
  return [...reader.sources()].flatMap((facts) => {
    try {
      return matchSource(facts, context);
    } catch {
      // One file that defeats the analysis must not cost the findings of all others.
      skip(facts.file, "not analysable");
      return [];
    }
  });
}

function listFiles(
  root: string,
  skip: (file: string, reason: string) => void,
): { readonly directory: string; readonly files: readonly WalkedFile[] } {
  let real: string;
  try {
    real = realpathSync(root);
    if (lstatSync(real).isFile()) {
      const directory = path.dirname(real);
      return { directory, files: [{ path: path.basename(real), absolute: real }] };
    }
  } catch (cause) {
    throw new DiscoveryError("bad_root", `${root} can't be read.`, { cause });
  }
  if (!lstatSync(real).isDirectory()) throw new DiscoveryError("bad_root", `${root} is no directory.`);
  return { directory: real, files: [...walk(real, skip)] };
}
