/** What is known already: an earlier report of a scan, or a bill of materials. */
import { readFile } from "node:fs/promises";
import path from "node:path";

import { importCycloneDx, SCAN_SCHEMA, shippedRules, type Component, type ScanReport } from "@steward/discovery";

import { UsageError } from "../usage.ts";

/** @throws UsageError for a file that can't be read; DiscoveryError `bad_document` for one that is neither form. */
export async function readBaseline(file: string): Promise<readonly Component[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(`The baseline ${file} can't be read.`, { cause });
  }
  return reportIn(text)?.components ?? importCycloneDx(text, path.basename(file), shippedRules()).components;
}

function reportIn(text: string): ScanReport | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isReport(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Comparing takes kind, name and ecosystem: a list of texts in their places is enough. */
function isReport(value: unknown): value is ScanReport {
  const { schema, components } = (value ?? {}) as { schema?: unknown; components?: unknown };
  if (schema !== SCAN_SCHEMA || !Array.isArray(components)) return false;
  return components.every((component: unknown) => {
    const { kind, name } = (component ?? {}) as { kind?: unknown; name?: unknown };
    return typeof kind === "string" && typeof name === "string";
  });
}
