/** How far a scan is, on standard error: a bar for a person, a line now and then for a log. */
import process from "node:process";

import type { ScanProgress, ScanReport } from "@steward/discovery";

import { progressOn } from "../progress.ts";

/** A log gets a line each so many milliseconds. */
const LOG_EVERY_MS = 5000;

export interface ScanProgressView {
  update(progress: ScanProgress): void;
  /** Says what the scan came to. */
  done(report: ScanReport): void;
}

export function scanProgress(stream: NodeJS.WriteStream = process.stderr): ScanProgressView {
  const bar = progressOn(stream);
  const startedMs = performance.now();
  let toldMs = startedMs;
  return {
    update({ filesScanned, filesFound }) {
      bar.update("Scanning", filesFound === 0 ? 1 : filesScanned / filesFound);
      if (stream.isTTY || performance.now() - toldMs < LOG_EVERY_MS) return;
      toldMs = performance.now();
      stream.write(`Scanned ${filesScanned} of ${filesFound} files\n`);
    },
    done({ filesScanned, filesSkipped, components }) {
      bar.done();
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      stream.write(
        `Scanned ${filesScanned} files in ${seconds} s: ${components.length} components, ` +
          `${filesSkipped.length} files or folders left out.\n`,
      );
    },
  };
}
