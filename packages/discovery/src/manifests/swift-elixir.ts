/** Manifests of Swift's package manager and Xcode, and of Elixir's Mix. */
import {
  exactVersion,
  fieldsAt,
  isFields,
  listAt,
  textOf,
  type Declaration,
  type Locked,
  type Manifest,
} from "./manifest.ts";

/** A package of Swift goes by the address of its repository: `github.com/MacPaw/OpenAI`. */
function swiftName(url: string): string {
  return url
    .replace(/^(?:https?:\/\/|git@)/, "")
    .replace(/\.git$/, "")
    .replace(/^([\w.-]+):/, "$1/");
}

/** Package.swift, and the project file of Xcode, which keeps the same under another name. */
export function readSwiftPackages(text: string): Manifest {
  const declared: Declaration[] = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const match = /^\s*(?:\.package\(.*\burl:\s*|repositoryURL\s*=\s*)"([^"]+)"(?:.*\bexact:\s*"([^"]+)")?/.exec(line);
    if (match !== null)
      declared.push({
        ecosystem: "swift",
        name: swiftName(match[1] as string),
        version: exactVersion(match[2]),
        line: at + 1,
      });
  }
  return { ownName: /\bPackage\(\s*name:\s*"([^"]+)"/.exec(text)?.[1], declared, locked: [] };
}

/** Package.resolved, in both of its forms. */
export function readSwiftLock(text: string): Manifest {
  const json: unknown = JSON.parse(text);
  const pins = [...listAt(json, "pins"), ...listAt(json, "object", "pins")];
  const locked = pins.flatMap((pin): Locked[] => {
    const url = isFields(pin) ? (textOf(pin["location"]) ?? textOf(pin["repositoryURL"])) : undefined;
    const version = textOf(fieldsAt(pin, "state")["version"]);
    return url === undefined || version === undefined ? [] : [{ ecosystem: "swift", name: swiftName(url), version }];
  });
  return { declared: [], locked };
}

/** mix.exs: what its list of dependencies names. */
export function readMix(text: string): Manifest {
  const declared: Declaration[] = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const match = /^\s*\{\s*:(\w+)\s*,\s*(?:"([^"]+)"|(?:git|github|path):)/.exec(line);
    if (match !== null)
      declared.push({ ecosystem: "hex", name: match[1] as string, version: exactVersion(match[2]), line: at + 1 });
  }
  return { ownName: /^\s*app:\s*:(\w+)/m.exec(text)?.[1], declared, locked: [] };
}

/** mix.lock: `"langchain": {:hex, :langchain, "0.3.0", …`. */
export function readMixLock(text: string): Manifest {
  const locked: Locked[] = [];
  for (const [, name, version] of text.matchAll(/\{:hex,\s*:(\w+),\s*"([^"]+)"/g))
    if (name !== undefined && version !== undefined) locked.push({ ecosystem: "hex", name, version });
  return { declared: [], locked };
}
