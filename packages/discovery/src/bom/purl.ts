/** Package URLs (https://github.com/package-url/purl-spec) of components, in both directions. */
import type { Component } from "../types.ts";

type Named = Pick<Component, "kind" | "name" | "version" | "ecosystem" | "provider">;

/** The package URL of a component; undefined where its kind has none. */
export function purlOf({ kind, name, version, ecosystem, provider }: Named): string | undefined {
  const at = version === undefined ? "" : `@${encode(version)}`;
  if (kind === "package" && ecosystem !== undefined) return `pkg:${ecosystem}/${packagePath(ecosystem, name)}${at}`;
  if (kind === "image") return imagePurl(name, at);
  if (kind === "ci" && name.includes("/")) return `pkg:githubactions/${path(name)}${at}`;
  if ((kind === "model" || kind === "embedding") && provider === "huggingface" && /^[^/]+\/[^/]+$/.test(name))
    return `pkg:huggingface/${path(name)}${at}`;
  return undefined;
}

function packagePath(ecosystem: string, name: string): string {
  if (ecosystem === "pypi") return encode(name.toLowerCase().replaceAll("_", "-"));
  if (ecosystem === "maven") return path(name.replace(":", "/"));
  return path(ecosystem === "golang" ? name.toLowerCase() : name);
}

/** The type `docker` names images of Docker Hub; another registry stands in a qualifier. */
function imagePurl(name: string, at: string): string {
  const [host, ...rest] = name.split("/");
  const isRegistry = rest.length > 0 && /[.:]|^localhost$/.test(host as string);
  return isRegistry
    ? `pkg:docker/${path(rest.join("/"))}${at}?repository_url=${encodeURIComponent(host as string)}`
    : `pkg:docker/${path(name)}${at}`;
}

const encode = (text: string): string => encodeURIComponent(text).replaceAll("%3A", ":");
const path = (text: string): string =>
  text
    .split("/")
    .map((part) => encode(part))
    .join("/");

export interface ParsedPurl {
  readonly type: string;
  /** Namespace and name, joined as the registry of the type joins them. */
  readonly name: string;
  readonly version: string | undefined;
}

/** The parts of a package URL; undefined for a text that is none. */
export function parsePurl(purl: string): ParsedPurl | undefined {
  const match = /^pkg:\/*([A-Za-z0-9.+-]+)\/([^@?#]+)(?:@([^?#]+))?/.exec(purl);
  if (match === null) return undefined;
  const type = (match[1] as string).toLowerCase();
  try {
    const parts = (match[2] as string)
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent);
    if (parts.length === 0) return undefined;
    const name = type === "maven" ? `${parts.slice(0, -1).join(".")}:${parts.at(-1) as string}` : parts.join("/");
    return { type, name, version: match[3] === undefined ? undefined : decodeURIComponent(match[3]) };
  } catch {
    return undefined;
  }
}
