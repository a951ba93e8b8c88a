/** `steward ledger …`: what auditors and witnesses do with the evidence ledger. */
import { Command, type CommanderError } from "commander";

import { serverOf, serverOptions, type ServerOptions } from "../server.ts";
import { USAGE_EXIT, UsageError } from "../usage.ts";
import { exportPack } from "./export.ts";
import { fsckFolder } from "./fsck.ts";
import { verifyFolder, verifyServer } from "./verify.ts";
import { createWitnessKey, runWitness } from "./witness.ts";

/** Exit codes: 0 nothing was found, 1 something was, 2 the command could not be carried out. */
const FINDINGS_EXIT = 1;

export function ledgerCommand(): Command {
  const ledger = new Command("ledger").description("Export, verify and witness the evidence ledger.");
  for (const command of [verifyCommand(), exportCommand(), witnessCommand(), witnessKeyCommand(), fsckCommand()]) {
    ledger.addCommand(command.exitOverride(refuseUsage));
  }
  return ledger;
}

function verifyCommand(): Command {
  const command = new Command("verify")
    .description(
      "Verify an exported pack, or the ledger of a running server, and name the first entry that is not right.",
    )
    .argument("[folder]", "an exported pack; leave it out with --server")
    .option("--log-key <vkey...>", "key of the log that you trust, as the organisation told it by another way")
    .option("--checkpoint <file...>", "checkpoint that you kept from an earlier visit")
    .option("--witness <vkey...>", "key of a witness whose cosignature must be there")
    .action((folder: string | undefined, options: ServerOptions & VerifyChoices) =>
      finish(async () => {
        // A server that the environment names is none that was asked for beside a folder.
        const named = command.getOptionValueSource("server") === "cli";
        if (folder === undefined ? options.server === undefined : named) {
          throw new UsageError("Give the folder of a pack, or --server with the address of a server.");
        }
        const trust = { logKeys: options.logKey, checkpoints: options.checkpoint, witnesses: options.witness };
        return folder === undefined ? verifyServer(serverOf(options), trust) : verifyFolder(folder, trust);
      }),
    );
  return serverOptions(command);
}

interface VerifyChoices {
  logKey?: string[];
  checkpoint?: string[];
  witness?: string[];
}

function exportCommand(): Command {
  const command = new Command("export")
    .description("Download the audit pack of a server into a new folder, and verify what came.")
    .argument("<folder>", "where to put it: a folder that is empty or does not exist yet")
    .action((folder: string, options: ServerOptions) => finish(() => exportPack(folder, serverOf(options))));
  return serverOptions(command);
}

function witnessCommand(): Command {
  const command = new Command("witness")
    .description("Cosign the newest checkpoint of a server, if it continues the last one that you cosigned.")
    .requiredOption("--signing-key <file>", "your key, as `steward ledger witness-key` made it")
    .requiredOption("--state <file>", "what you cosigned last; made at the first run, and never to be lost")
    .option("--accept-loss", "go on with a log that was restored and lost entries that you cosigned")
    .action((options: ServerOptions & { signingKey: string; state: string; acceptLoss?: boolean }) =>
      finish(() =>
        runWitness(serverOf(options), {
          keyFile: options.signingKey,
          stateFile: options.state,
          acceptLoss: options.acceptLoss,
        }),
      ),
    );
  return serverOptions(command, "ledger:witness");
}

function witnessKeyCommand(): Command {
  return new Command("witness-key")
    .description("Make a key for witnessing, and print its public part for auditors.")
    .argument("<file>", "where to put the key; it must not exist yet")
    .requiredOption("--name <name>", "your name as a witness, in the form of an address: witness.example.org/w1")
    .action((file: string, options: { name: string }) => finish(() => createWitnessKey(file, options.name)));
}

function fsckCommand(): Command {
  return new Command("fsck")
    .description("Rebuild the tiles of an exported pack from its entries, and name those that differ.")
    .argument("<folder>", "an exported pack")
    .option("--rebuild <folder>", "also write the rebuilt tiles into this folder; the pack itself is never changed")
    .action((folder: string, options: { rebuild?: string }) => finish(() => fsckFolder(folder, options.rebuild)));
}

/** Runs a command and sets the exit code: whether nothing was found, or that it could not be carried out. */
async function finish(run: () => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await run()) ? 0 : FINDINGS_EXIT;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = USAGE_EXIT;
  }
}

function refuseUsage(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? 0 : USAGE_EXIT);
}
