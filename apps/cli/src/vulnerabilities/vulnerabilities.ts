/** steward vulnerabilities: what a scanner of known vulnerabilities, or a supplier's VEX, says of the components. */
import { counted } from "@steward/kernel";
import { Command } from "commander";

import { readJson } from "../read-json.ts";
import { call, serverOf, serverOptions, type ServerOptions } from "../server.ts";
import { UsageError } from "../usage.ts";

interface Options extends ServerOptions {
  readonly source: string;
}

type Document = Record<string, unknown>;

export function vulnerabilitiesCommand(): Command {
  const command = new Command("vulnerabilities")
    .description("Hands vulnerability data over: CycloneDX VEX, OSV records, or the JSON output of osv-scanner.")
    .argument("<file>", "the document as JSON; - reads standard input")
    .option("--source <name>", "where it comes from; a newer document of a source replaces what it said", "osv-scanner")
    .action(publish);
  return serverOptions(command, "inventory:write");
}

async function publish(file: string, options: Options): Promise<void> {
  const server = serverOf(options);
  const document = await readJson(file);
  if (typeof document !== "object" || document === null) throw new UsageError(`${file} holds no vulnerability data.`);
  const { format, statements, ledgerIndex } = await call(server, (client) =>
    client.importVulnerabilities({ body: { source: options.source, document: document as Document | Document[] } }),
  );
  const what = counted(statements, "statement");
  process.stdout.write(`${format}, ${what} of ${options.source}: entry ${ledgerIndex} of the ledger.\n`);
}
