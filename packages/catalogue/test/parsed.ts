/** The catalogue's files as parsed YAML, freely changeable: for tests that put a mistake into them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { CORE_SCHEMA, load } from "js-yaml";

const DIRECTORY = fileURLToPath(new URL("../../../catalogue", import.meta.url));

export type Loose = Record<string, unknown> & unknown[];

export function parsedCatalogue(): Map<string, Loose> {
  const paths = (readdirSync(DIRECTORY, { recursive: true }) as string[]).filter((path) => path.endsWith(".yaml"));
  return new Map(
    paths.map((path) => [path, load(readFileSync(join(DIRECTORY, path), "utf8"), { schema: CORE_SCHEMA }) as Loose]),
  );
}

/** Walks to a place such as `tests.0.parameters` and hands out what is there. */
export function at(files: Map<string, Loose>, path: string, place: string): Loose {
  let value: unknown = files.get(path);
  for (const key of place === "" ? [] : place.split(".")) value = (value as Record<string, unknown>)[key];
  return value as Loose;
}
