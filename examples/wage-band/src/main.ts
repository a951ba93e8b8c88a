/**
 * Runs the wage-band system against a Steward server: registers it, releases, evaluates and deploys two versions one
 * after the other, and decides about each person of the sample once with each.
 *
 *   STEWARD_URL=http://localhost:42001 STEWARD_KEY=stw_… node src/main.ts [--seconds 60]
 */
import { parseArgs } from "node:util";

import { runWageBand } from "./run.ts";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "60" } } });
const url = process.env["STEWARD_URL"] ?? "http://localhost:42001";
const key = process.env["STEWARD_KEY"];
if (key === undefined) {
  process.stderr.write(
    "Set STEWARD_KEY to a key with the scopes systems:write, releases:write, inventory:write, evaluations:write and decisions:write.\n",
  );
  process.exit(2);
}
await runWageBand({
  url,
  key,
  secondsPerRelease: Number(values.seconds),
  say: (line) => process.stdout.write(`${line}\n`),
});
