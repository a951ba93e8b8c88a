/** The licence tags of model and data cards, as SPDX spells them. */

/** Tags that differ from their SPDX id in more than case, or whose case is not the tag's. */
const SPDX_IDS: ReadonlyMap<string, string> = new Map(
  [
    "Apache-2.0",
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-ND-4.0",
    "GPL-2.0-only",
    "GPL-3.0-only",
    "AGPL-3.0-only",
    "LGPL-3.0-only",
    "MPL-2.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
    "ODbL-1.0",
    "PDDL-1.0",
    "OFL-1.1",
    "Artistic-2.0",
  ].flatMap((id): [string, string][] => [
    [id.toLowerCase(), id],
    [id.toLowerCase().replace("-only", ""), id],
  ]),
);

/** The SPDX id of a card's licence; undefined for a licence of its own (`llama3`, `gemma`, `other`). */
export function spdxLicense(tag: string): string | undefined {
  return SPDX_IDS.get(tag.toLowerCase());
}
