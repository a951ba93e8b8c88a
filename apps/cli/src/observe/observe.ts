/** steward observe: what runs and what is called, read from the list output of tools that already know. */
import { Command, Option } from "commander";

import { readJson } from "../read-json.ts";
import { call, serverOf, serverOptions, type ServerOptions } from "../server.ts";
import { readCloudTrail } from "./cloudtrail.ts";
import { readKubectl } from "./kubectl.ts";
import { readMlflow } from "./mlflow.ts";
import type { Sighting } from "./sighting.ts";

const FORMATS = {
  kubectl: { source: "kubernetes", read: (document: unknown) => readKubectl(document, new Date()) },
  cloudtrail: { source: "cloudtrail", read: readCloudTrail },
  mlflow: { source: "mlflow", read: readMlflow },
} as const;
type Format = keyof typeof FORMATS;

/** Sightings in one request, as the server takes them. */
const PER_REQUEST = 1000;

interface Options extends ServerOptions {
  readonly format: Format;
  readonly publish?: true;
}

export function observeCommand(): Command {
  const command = new Command("observe")
    .description("Reads AI services, models and workloads from the output of kubectl, CloudTrail or MLflow.")
    .argument("<file>", "the output as JSON; - reads standard input")
    .addOption(new Option("--format <tool>", "what wrote it").choices(Object.keys(FORMATS)).makeOptionMandatory())
    .option("--publish", "send what was seen to Steward")
    .action(observe);
  return serverOptions(command, "inventory:write");
}

async function observe(file: string, options: Options): Promise<void> {
  const { source, read } = FORMATS[options.format];
  const sightings = read(await readJson(file));
  process.stdout.write(`${table(sightings)}\n`);
  if (options.publish === undefined) return;
  const server = serverOf(options);
  // An empty list is sent too: it says that somebody looked.
  for (let at = 0; at === 0 || at < sightings.length; at += PER_REQUEST) {
    const body = { source, sightings: sightings.slice(at, at + PER_REQUEST) };
    await call(server, (client) => client.publishObservations({ body }));
  }
  process.stdout.write(`Published ${sightings.length} to ${server.url}.\n`);
}

/** How much of a digest the table shows. */
const DIGEST_CHARS = 19;

function table(sightings: readonly Sighting[]): string {
  if (sightings.length === 0) return "Nothing was seen.";
  const rows = sightings.map(({ provider, model, version, digest, service, count, lastAt }) => [
    service,
    // A workload that is told as itself is held by its image against the releases that are recorded.
    provider === "self" ? "itself" : provider,
    [model, version, provider === "self" ? digest?.slice(0, DIGEST_CHARS) : null].filter(Boolean).join(" ") || "-",
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
