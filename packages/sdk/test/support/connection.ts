import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { onTestFinished } from "vitest";

import { connect, type ConnectOptions, type Problem } from "@steward/sdk";
import { startStandIn } from "./stand-in.ts";

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "steward-sdk-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A connection to a stand-in, with a spool of its own. */
export async function connected(options: Partial<ConnectOptions> = {}) {
  const server = await startStandIn();
  const directory = await temporaryFolder();
  const problems: Problem[] = [];
  const steward = connect({
    url: server.url,
    key: "stw_test",
    system: "Ranker",
    release: "1.0",
    spool: { directory },
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  onTestFinished(async () => {
    await steward.close({ timeoutMs: 100 });
    await server.close();
  });
  return { server, directory, problems, steward };
}

/** All that stands on disk below a folder. */
export async function filesOf(folder: string): Promise<{ name: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => ({ name, text: await readFile(path.join(parentPath, name), "utf8") })),
  );
}
