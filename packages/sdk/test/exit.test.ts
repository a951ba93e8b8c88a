import { spawn } from "node:child_process";
import path from "node:path";

import { connect } from "@steward/sdk";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import { filesOf, temporaryFolder } from "./support/connection.ts";
import { startStandIn } from "./support/stand-in.ts";

const HOST = path.join(import.meta.dirname, "support/host.ts");
const SDK = path.join(import.meta.dirname, "../src/node.ts");
const WAIT = { timeout: 20_000, interval: 20 };

async function runHost(ending: string, away: boolean, signal?: NodeJS.Signals) {
  const server = await startStandIn();
  onTestFinished(() => server.close());
  const directory = await temporaryFolder();
  if (away) server.answerWith(() => ({ status: 503 }));
  const child = spawn(process.execPath, [HOST, SDK, server.url, directory, ending], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  if (signal) {
    await vi.waitFor(() => expect(output).toContain("ready"), WAIT);
    child.kill(signal);
  }
  const end = await new Promise((resolve) => child.once("exit", (code, killedBy) => resolve(killedBy ?? code)));
  return { server, directory, end, output };
}

describe("the end of a process", { timeout: 60_000 }, () => {
  it("by itself: all is sent first", async () => {
    const { server, end, directory } = await runHost("end", false);
    expect(end).toBe(0);
    expect([...server.decisions.keys()]).toEqual(["d0", "d1", "d2"]);
    expect([...server.served.values()]).toEqual([3]);
    expect(await filesOf(directory)).toEqual([]);
  });

  it.each([
    ["end", 0],
    ["exit", 0],
    ["throw", 1],
  ])("by %s while the server is away: all is on disk, and the next process sends it", async (ending, code) => {
    const { server, end, directory } = await runHost(ending, true);
    expect(end).toBe(code);
    server.answerWith(() => undefined);
    const next = connect({ url: server.url, key: "stw_test", system: "Ranker", release: "1.0", spool: { directory } });
    await vi.waitFor(() => expect([...server.decisions.keys()]).toEqual(["d0", "d1", "d2"]), WAIT);
    await vi.waitFor(() => expect([...server.served.values()]).toEqual([3]), WAIT);
    await next.close();
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "by %s: all is sent, and the signal still ends it",
    async (signal) => {
      const { server, end } = await runHost("stay", false, signal);
      expect(end).toBe(signal);
      expect(server.decisions.size).toBe(3);
    },
  );

  it("by a signal that the host handles: the host decides how it ends", async () => {
    const { server, end, output, directory } = await runHost("handler", false, "SIGTERM");
    expect(output).toContain("handled");
    expect(end).toBe(7);
    // It ends soon: what is not sent by then is on disk.
    const kept = (await filesOf(directory)).filter(({ name }) => name.endsWith(".decisions"));
    const ids = kept.flatMap(({ text }) => (JSON.parse(text) as { id: string }[]).map(({ id }) => id));
    expect(new Set([...server.decisions.keys(), ...ids])).toEqual(new Set(["d0", "d1", "d2"]));
  });
});
