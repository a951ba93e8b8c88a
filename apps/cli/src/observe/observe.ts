/** steward observe: what runs and what is called, read from the list output of tools that already know. */
import { readFile } from "node:fs/promises";

import { ApiProblem, createClient } from "@steward/client";
import { Command, Option } from "commander";

import { readCloudTrail } from "./cloudtrail.ts";
import { readKubectl } from "./kubectl.ts";
import { readMlflow } from "./mlflow.ts";
import { ObserveError, type Sighting } from "./sighting.ts";

const FORMATS = {
  kubectl: { source: "kubernetes", read: (document: unknown) => readKubectl(document, new Date()) },
  cloudtrail: { source: "cloudtrail", read: readCloudTrail },
  mlflow: { source: "mlflow", read: readMlflow },
} as const;
type Format = keyof typeof FORMATS;

/** Sightings in one request, as the server takes them. */
const PER_REQUEST = 1000;

interface Options {
  readonly format: Format;
  readonly publish?: true;
  readonly server: string;
  readonly key?: string;
}

export function observeCommand(): Command {
  return new Command("observe")
    .description("Reads AI services, models and workloads from the output of kubectl, CloudTrail or MLflow.")
    .argument("<file>", "the output as JSON; - reads standard input")
    .addOption(new Option("--format <tool>", "what wrote it").choices(Object.keys(FORMATS)).makeOptionMandatory())
    .option("--publish", "send what was seen to Steward")
    .addOption(new Option("--server <url>", "address of Steward").env("STEWARD_URL").default("http://localhost:42001"))
    .addOption(new Option("--key <key>", "API key with the scope inventory:write").env("STEWARD_KEY"))
    .action(observe);
}

async function observe(file: string, options: Options): Promise<void> {
  const { source, read } = FORMATS[options.format];
  const sightings = read(await readJson(file));
  process.stdout.write(`${table(sightings)}\n`);
  if (options.publish === undefined) return;
  if (options.key === undefined) throw new ObserveError("unreadable", "Give --key, or set STEWARD_KEY, to publish.");
  const client = createClient({ baseUrl: options.server, key: options.key });
  try {
    // An empty list is sent too: it says that somebody looked.
    for (let at = 0; at === 0 || at < sightings.length; at += PER_REQUEST) {
      await client.publishObservations({ body: { source, sightings: sightings.slice(at, at + PER_REQUEST) } });
    }
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    throw new ObserveError("unreadable", `${options.server}: ${error.message}`, { cause: error });
  }
  process.stdout.write(`Published ${sightings.length} to ${options.server}.\n`);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file === "-" ? "/dev/stdin" : file, "utf8")) as unknown;
  } catch (cause) {
    throw new ObserveError("unreadable", `${file} can't be read as JSON.`, { cause });
  }
}

function table(sightings: readonly Sighting[]): string {
  if (sightings.length === 0) return "Nothing was seen.";
  const rows = sightings.map(({ provider, model, version, service, count, lastAt }) => [
    service,
    provider,
    [model, version].filter((part) => part !== null).join(" ") || "-",
    String(count),
    lastAt,
  ]);
  const all = [["Used by", "Supplier", "Model, version", "Seen", "Last"], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
