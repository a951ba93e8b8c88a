/** Writes what a scan found in the form that was asked for. */
import { writeFile } from "node:fs/promises";
import process from "node:process";

import { supplierTitles, toCycloneDx, toSarif, toSpdx } from "@steward/discovery";
import type { BomOptions, Breach, CycloneDxVersion, Scan } from "@steward/discovery";
import { formatInstant, newId, type Clock } from "@steward/kernel";

import { renderTable } from "./table.ts";
import { UsageError } from "../usage.ts";

export const FORMATS = ["table", "json", "sarif", "cyclonedx", "spdx"] as const;
export type Format = (typeof FORMATS)[number];

export interface ReportOptions {
  readonly format: Format;
  readonly output: string | undefined;
  readonly specVersion: CycloneDxVersion;
  readonly release: string | undefined;
  /** What was scanned, as documents name it. */
  readonly name: string;
  readonly clock: Clock;
}

/** @throws UsageError where the file can't be written. */
export async function writeReport(found: Scan, breaches: readonly Breach[], options: ReportOptions): Promise<void> {
  const text = render(found, breaches, options);
  if (options.output === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    await writeFile(options.output, text);
  } catch (cause) {
    throw new UsageError(`${options.output} can't be written.`, { cause });
  }
}

function render(found: Scan, breaches: readonly Breach[], options: ReportOptions): string {
  switch (options.format) {
    case "table":
      return renderTable(found.report, breaches);
    case "json":
      return `${JSON.stringify(found.report, null, 2)}\n`;
    case "sarif":
      return toSarif(found.report, breaches);
    case "cyclonedx":
      return toCycloneDx(found, bomOptions(options), options.specVersion);
    case "spdx":
      return toSpdx(found, bomOptions(options));
  }
}

/** The bill of materials as CycloneDX 1.6, which more programs read than 1.7. */
export function billOfMaterials(found: Scan, options: Pick<ReportOptions, "name" | "release" | "clock">): object {
  return JSON.parse(toCycloneDx(found, bomOptions(options), "1.6")) as object;
}

function bomOptions({ name, release, clock }: Pick<ReportOptions, "name" | "release" | "clock">): BomOptions {
  return {
    name,
    ...(release === undefined ? {} : { version: release }),
    serialNumber: newId(clock),
    timestamp: formatInstant(clock.now()),
    suppliers: supplierTitles(),
  };
}
