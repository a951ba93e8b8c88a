/** Finds the file of the repository that an import names. */
import { directoryOf, joinPath } from "../repo/paths.ts";
import type { Repository } from "../repo/repository.ts";

const SCRIPT_ENDINGS = [
  "",
  ".ts",
  ".tsx",
  ".js",
  ".jsx",
  ".mjs",
  ".cjs",
  ".mts",
  ".cts",
  "/index.ts",
  "/index.tsx",
  "/index.js",
  "/index.mjs",
  ".vue",
  ".svelte",
];

/** Where projects keep their modules, seen from one of a file's own directories. */
const SOURCE_ROOTS = ["", "src", "app", "lib"];

/** The file of a JavaScript import: relative, by the usual `@/` alias, or from a package of the same repository. */
export function resolveScript(repository: Repository, from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return scriptAt(repository, joinPath(directoryOf(from), specifier));
  const alias = /^(?:@|~|#|src|\$lib)\/(.*)$/.exec(specifier);
  if (alias !== null) {
    for (const root of rootsOf(directoryOf(from))) {
      for (const source of SOURCE_ROOTS) {
        const found = scriptAt(repository, joinPath(root, source, alias[1] as string));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }
  const match = /^((?:@[^/]+\/)?[^/]+)(?:\/(.*))?$/.exec(specifier);
  const project = match === null ? undefined : repository.npmProject(match[1] as string);
  if (project === undefined) return undefined;
  const inside = match?.[2] ?? "index";
  return scriptAt(repository, joinPath(project, inside)) ?? scriptAt(repository, joinPath(project, "src", inside));
}

function scriptAt(repository: Repository, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  for (const ending of SCRIPT_ENDINGS) if (repository.hasFile(path + ending)) return path + ending;
  // TypeScript writes the extension that its output will have.
  const source = path.replace(/\.([cm]?)js(x?)$/, ".$1ts$2");
  return source !== path && repository.hasFile(source) ? source : undefined;
}

/** The file of a Python module: relative, or from one of the roots that Python may be started from. */
export function resolvePython(repository: Repository, from: string, module: string): string | undefined {
  const dots = /^\.*/.exec(module)?.[0].length ?? 0;
  const inside = module.slice(dots).replaceAll(".", "/");
  if (dots > 0) {
    const base = joinPath(directoryOf(from), ...Array.from({ length: dots - 1 }, () => ".."));
    return base === undefined ? undefined : pythonAt(repository, joinPath(base, inside) as string);
  }
  for (const root of rootsOf(directoryOf(from))) {
    const found =
      pythonAt(repository, joinPath(root, inside) as string) ??
      pythonAt(repository, joinPath(root, "src", inside) as string);
    if (found !== undefined) return found;
  }
  return undefined;
}

function pythonAt(repository: Repository, path: string): string | undefined {
  for (const candidate of [`${path}.py`, `${path}/__init__.py`]) if (repository.hasFile(candidate)) return candidate;
  return undefined;
}

/**
 * True where a top-level Python module of this name stands in the repository where Python would find it before the
 * installed one: beside the importing file or in a source root above it, but not deeper inside a package.
 */
export function isShadowed(repository: Repository, from: string, module: string): boolean {
  const root = module.split(".")[0] as string;
  return rootsOf(directoryOf(from)).some((directory) => {
    // A package's inner modules are not importable by their bare name.
    if (directory !== "" && repository.hasFile(`${directory}/__init__.py`)) return false;
    return [directory, joinPath(directory, "src") as string].some((base) => {
      const path = joinPath(base, root) as string;
      // A file does not import itself: `services/openai.py` means the installed one.
      return (`${path}.py` !== from && repository.hasFile(`${path}.py`)) || repository.hasFile(`${path}/__init__.py`);
    });
  });
}

/** A directory and those above it, the repository's root last. */
function rootsOf(directory: string): string[] {
  const roots: string[] = [];
  for (let at = directory; at !== ""; at = directoryOf(at)) roots.push(at);
  roots.push("");
  return roots;
}
