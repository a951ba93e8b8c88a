/** Real processes for the tests of the storage platform. */
import type { ChildProcess } from "node:child_process";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { afterEach, onTestFinished } from "vitest";

import type { HostMessage } from "./host.ts";

export const isRoot = process.getuid?.() === 0;

const HOST_SCRIPT = fileURLToPath(new URL("host.ts", import.meta.url));

/** A temporary folder that every account may pass through, removed when the test has ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "steward-db-"));
  chmodSync(folder, 0o711);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface HostOptions {
  readonly env: Record<string, string>;
  /** Inserts rows from this id on; without it the host only holds the database open. */
  readonly firstId?: number;
  /** Runs another program file, Node and account than ours. */
  readonly script?: string;
  readonly node?: string;
  readonly ids?: { uid: number; gid: number };
}

const running = new Set<Host>();
afterEach(async () => {
  await Promise.all([...running].map((host) => host.terminate()));
});

export class Host {
  readonly child: ChildProcess;
  readonly acknowledged: number[] = [];
  readonly exited: Promise<number | null>;
  #log = "";
  #messages: HostMessage[] = [];
  #waiting: { test: () => unknown; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(options: HostOptions) {
    const firstId = options.firstId === undefined ? [] : [String(options.firstId)];
    this.child = spawn(options.node ?? process.execPath, [options.script ?? HOST_SCRIPT, ...firstId], {
      ...options.ids,
      cwd: "/",
      env: { PATH: process.env["PATH"], STEWARD_LOG_LEVEL: "debug", ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child.stderr?.on("data", (chunk: Buffer) => (this.#log += chunk.toString()));
    const lines = createInterface({ input: this.child.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => this.#take(JSON.parse(line) as HostMessage));
    this.exited = new Promise((resolve) => this.child.once("close", resolve));
    void this.exited.then(() => {
      for (const { reject } of this.#waiting) reject(new Error(`The host has ended:\n${this.#log}`));
    });
    running.add(this);
    void this.exited.then(() => running.delete(this));
  }

  /** What the host wrote to its log. */
  get log(): string {
    return this.#log;
  }

  /** Waits until the database is open; refuses when the host failed instead. */
  async opened(): Promise<Extract<HostMessage, { kind: "open" }>> {
    return (await this.message("open")) as Extract<HostMessage, { kind: "open" }>;
  }

  async failed(): Promise<Extract<HostMessage, { kind: "failed" }>> {
    return (await this.message("failed")) as Extract<HostMessage, { kind: "failed" }>;
  }

  /** Waits until so many rows have been acknowledged. */
  async acknowledges(count: number): Promise<void> {
    await this.#until(() => this.acknowledged.length >= count);
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }

  async terminate(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill("SIGTERM");
    return this.exited;
  }

  private async message(kind: HostMessage["kind"]): Promise<HostMessage | undefined> {
    await this.#until(() => this.#messages.some((message) => message.kind === kind));
    return this.#messages.find((message) => message.kind === kind);
  }

  #take(message: HostMessage): void {
    if (message.kind === "acknowledged") this.acknowledged.push(message.id);
    else this.#messages.push(message);
    const done = this.#waiting.filter(({ test }) => test());
    this.#waiting = this.#waiting.filter((entry) => !done.includes(entry));
    for (const { resolve } of done) resolve();
  }

  #until(test: () => unknown): Promise<void> {
    if (test()) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ test, resolve, reject }));
  }
}

/** True while a process with this id runs; one that has ended and that nobody has waited for does not count. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z]/.test(stdout.trim());
}

/** The processes whose command line holds the text. */
export function findProcesses(text: string): number[] {
  const table = execFileSync("ps", ["-ww", "-eo", "pid=,args="], { encoding: "utf8" });
  return table
    .split("\n")
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10));
}
