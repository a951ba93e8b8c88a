/** The one place of this package that reads files. */
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { CORE_SCHEMA, load } from "js-yaml";

import { buildCatalogue } from "./catalogue.ts";
import type { Catalogue } from "./catalogue.ts";
import { CatalogueError } from "./error.ts";

/** The repository's own `catalogue/`. */
const DEFAULT_DIRECTORY = fileURLToPath(new URL("../../../catalogue", import.meta.url));

/**
 * Reads, types and checks the standards catalogue.
 * @param directory that holds the YAML files; the repository's `catalogue/` by default.
 * @throws CatalogueError where a file is missing, misspelt or contradicts another; the message names file and place.
 */
export async function loadCatalogue(directory: string = DEFAULT_DIRECTORY): Promise<Catalogue> {
  const paths = await listYaml(directory);
  const parsed = await Promise.all(
    paths.map(async (path) => [path, parseYaml(path, await readFile(join(directory, path), "utf8"))] as const),
  );
  return buildCatalogue(new Map(parsed));
}

async function listYaml(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true });
    return entries.filter((entry) => entry.endsWith(".yaml")).map((entry) => entry.replaceAll(sep, "/"));
  } catch (cause) {
    throw new CatalogueError("unreadable", [`${directory}: the folder cannot be read`], { cause });
  }
}

function parseYaml(path: string, yaml: string): unknown {
  try {
    // The core schema of YAML 1.2: dates stay text, so that "2026-08" and "2026-08-02" mean what is written.
    return load(yaml, { schema: CORE_SCHEMA });
  } catch (cause) {
    throw new CatalogueError("unreadable", [`${path}: ${cause instanceof Error ? cause.message : String(cause)}`], {
      cause,
    });
  }
}
