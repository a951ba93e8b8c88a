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
  const declared = lists.flatMap(textsOf).flatMap((requirement): Declaration[] => {
    const declaration = readRequirement(requirement, lineOf(text, requirement));
    return declaration === undefined ? [] : [declaration];
  });
  return { ownName: textsOf(setup.named.get("name"))[0], declared, locked: [] };
}
