/** Manifests of Go, Java, Rust, .NET and Ruby. */
import { parse as parseToml } from "smol-toml";

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

/** go.mod: what is required directly. */
export function readGoMod(text: string): Manifest {
  const declared: Declaration[] = [];
  let inBlock = false;
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (/^require\s*\(/.test(line)) inBlock = true;
    else if (line.startsWith(")")) inBlock = false;
    const match = /^\s*(?:require\s+)?([\w.~/-]+\.[\w.~/-]+)\s+(v[\w.+-]+)/.exec(line);
    if (match === null || !(inBlock || line.startsWith("require")) || line.includes("// indirect")) continue;
    declared.push({ ecosystem: "golang", name: match[1] as string, version: exactVersion(match[2]), line: at + 1 });
  }
  return { ownName: /^module\s+(\S+)/m.exec(text)?.[1], declared, locked: [] };
}

/** pom.xml: its dependencies, not those that it only manages. */
export function readPom(text: string): Manifest {
  const bare = blank(blank(text, /<!--[\s\S]*?-->/g), /<dependencyManagement>[\s\S]*?<\/dependencyManagement>/g);
  const properties = new Map(
    [...text.matchAll(/<([\w.-]+)>([^<>]+)<\/\1>/g)].map((match) => [match[1] as string, match[2] as string]),
  );
  const declared: Declaration[] = [];
  for (const match of bare.matchAll(/<dependency>([\s\S]*?)<\/dependency>/g)) {
    const body = match[1] as string;
    const group = element(body, "groupId");
    const artifact = element(body, "artifactId");
    if (group === undefined || artifact === undefined) continue;
    const version = element(body, "version")?.replace(
      /^\$\{([^}]+)\}$/,
      (whole, name: string) => properties.get(name) ?? whole,
    );
    declared.push({
      ecosystem: "maven",
      name: `${group}:${artifact}`,
      version: exactVersion(version),
      line: lineOf(bare, artifact, match.index),
    });
  }
  const own = bare.replace(
    /<(?:parent|dependencies|build|plugins)>[\s\S]*?<\/(?:parent|dependencies|build|plugins)>/g,
    "",
  );
  const group = element(own, "groupId") ?? element(/<parent>[\s\S]*?<\/parent>/.exec(bare)?.[0] ?? "", "groupId") ?? "";
  return { ownName: `${group}:${element(own, "artifactId") ?? ""}`, declared, locked: [] };
}

