/** Which file is which manifest. */
import { baseName, directoryOf, extensionOf } from "../repo/paths.ts";
import {
  readBunLock,
  readComposerJson,
  readDenoJson,
  readPackageJson,
  readPackageLock,
  readPnpmLock,
  readYarnLock,
} from "./javascript.ts";
import type { Manifest } from "./manifest.ts";
import {
  readCargoToml,
  readDotnet,
  readGemfile,
  readGemfileLock,
  readGoMod,
  readGradle,
  readGradleLock,
  readNugetLock,
  readPom,
  readVersionCatalogue,
} from "./others.ts";
import {
  readCondaEnvironment,
  readPackageTables,
  readPipfile,
  readPipfileLock,
  readPyproject,
  readRequirements,
  readSetupCfg,
} from "./python.ts";
import { readSetupPy } from "./setup-py.ts";
import { readMix, readMixLock, readSwiftLock, readSwiftPackages } from "./swift-elixir.ts";

export interface ManifestReader {
  readonly isLock: boolean;
  /** Throws where the file is not what its name says. */
  read(text: string): Manifest;
}

const manifest = (read: (text: string) => Manifest): ManifestReader => ({ isLock: false, read });
const lock = (read: (text: string) => Manifest): ManifestReader => ({ isLock: true, read });

const BY_NAME: ReadonlyMap<string, ManifestReader> = new Map([
  ["package.json", manifest(readPackageJson)],
  ["deno.json", manifest(readDenoJson)],
  ["deno.jsonc", manifest(readDenoJson)],
  ["composer.json", manifest(readComposerJson)],
  ["package-lock.json", lock(readPackageLock)],
  ["npm-shrinkwrap.json", lock(readPackageLock)],
  ["yarn.lock", lock(readYarnLock)],
  ["pnpm-lock.yaml", lock(readPnpmLock)],
  ["bun.lock", lock(readBunLock)],
  ["pyproject.toml", manifest(readPyproject)],
  ["Pipfile", manifest(readPipfile)],
  ["setup.cfg", manifest(readSetupCfg)],
  ["setup.py", manifest(readSetupPy)],
  ["poetry.lock", lock((text) => readPackageTables(text, "pypi"))],
  ["uv.lock", lock((text) => readPackageTables(text, "pypi"))],
  ["pdm.lock", lock((text) => readPackageTables(text, "pypi"))],
  ["Pipfile.lock", lock(readPipfileLock)],
  ["go.mod", manifest(readGoMod)],
  ["pom.xml", manifest(readPom)],
  ["build.gradle", manifest(readGradle)],
  ["build.gradle.kts", manifest(readGradle)],
  ["gradle.lockfile", lock(readGradleLock)],
  ["Cargo.toml", manifest(readCargoToml)],
  ["Cargo.lock", lock((text) => readPackageTables(text, "cargo"))],
  ["Directory.Packages.props", manifest(readDotnet)],
  ["Directory.Build.props", manifest(readDotnet)],
  ["packages.config", manifest(readDotnet)],
  ["packages.lock.json", lock(readNugetLock)],
  ["Gemfile", manifest(readGemfile)],
  ["gems.rb", manifest(readGemfile)],
  ["Gemfile.lock", lock(readGemfileLock)],
  ["Package.swift", manifest(readSwiftPackages)],
  ["project.pbxproj", manifest(readSwiftPackages)],
  ["Package.resolved", lock(readSwiftLock)],
  ["mix.exs", manifest(readMix)],
  ["mix.lock", lock(readMixLock)],
]);

const DOTNET_PROJECTS = new Set([".csproj", ".fsproj", ".vbproj"]);

/** The reader of a manifest or lock file, by its path; undefined for any other file. */
export function manifestReader(path: string): ManifestReader | undefined {
  const name = baseName(path);
  const known = BY_NAME.get(name);
  if (known !== undefined) return known;
  const extension = extensionOf(path);
  if (DOTNET_PROJECTS.has(extension)) return manifest(readDotnet);
  if (extension === ".gemspec") return manifest(readGemfile);
  if (name.endsWith(".versions.toml")) return manifest(readVersionCatalogue);
  if (isRequirements(path, name)) return manifest(readRequirements);
  if (/^(?:environment|conda|env)[\w.-]*\.ya?ml$/i.test(name)) return manifest(readCondaEnvironment);
  return undefined;
}

function isRequirements(path: string, name: string): boolean {
  if (/requirements?[\w.-]*\.(?:txt|in|pip)$/i.test(name)) return true;
  return /\.(?:txt|in)$/.test(name) && /(?:^|\/)requirements$/.test(directoryOf(path));
}
