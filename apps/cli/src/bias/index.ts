/** `steward bias`: evaluates whether a system treats groups alike. Works on files, without a server. */
import { IMPORT_TOOLS, FairnessError } from "@steward/fairness";
import type { BiasReport, EvaluateOptions, ImportTool } from "@steward/fairness";
import { StewardError, systemClock } from "@steward/kernel";
import { Option } from "commander";
import type { Command } from "commander";

import { BiasInputError } from "./error.ts";
import type { Evaluated } from "./evaluate-file.ts";
import { collectBins, collectReference, FORMATS, parseNames, parseWhole, TASKS } from "./options.ts";
import type { EvaluateFileOptions, JudgeOptions } from "./options.ts";
import { EXIT_BAD_USE, exitCode, writeReport } from "./output.ts";
import { datasetOptions } from "../publish/target.ts";
import { serverOptions } from "../server.ts";
import { UsageError } from "../usage.ts";
import { processTerminal } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

const MAX_REPLICATES = 1_000_000;

/** Adds the `bias` commands. Exit codes: 0 pass or no policy, 1 fail, 3 insufficient, 2 bad use. */
export function registerBias(program: Command, terminal: Terminal = processTerminal): void {
  const bias = program.command("bias").description("Test whether a system treats groups of people alike.");
  const evaluate = bias
    .command("evaluate")
    .description("Evaluate a file of predictions (CSV, Parquet, JSON, JSONL).")
    .argument("<file>", "one row per case")
    .addOption(new Option("--task <task>", "what the system does").choices(TASKS).default("classification"))
    .requiredOption("--attributes <a,b,c>", "columns whose groups are compared", parseNames)
    .option("--prediction <column>", "what the system decided")
    .option("--label <column>", "what turned out to be true")
    .option(
      "--score <column>",
      "the score that the decision rests on; alone, a score above the median counts as positive",
    )
    .option("--positive <value>", "the value of prediction and label that counts as positive")
    .option("--control <column>", "compare groups only where this column is the same")
    .option("--weight <column>", "how much each row counts")
    .option("--count <column>", "how many rows each line stands for (counts made elsewhere)")
    .option("--bin <column=25,40,60>", "put a numeric attribute in bins; may be repeated", collectBins)
    .option("--rank <column>", "position in a ranking, from 1")
    .option("--query <column>", "which list a ranked row belongs to")
    .option("--k <n>", "how many first places of a ranking are the top", parseWhole(1, 1_000_000), 10)
    .option("--pair <column>", "which counterfactual pair a row belongs to");
  judging(evaluate, terminal).action((file: string, options: EvaluateFileOptions & JudgeOptions, command: Command) =>
    run(file, options, command, terminal, "steward", async (evaluation) => {
      const { evaluateFile } = await import("./evaluate-file.ts");
      return evaluateFile(file, options, evaluation);
    }),
  );
  const imported = bias
    .command("import")
    .description("Evaluate figures by group that another tool exported (CSV or JSON).")
    .argument("<file>", "the tool's export")
    .addOption(new Option("--from <tool>", "the tool").choices(IMPORT_TOOLS).makeOptionMandatory())
    .option("--attributes <a,b,c>", "names of the attributes, where the file does not say them", parseNames);
  judging(imported, terminal).action((file: string, options: ImportOptions, command: Command) =>
    run(file, options, command, terminal, options.from, async (evaluation) => {
      const { importFile } = await import("./import-file.ts");
      return importFile(file, options.from, options.attributes, evaluation);
    }),
  );
}

interface ImportOptions extends JudgeOptions {
  readonly from: ImportTool;
  readonly attributes?: readonly string[];
}

/** The options that every evaluation has. */
function judging(command: Command, terminal: Terminal): Command {
  return datasetOptions(serverOptions(command, "evaluations:write"))
    .option("--ways <n>", "compare up to so many attributes at a time", parseWhole(1, 3), 2)
    .option("--reference <a=x>", "compare with this group only; may be repeated", collectReference)
    .option("--min-count <n>", "fewest rows that are judged", parseWhole(1, 1_000_000_000), 30)
    .option("--replicates <n>", "resampled tables; 0 uses Holm's method", parseWhole(0, MAX_REPLICATES), 2000)
    .option("--seed <n>", "start of the random numbers", parseWhole(0, Number.MAX_SAFE_INTEGER), 1)
    .option("--policy <file>", "what must hold (YAML); without it there are figures and no verdict")
    .addOption(new Option("--format <format>", "form of the report").choices(FORMATS).default("table"))
    .option("--output <file>", "where to write the report")
    .option("--publish <SYSTEM@RELEASE>", "publish the evaluation of this release; commits the policy before the run")
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .exitOverride((error) => terminal.exit(error.exitCode === 0 ? 0 : EXIT_BAD_USE));
}

async function run(
  file: string,
  options: JudgeOptions,
  command: Command,
  terminal: Terminal,
  tool: string,
  evaluate: (evaluation: EvaluateOptions) => Promise<Evaluated>,
): Promise<void> {
  try {
    const { evaluation, document } = await evaluationOf(options, command);
    const show = async (report: BiasReport) => {
      const { format, output } = options;
      await writeReport(report, { format, file, ...(output === undefined ? {} : { output }) }, systemClock(), terminal);
    };
    if (options.publish === undefined) {
      const { report } = await evaluate(evaluation);
      await show(report);
      terminal.endWith(exitCode(report));
      return;
    }
    const { publishBias } = await import("./publish.ts");
    const report = await publishBias({ file, options, evaluation, document, tool, evaluate, show }, terminal);
    terminal.endWith(exitCode(report));
  } catch (error) {
    terminal.err(`${messageOf(error)}\n`);
    terminal.endWith(EXIT_BAD_USE);
  }
}

/** A message for what the user can mend; the whole error for what only we can. */
function messageOf(error: unknown): string {
  if (error instanceof BiasInputError || error instanceof FairnessError || error instanceof UsageError)
    return `Error: ${error.message}`;
  if (error instanceof StewardError) return `Error (${String(error.code)}): ${error.message}`;
  return `Unexpected error, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

interface Asked {
  readonly evaluation: EvaluateOptions;
  /** The policy as it stands in its file. */
  readonly document?: unknown;
}

async function evaluationOf(options: JudgeOptions, command: Command): Promise<Asked> {
  const { ways, minCount, replicates, seed, reference } = options;
  const common = { replicates, seed, ...(reference === undefined ? {} : { reference }) };
  if (options.policy === undefined) {
    return { evaluation: { ...common, slices: { ways }, minimumDenominator: minCount } };
  }
  // What the policy decides cannot be loosened on the command line: the threshold stands before the run.
  for (const name of ["ways", "minCount"] as const) {
    if (command.getOptionValueSource(name) === "cli") {
      const flag = name === "ways" ? "--ways" : "--min-count";
      throw new BiasInputError("bad_option", `${flag} cannot be given with --policy: the policy says it.`);
    }
  }
  const { readPolicy } = await import("./policy-file.ts");
  const { policy, document } = await readPolicy(options.policy);
  return { evaluation: { ...common, policy }, document };
}
