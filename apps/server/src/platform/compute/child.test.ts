/** Work in a process of its own, through what a feature calls. */
import { spawn } from "node:child_process";
import { once } from "node:events";

import { describe, expect, it } from "vitest";

import type { TestWork } from "../../../test/support/working.worker.ts";
import { endChild, QueueFullError, startChild, WorkLimitError, workQueue } from "./child.ts";

const MODULE = new URL("../../../test/support/working.worker.ts", import.meta.url);
const PLENTY = { maxMs: 120_000, maxHeapMb: 64 };

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The pid of a child whose parent has just been killed. */
async function orphan(): Promise<number> {
  const child = new URL("./child.ts", import.meta.url).href;
  const program = `import { startChild } from ${JSON.stringify(child)};
    const started = startChild(new URL(${JSON.stringify(MODULE.href)}));
    started.on("message", (answer) => console.log(answer.pid));
    started.send({ echo: null });`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  parent.kill("SIGKILL");
  return Number(line.toString());
}

describe("work in a process of its own", () => {
  const queue = (limits = PLENTY, maxWaiting = 4) =>
    workQueue<TestWork, { pid: number; echo: unknown }>(MODULE, limits, maxWaiting);

  it("crosses as it is, and the process ends with its answer", async () => {
    const data = { at: 3n, none: undefined, infinite: Infinity, bytes: new Uint8Array([1, 2]), day: new Date(0) };
    const answer = await queue()({ echo: data });
    expect(answer.echo).toEqual(data);
    expect(answer.pid).not.toBe(process.pid);
    expect(alive(answer.pid)).toBe(false);
  });

  it("is ended when it takes too long", async () => {
    await expect(queue({ ...PLENTY, maxMs: 1 })({ spin: true })).rejects.toBeInstanceOf(WorkLimitError);
  });

  it("is ended when it takes too much memory, and the next piece is done", async () => {
    const work = queue();
    const [hoarded, next] = await Promise.allSettled([work({ hoard: true }), work({ echo: "next" })]);
    expect(hoarded).toMatchObject({ status: "rejected", reason: expect.any(WorkLimitError) });
    expect(next).toMatchObject({ status: "fulfilled", value: { echo: "next" } });
  });

  it("is refused when as much waits as may", async () => {
    const work = queue(PLENTY, 1);
    const first = work({ echo: 1 });
    await expect(work({ echo: 2 })).rejects.toBeInstanceOf(QueueFullError);
    expect(await first).toMatchObject({ echo: 1 });
  });

  it("tells of a process that ends without an answer", async () => {
    await expect(queue()({ fail: "now" })).rejects.toThrow("without an answer (code 3)");
  });

  it("ends when its parent is gone, however that ended", async () => {
    const pid = await orphan();
    await expect.poll(() => alive(pid), { timeout: 20_000 }).toBe(false);
  });

  it("can be ended at any moment of its start", async () => {
    for (let ms = 0; ms < 200; ms += 20) {
      const child = startChild(MODULE);
      await new Promise((resolve) => setTimeout(resolve, ms));
      await endChild(child);
      await endChild(child);
      expect(child.signalCode).toBe("SIGKILL");
    }
  });
});
