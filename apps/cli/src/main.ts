/** The steward command: each folder beside this file holds one group of sub-commands. */
import { Command } from "commander";

import { registerBias } from "./bias/index.ts";

const program = new Command("steward");
program
  .description("An AI management system whose status is computed from what your AI systems really do.")
  .version("0.1.0")
  .showHelpAfterError("Run the command with --help to see how it is used.");

registerBias(program);

await program.parseAsync();
