/** Writes a report in the format asked for, and says with the exit code how it ended. */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import path from "node:path";

import { renderCycloneDx, renderHtml, renderJunit, renderLl144, renderTable } from "@steward/fairness";
import type { BiasReport, Verdict } from "@steward/fairness";
import { formatInstant, MICROS_PER_SECOND } from "@steward/kernel";
import type { Clock } from "@steward/kernel";

import { BiasInputError } from "./error.ts";
import type { Format } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Bad use of the command: the file, the columns or the options are not what they must be. */
export const EXIT_BAD_USE = 2;

const EXIT_CODES: Readonly<Record<Verdict, number>> = { pass: 0, fail: 1, insufficient: 3 };

/** 0 for a pass or without a policy, 1 for a fail, 3 where the data cannot tell. */
export function exitCode(report: BiasReport): number {
  return report.verdict === null ? 0 : EXIT_CODES[report.verdict];
}

export interface OutputOptions {
  readonly format: Format;
  readonly output?: string;
  /** The file that was evaluated. */
  readonly file: string;
}

/** @throws BiasInputError `bad_file` where the output cannot be written */
export async function writeReport(
  report: BiasReport,
  options: OutputOptions,
  clock: Clock,
  terminal: Terminal,
): Promise<void> {
  const content = await render(report, options, clock);
  if (options.output === undefined) {
    terminal.out(content);
    return;
  }
  try {
    await writeFile(options.output, content);
  } catch (cause) {
    throw new BiasInputError(
      "bad_file",
      `${options.output} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  terminal.err(
    `${report.verdict === null ? "No policy, no verdict" : `Verdict: ${report.verdict}`}. Written to ${options.output}.\n`,
  );
}

async function render(report: BiasReport, { format, file }: OutputOptions, clock: Clock): Promise<string | Uint8Array> {
  const moment = clock.now();
  const now = formatInstant(moment);
  const name = path.basename(file);
  const title = `Bias evaluation of ${name}`;
  const details = [
    ["File", name],
    ["Evaluated", now],
  ] as const;
  switch (format) {
    case "table":
      return renderTable(report);
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "html":
      return renderHtml(report, { title, details });
    case "pdf": {
      // The typesetter is large, and only this format needs it.
      const { renderEvaluationPdf } = await import("@steward/report");
      return renderEvaluationPdf(report, { title, details, at: Number(moment / MICROS_PER_SECOND) });
    }
    case "ll144":
      return renderLl144(report, { title: `Bias audit of ${name}`, date: now.slice(0, 10), data: name });
    case "cyclonedx":
      return renderCycloneDx(report, { model: path.parse(file).name, serialNumber: randomUUID(), timestamp: now });
    case "junit":
      return renderJunit(report);
  }
}
