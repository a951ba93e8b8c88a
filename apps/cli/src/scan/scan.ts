/** `steward scan`: finds the AI in a repository. Reads only, runs nothing, and needs no server. */
import path from "node:path";
import process from "node:process";

import { breachesOf, CYCLONEDX_VERSIONS, DiscoveryError, parseConditions, scan } from "@steward/discovery";
import type { Breach, CycloneDxVersion, Scan } from "@steward/discovery";
import { systemClock } from "@steward/kernel";
import { Command, Option } from "commander";

import { type Server, serverOf, serverOptions, type ServerOptions } from "../server.ts";
import { USAGE_EXIT, UsageError } from "../usage.ts";
import { readBaseline } from "./baseline.ts";
import { billOfMaterials, FORMATS, writeReport, type Format } from "./output.ts";
import { scanProgress } from "./progress.ts";
import { publishBillOfMaterials, publishReport, readRegistered } from "./publish.ts";

/** Exit codes: 0 done, 1 a condition of --fail-on was met, 2 the command could not be carried out. */
const BREACH_EXIT = 1;

interface ScanCommandOptions extends ServerOptions {
  readonly format: Format;
  readonly output?: string;
  readonly specVersion: CycloneDxVersion;
  readonly release?: string;
  /** The system; true where none is named. */
  readonly publish?: string | true;
  readonly source?: string;
  readonly baseline?: string;
  readonly failOn?: string;
}

export function scanCommand(): Command {
  const command = new Command("scan")
    .description("Find the AI in a repository: models, suppliers, packages, agents, prompts, data sets.")
    .argument("<path>", "the repository, a folder or a single file")
    .addOption(new Option("--format <format>", "form of the report").choices(FORMATS).default("table"))
    .option("--output <file>", "where to write the report; standard output if left out")
    .addOption(
      new Option("--spec-version <version>", "version of CycloneDX").choices(CYCLONEDX_VERSIONS).default("1.6"),
    )
    .option(
      "--release <version>",
      "the release that a bill of materials is about; with --publish it is published for that release",
    )
    .option(
      "--publish [system]",
      "hand the report to a server, for this AI system (id or name); without one, the server asks whose code it is",
    )
    .option("--source <name>", "what was scanned, as the server keeps it; the checkout's origin if left out")
    .option("--baseline <file>", "what is known already: an earlier report (json) or bill of materials (CycloneDX)")
    .option(
      "--fail-on <conditions>",
      "exit 1 where one is met: shadow (not registered), new (not in the baseline), any, or a kind such as credential",
    )
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_EXIT))
    .action(run);
  return serverOptions(command, "inventory:write");
}

async function run(root: string, options: ScanCommandOptions): Promise<void> {
  try {
    const baseline = options.baseline === undefined ? undefined : await readBaseline(options.baseline);
    const conditions = options.failOn === undefined ? [] : parseConditions(options.failOn);
    // What can't be carried out is said before the work, not after it.
    breachesOf([], conditions, { baseline, registered: undefined });
    const server = options.publish === undefined ? undefined : serverOf(options);
    const progress = scanProgress();
    const found = await scan(root, { onProgress: (state) => progress.update(state) });
    progress.done(found.report);
    const scanId = server && (await publish(server, found, root, options));
    const asksServer = scanId !== undefined && conditions.includes("shadow");
    const registered = asksServer ? await readRegistered(server as Server, scanId) : undefined;
    const breaches = breachesOf(found.report.components, conditions, { baseline, registered });
    const { format, output, specVersion, release } = options;
    await writeReport(found, breaches, {
      format,
      output,
      specVersion,
      release,
      name: path.basename(path.resolve(root)),
      clock: systemClock(),
    });
    tellBreaches(breaches, baseline !== undefined || registered !== undefined);
    process.exitCode = breaches.length > 0 ? BREACH_EXIT : 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof DiscoveryError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = USAGE_EXIT;
  }
}

/** Answers the id under which the server keeps the scan; with a release, its bill of materials is published as well. */
async function publish(server: Server, found: Scan, root: string, options: ScanCommandOptions): Promise<string> {
  const system = typeof options.publish === "string" ? options.publish : null;
  const publication = { system, source: options.source, root: path.resolve(root) };
  const { ledgerIndex, systemId, scanId, source } = await publishReport(server, found.report, publication);
  process.stderr.write(
    `Published ${system === null ? `as ${source}` : `for ${system}`}: entry ${ledgerIndex} of the ledger.\n`,
  );
  if (systemId === null) process.stderr.write("Drift asks to which AI system it belongs until somebody has said so.\n");
  const { release } = options;
  if (release !== undefined && systemId !== null) {
    const name = path.basename(path.resolve(root));
    const document = billOfMaterials(found, { name, release, clock: systemClock() });
    const index = await publishBillOfMaterials(server, document, { systemId, version: release });
    process.stderr.write(`Bill of materials of ${release}: entry ${index} of the ledger.\n`);
  }
  if (release !== undefined && systemId === null) {
    process.stderr.write(`No bill of materials of ${release} is published: name its AI system with --publish.\n`);
  }
  return scanId;
}

/** So many are named on standard error; the report has all. */
const MAX_TOLD = 10;

function tellBreaches(breaches: readonly Breach[], isCompared: boolean): void {
  if (breaches.length === 0) return;
  const met = new Set(breaches.flatMap(({ conditions }) => conditions));
  process.stderr.write(`--fail-on ${[...met].join(", ")}: ${breaches.length} component(s).\n`);
  if (met.has("shadow") && !isCompared)
    process.stderr.write("Nothing is known to be registered: there is neither --publish nor --baseline.\n");
  for (const { component, conditions } of breaches.slice(0, MAX_TOLD)) {
    const place = component.evidence[0];
    const where = place === undefined ? "" : ` at ${place.file}:${place.line}`;
    process.stderr.write(`  ${conditions.join(", ")}: ${component.kind} ${component.name}${where}\n`);
  }
  if (breaches.length > MAX_TOLD) process.stderr.write(`  and ${breaches.length - MAX_TOLD} more.\n`);
}
