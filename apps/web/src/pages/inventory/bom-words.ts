/** What a bill of materials lists, in words and groups. */

export interface Part {
  kind: string;
  name: string;
  version: string | null;
  provider: string | null;
  digest: string | null;
  licence: string | null;
}

/** What makes a system an AI system comes first, libraries last; kinds that are not named here come before those. */
const TITLES: Readonly<Record<string, string>> = {
  "machine-learning-model": "Models",
  data: "Data and prompts",
  service: "Services",
  application: "Applications and agents",
  container: "Container images",
  "cryptographic-asset": "Keys",
  framework: "Frameworks",
  library: "Libraries",
};
const FIRST = ["machine-learning-model", "data", "service", "application", "container"];
const LAST = ["framework", "library"];

export function groupsOf(parts: readonly Part[]): { title: string; members: Part[] }[] {
  return [...Map.groupBy(parts, ({ kind }) => kind)]
    .toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([kind, members]) => ({
      title: TITLES[kind] ?? kind.replaceAll("-", " ").replace(/^[a-z]/, (letter) => letter.toUpperCase()),
      members: members.toSorted((a, b) => a.name.localeCompare(b.name)),
    }));
}

function rank(kind: string): number {
  const last = LAST.indexOf(kind);
  if (last >= 0) return FIRST.length + 1 + last;
  const first = FIRST.indexOf(kind);
  return first >= 0 ? first : FIRST.length;
}

/** How much of a digest a line shows. */
const DIGEST_CHARS = 19;

export function wordsOf({ name, version, provider, digest, licence }: Part): string {
  const named = version === null ? name : `${name} ${version}`;
  return [named, provider, licence, digest === null ? null : shortDigest(digest)]
    .filter((word) => word !== null)
    .join(", ");
}

/** What of a part is another: `1.0 to 1.1, licence MIT to Apache-2.0`. */
export function changeOf(before: Part, after: Part): string {
  const changes = [
    before.version === after.version ? null : `${before.version ?? "no version"} to ${after.version ?? "no version"}`,
    changed("supplier", before.provider, after.provider),
    changed("licence", before.licence, after.licence),
    changed("digest", before.digest && shortDigest(before.digest), after.digest && shortDigest(after.digest)),
  ];
  return changes.filter((change) => change !== null).join(", ");
}

function changed(what: string, before: string | null, after: string | null): string | null {
  return before === null || after === null || before === after ? null : `${what} ${before} to ${after}`;
}

function shortDigest(digest: string): string {
  return digest.length > DIGEST_CHARS ? `${digest.slice(0, DIGEST_CHARS)}…` : digest;
}