function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([^<]+?)\\s*</${name}>`).exec(xml)?.[1];
}

/** Blanks out matches, so that lines and offsets stay. */
function blank(text: string, pattern: RegExp): string {
  return text.replace(pattern, (match) => match.replaceAll(/[^\n]/g, " "));
}

const GRADLE_CONFIGURATION =
  /\b(?:\w*[iI]mplementation|\w*[aA]pi|compileOnly|runtimeOnly|compile|ksp|kapt|annotationProcessor|developmentOnly)\b/;

/** build.gradle and build.gradle.kts: coordinates after a configuration's name. */
export function readGradle(text: string): Manifest {
  const declared: Declaration[] = [];
  const bare = blank(text, /\/\*[\s\S]*?\*\//g);
  for (const [at, raw] of bare.split(/\r?\n/).entries()) {
    const line = raw.replace(/\/\/.*$/, "");
    if (!GRADLE_CONFIGURATION.test(line)) continue;
    const coordinates = /["']([\w.-]+):([\w.-]+)(?::([\w.$\-{}]+))?(?:@\w+)?["']/.exec(line);
    const named =
      /group\s*[:=]\s*["']([^"']+)["']\s*,\s*name\s*[:=]\s*["']([^"']+)["'](?:\s*,\s*version\s*[:=]\s*["']([^"']+)["'])?/.exec(
        line,
      );
    const match = coordinates ?? named;
    if (match === null || (match[2] as string).endsWith("-bom")) continue;
    declared.push({
      ecosystem: "maven",
      name: `${match[1]}:${match[2]}`,
      version: exactVersion(match[3]),
      line: at + 1,
    });
  }
  return { declared, locked: [] };
}

/** Gradle's version catalogue, libs.versions.toml. */
export function readVersionCatalogue(text: string): Manifest {
  const toml: unknown = parseToml(text);
  const versions = fieldsAt(toml, "versions");
  const declared = Object.entries(fieldsAt(toml, "libraries")).flatMap(([alias, value]): Declaration[] => {
    const fields = fieldsAt(value);
    const [group, artifact, inline] = (
      textOf(value) ??
      textOf(fields["module"]) ??
      `${textOf(fields["group"])}:${textOf(fields["name"])}`
    ).split(":");
    if (group === undefined || artifact === undefined || artifact.endsWith("-bom")) return [];
    const version =
      inline ?? textOf(fields["version"]) ?? textOf(versions[textOf(fieldsAt(fields, "version")["ref"]) ?? ""]);
    const at = text.search(new RegExp(`^\\s*${alias.replaceAll(".", "\\.")}\\s*=`, "m"));
    return [
      {
        ecosystem: "maven",
        name: `${group}:${artifact}`,
        version: exactVersion(version),
        line: lineOf(text, alias, at),
      },
    ];
  });
  return { declared, locked: [] };
}

export function readCargoToml(text: string): Manifest {
  const toml: unknown = parseToml(text);
  const roots = [toml, fieldsAt(toml, "workspace"), ...Object.values(fieldsAt(toml, "target"))];
  const declared = roots.flatMap((root) =>
    ["dependencies", "dev-dependencies", "build-dependencies"].flatMap((section) =>
      Object.entries(fieldsAt(root, section)).map(([key, value]): Declaration => {
        const name = isFields(value) ? (textOf(value["package"]) ?? key) : key;
        const at = text.search(new RegExp(`^\\s*(?:\\[.*\\.)?${key}\\b`, "m"));
        // A version in Cargo.toml is a range; only `=1.2.3` is exact.
        const range = textOf(value) ?? (isFields(value) ? textOf(value["version"]) : undefined);
        return {
          ecosystem: "cargo",
          name,
          version: range?.startsWith("=") === true ? exactVersion(range) : undefined,
          line: lineOf(text, key, at),
        };
      }),
    ),
  );
  return { ownName: textOf(fieldsAt(toml, "package")["name"]), declared, locked: [] };
}

/** .csproj and its kin, Directory.Packages.props (which only sets versions) and packages.config. */
export function readDotnet(text: string): Manifest {
  const bare = blank(text, /<!--[\s\S]*?-->/g);
  const declared: Declaration[] = [];
  const locked: Locked[] = [];
  for (const match of bare.matchAll(
    /<(PackageReference|PackageVersion|package)\s+([^>]*?)(?:\/>|>([\s\S]*?)<\/\1>)/g,
  )) {
    const attributes = match[2] as string;
    const name = /\b(?:Include|Update|id)\s*=\s*"([^"]+)"/.exec(attributes)?.[1];
    if (name === undefined) continue;
    const version = exactVersion(
      /\b[vV]ersion\s*=\s*"([^"]+)"/.exec(attributes)?.[1] ?? element(match[3] ?? "", "Version"),
    );
    if (match[1] !== "PackageVersion")
      declared.push({ ecosystem: "nuget", name, version, line: lineOf(bare, name, match.index) });
    else if (version !== undefined) locked.push({ ecosystem: "nuget", name, version });
  }
  return { declared, locked };
}

/** Gemfile and .gemspec. */
export function readGemfile(text: string): Manifest {
  const declared: Declaration[] = [];
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    const match =
      /^\s*(?:gem|\w+\.add_(?:runtime_|development_)?dependency)[\s(]+["']([\w.-]+)["'](?:\s*,\s*["']([^"']+)["'])?/.exec(
        line,
      );
    if (match !== null)
      declared.push({ ecosystem: "gem", name: match[1] as string, version: exactVersion(match[2]), line: at + 1 });
  }
  return { ownName: /\.name\s*=\s*["']([\w.-]+)["']/.exec(text)?.[1], declared, locked: [] };
}

export function readGemfileLock(text: string): Manifest {
  const locked: Locked[] = [];
  for (const [, name, version] of text.matchAll(/^ {4}([\w.-]+) \(([^)\s]+)\)$/gm)) {
    if (name !== undefined && version !== undefined) locked.push({ ecosystem: "gem", name, version });
  }
  return { declared: [], locked };
}

/** packages.lock.json of NuGet. */
export function readNugetLock(text: string): Manifest {
  const json: unknown = JSON.parse(text);
  const locked = Object.values(fieldsAt(json, "dependencies")).flatMap((framework) =>
    Object.entries(fieldsAt(framework)).flatMap(([name, entry]): Locked[] => {
      const version = textOf(fieldsAt(entry)["resolved"]);
      return version === undefined ? [] : [{ ecosystem: "nuget", name, version }];
    }),
  );
  return { declared: [], locked };
}

/** gradle.lockfile: `group:artifact:version=configurations`. */
export function readGradleLock(text: string): Manifest {
  const locked: Locked[] = [];
  for (const [, name, version] of text.matchAll(/^([\w.-]+:[\w.-]+):([\w.-]+)=/gm)) {
    if (name !== undefined && version !== undefined) locked.push({ ecosystem: "maven", name, version });
  }
  return { declared: [], locked };
}
