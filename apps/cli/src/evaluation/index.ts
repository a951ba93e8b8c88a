/** `steward evaluation`: brings what evaluation tools found to a server, under policies that were committed before. */
import { readFile } from "node:fs/promises";

import { FairnessError, parsePolicy, parseSuitePolicy, SUITE_KINDS, type SuiteKind } from "@steward/fairness";
import { StewardError } from "@steward/kernel";
import { Command, Option } from "commander";

import { BiasInputError } from "../bias/error.ts";
import { readPolicyFile } from "../bias/policy-file.ts";
import { processTerminal } from "../bias/terminal.ts";
import type { Terminal } from "../bias/terminal.ts";
import { commitPolicy, publishedWords, publishRun } from "../publish/publish.ts";
import { datasetOptions, parseTarget, type PublishOptions } from "../publish/target.ts";
import { serverOf, serverOptions } from "../server.ts";
import { readSuite, SUITE_FORMATS, type SuiteFormat } from "./readers.ts";
import { asInstant, SuiteFileError } from "./run.ts";

/** Exit codes: 0 pass or no policy, 1 fail, 3 insufficient, 2 bad use; nothing is published on bad use. */
const EXIT_CODES = { pass: 0, none: 0, fail: 1, insufficient: 3 } as const;
const EXIT_BAD_USE = 2;
/** A report of a tool with every case in it. */
const MAX_FILE_BYTES = 200_000_000;

interface SuiteOptions extends PublishOptions {
  readonly format: SuiteFormat;
  readonly kind: SuiteKind;
  readonly policy?: string;
  readonly startedAt?: string;
}

/** Adds the `evaluation` commands. */
export function registerEvaluation(program: Command, terminal: Terminal = processTerminal): void {
  const evaluation = program
    .command("evaluation")
    .description("Publish what evaluation tools found, and commit the policies that they are judged by.");
  const publish = evaluation
    .command("publish")
    .description("Publish a report of JUnit, promptfoo, DeepEval, garak or Inspect.")
    .argument("<file>", "what the tool wrote")
    .addOption(new Option("--format <format>", "the tool").choices(SUITE_FORMATS).makeOptionMandatory())
    .addOption(new Option("--kind <kind>", "what was evaluated").choices(SUITE_KINDS).makeOptionMandatory())
    .requiredOption("--publish <SYSTEM@RELEASE>", "the release that was evaluated")
    .option("--policy <file>", "what must hold (YAML); commit it before the run")
    .option("--started-at <time>", "when the run began (RFC 3339), where the file does not say");
  shared(publish, terminal).action((file: string, options: SuiteOptions) =>
    finish(terminal, () => publishSuite(file, options, terminal)),
  );
  const commit = evaluation
    .command("commit-policy")
    .description("Commit a policy to the ledger, so that its thresholds stand before the run.")
    .argument("<file>", "the policy (YAML)")
    .requiredOption("--system <name>", "the AI system that it is for");
  shared(commit, terminal).action((file: string, options: PublishOptions & { system: string }) =>
    finish(terminal, async () => {
      const server = serverOf(options);
      const { document } = await readPolicyFile(file, parseAnyPolicy);
      const { digest, committedAt, isNew } = await commitPolicy(server, { system: options.system }, document, file);
      terminal.out(`${isNew ? "Committed" : "Committed before"}: ${digest}, in the ledger since ${committedAt}\n`);
      return 0;
    }),
  );
}

function shared(command: Command, terminal: Terminal): Command {
  return datasetOptions(serverOptions(command, "evaluations:write"))
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .exitOverride((error) => terminal.exit(error.exitCode === 0 ? 0 : EXIT_BAD_USE));
}

function parseAnyPolicy(data: unknown): unknown {
  const schema = (data as { schema?: unknown } | null)?.schema;
  return schema === "steward/bias-policy/v1" ? parsePolicy(data) : parseSuitePolicy(data);
}

async function publishSuite(file: string, options: SuiteOptions, terminal: Terminal): Promise<number> {
  const target = parseTarget(options.publish ?? "");
  const server = serverOf(options);
  const run = readSuite(options.format, await readReport(file));
  const startedAt = options.startedAt === undefined ? run.startedAt : asInstant(options.startedAt);
  if (options.startedAt !== undefined && startedAt === null) {
    throw new SuiteFileError(`--started-at “${options.startedAt}” is no moment, for example 2026-03-31T09:00:00Z.`);
  }
  const policy = options.policy === undefined ? undefined : await readPolicyFile(options.policy, parseSuitePolicy);
  const digest =
    policy === undefined
      ? null
      : (await commitPolicy(server, target, policy.document, options.policy as string)).digest;
  const { kind } = options;
  const evaluation = await publishRun(server, target, file, options, digest, {
    kind,
    tool: run.tool,
    startedAt,
    results: run.results.map((result) => ({ ...result })),
  });
  for (const { reading } of evaluation.results) terminal.out(`${reading}\n`);
  terminal.out(publishedWords(evaluation));
  return EXIT_CODES[evaluation.verdict];
}

async function readReport(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new SuiteFileError(`${file}: there is no such file, or it cannot be read.`, { cause });
  }
  if (text.trim() === "") throw new SuiteFileError(`${file} is empty.`);
  if (text.length > MAX_FILE_BYTES) throw new SuiteFileError(`${file} is too large for a report.`);
  return text;
}

async function finish(terminal: Terminal, work: () => Promise<number>): Promise<void> {
  try {
    terminal.endWith(await work());
  } catch (error) {
    const known = error instanceof StewardError || error instanceof FairnessError || error instanceof BiasInputError;
    const text = known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
    terminal.err(`Error: ${text}\n`);
    terminal.endWith(EXIT_BAD_USE);
  }
}
