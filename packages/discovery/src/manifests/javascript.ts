/** package.json, deno.json and the lock files of npm, pnpm, yarn and Bun. */
import {
  exactVersion,
  fieldsAt,
  isFields,
  lineOf,
  textOf,
  type Declaration,
  type Locked,
  type Manifest,
} from "./manifest.ts";

const DEPENDENCY_SECTIONS = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];

export function readPackageJson(text: string): Manifest {
  const json: unknown = JSON.parse(text);
  const declared: Declaration[] = [];
  const seen = new Set<string>();
  for (const section of DEPENDENCY_SECTIONS) {
    const from = text.indexOf(`"${section}"`);
    for (const [key, value] of Object.entries(fieldsAt(json, section))) {
      const { name, range } = aliased(key, textOf(value) ?? "");
      if (seen.has(name)) continue;
      seen.add(name);
      declared.push({ ecosystem: "npm", name, version: exactVersion(range), line: lineOf(text, `"${key}"`, from) });
    }
  }
  return { ownName: textOf(fieldsAt(json)["name"]), declared, locked: [] };
}

/** The imports of deno.json: `"openai": "npm:openai@4.1.0"`. */
export function readDenoJson(text: string): Manifest {
  const json: unknown = JSON.parse(text.replaceAll(/^[^\S\n]*\/\/.*$/gm, ""));
  const declared = Object.entries(fieldsAt(json, "imports")).flatMap(([key, value]): Declaration[] => {
    const specifier = npmSpecifier(textOf(value) ?? "");
    return specifier === undefined ? [] : [{ ecosystem: "npm", ...specifier, line: lineOf(text, `"${key}"`) }];
  });
  return { declared, locked: [] };
}

/** The npm package in `npm:openai@4`, `jsr:@openai/openai` or an address of a package CDN. */
export function npmSpecifier(
  specifier: string,
): { readonly name: string; readonly version: string | undefined } | undefined {
  const match =
    /^(?:npm:\/?|jsr:|https?:\/\/(?:cdn\.jsdelivr\.net\/npm|unpkg\.com|esm\.sh|esm\.run|cdn\.skypack\.dev|ga\.jspm\.io\/npm:|jspm\.dev\/npm:)\/?(?:v\d+\/)?)((?:@[\w.-]+\/)?[\w.-]+)(?:@([\w.^~*-]+))?/.exec(
      specifier,
    );
  return match === null ? undefined : { name: match[1] as string, version: exactVersion(match[2]) };
}

/** What is imported, by its name in the registry where it is imported by address or with a scheme. */
export function packageName(specifier: string): string {
  return npmSpecifier(specifier)?.name ?? specifier;
}

/** `"sdk": "npm:openai@^4"` depends on openai. */
function aliased(key: string, range: string): { readonly name: string; readonly range: string } {
  const match = /^npm:((?:@[^/]+\/)?[^@]+)@?(.*)$/.exec(range);
  return match === null ? { name: key, range } : { name: match[1] as string, range: match[2] as string };
}

/** package-lock.json and npm-shrinkwrap.json of every version: what is installed at the top. */
export function readPackageLock(text: string): Manifest {
  return lockedBy(text, /"(?:node_modules\/)?((?:@[^/"]+\/)?[^/"]+)":\s*\{\s*"version":\s*"([^"]+)"/g);
}

/** yarn.lock, classic and Berry. */
export function readYarnLock(text: string): Manifest {
  return lockedBy(text, /^"?((?:@[^/\s"]+\/)?[^@\s",]+)@[^\n]*:\n\s+version:? "?([^"\n]+)"?/gm);
}

/** pnpm-lock.yaml of every version. */
export function readPnpmLock(text: string): Manifest {
  return lockedBy(text, /^ {2}'?\/?((?:@[^/\s']+\/)?[^@/\s']+)[@/](\d[^:('_\s]*)[^\n]*:\s*$/gm);
}

/** bun.lock (the text form; bun.lockb is binary and has no reader but Bun). */
export function readBunLock(text: string): Manifest {
  return lockedBy(text, /"[^"]+":\s*\["((?:@[^/"]+\/)?[^@"]+)@(\d[^"]*)"/g);
}

function lockedBy(text: string, pattern: RegExp): Manifest {
  const locked: Locked[] = [];
  for (const [, name, version] of text.matchAll(pattern)) {
    if (name !== undefined && version !== undefined) locked.push({ ecosystem: "npm", name, version });
  }
  return { declared: [], locked };
}

/** composer.json of PHP, whose form is that of package.json. */
export function readComposerJson(text: string): Manifest {
  const json: unknown = JSON.parse(text);
  const declared = ["require", "require-dev"].flatMap((section) =>
    Object.entries(fieldsAt(json, section)).map(([name, range]): Declaration => ({
      ecosystem: "composer",
      name,
      version: exactVersion(textOf(range)),
      line: lineOf(text, `"${name}"`, text.indexOf(`"${section}"`)),
    })),
  );
  return { ownName: isFields(json) ? textOf(json["name"]) : undefined, declared, locked: [] };
}
