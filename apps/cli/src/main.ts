/** The steward command: each folder beside this file holds one group of sub-commands. */
import { StewardError } from "@steward/kernel";
import { Command } from "commander";

import { backupCommand, keysCommand, restoreCommand } from "./backup/backup.ts";
import { registerBias } from "./bias/index.ts";
import { registerEvaluation } from "./evaluation/index.ts";
import { ledgerCommand } from "./ledger/ledger.ts";
import { scanCommand } from "./scan/scan.ts";
import { observeCommand } from "./observe/observe.ts";
import { serveCommand } from "./serve/serve.ts";
import { USAGE_EXIT, UsageError } from "./usage.ts";
import { vulnerabilitiesCommand } from "./vulnerabilities/vulnerabilities.ts";

const program = new Command("steward");
program
  .description("An AI management system whose status is computed from what your AI systems really do.")
  .version("0.1.0")
  .showHelpAfterError("Run the command with --help to see how it is used.");

program.addCommand(serveCommand());
program.addCommand(backupCommand());
program.addCommand(restoreCommand());
program.addCommand(keysCommand());
program.addCommand(scanCommand());
program.addCommand(ledgerCommand());
program.addCommand(observeCommand());
program.addCommand(vulnerabilitiesCommand());
registerBias(program);
registerEvaluation(program);

// Whoever reads the output may stop before its end, as `head` does: that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  // Errors of ours say what to do; of others the stack is what helps whoever reports it.
  const text = error instanceof StewardError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = error instanceof UsageError ? USAGE_EXIT : 1;
}
