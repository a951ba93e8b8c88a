/** setup.py, read as source and never run: the requirement lists that it hands to setup(). */
import type { Interests } from "../source/fact-types.ts";
import { readFacts } from "../source/facts.ts";
import { parsePython } from "../source/python.ts";
import { textsOf, type Value } from "../source/values.ts";
import { lineOf, type Declaration, type Manifest } from "./manifest.ts";
import { readRequirement } from "./python.ts";

const SETUP_ONLY: Interests = {
  knowsModule: () => false,
  knowsCall: (name) => name === "setup",
  isCredential: () => false,
  isNotable: () => false,
  isHostUrl: () => false,
  isImage: () => false,
};

export function readSetupPy(text: string): Manifest {
  const setup = readFacts("setup.py", "python", parsePython(text), SETUP_ONLY).calls.at(-1);
  if (setup === undefined) return { declared: [], locked: [] };
  const extras = setup.named.get("extras_require");
  const lists: (Value | undefined)[] = [
    setup.named.get("install_requires"),
    setup.named.get("tests_require"),
    ...(extras?.type === "object" ? extras.entries.values() : []),
  ];
  const handed = lists.flatMap(textsOf);
  const declared = (handed.length > 0 ? handed : listedRequirements(text)).flatMap((requirement): Declaration[] => {
    const declaration = readRequirement(requirement, lineOf(text, requirement));
    return declaration === undefined ? [] : [declaration];
  });
  return { ownName: textsOf(setup.named.get("name"))[0], declared, locked: [] };
}

/** A list under a name that says what it holds; strings and comments may have brackets in them. */
const REQUIREMENT_LIST =
  /^[ \t]*\w*(?:deps|dependencies|requires?|requirements)\w*[ \t]*=[ \t]*\[((?:[^\]"'#]|"[^"\n]*"|'[^'\n]*'|#[^\n]*)*)\]/gim;

/** Where setup() is handed what a program makes of a list, as of a table of pinned versions, the list itself. */
function listedRequirements(text: string): string[] {
  return [...text.matchAll(REQUIREMENT_LIST)].flatMap(([, items = ""]) =>
    [...items.replaceAll(/^[^\S\n]*#.*$/gm, "").matchAll(/"([^"\n]+)"|'([^'\n]+)'/g)].map(
      ([, a, b]) => (a ?? b) as string,
    ),
  );
}
