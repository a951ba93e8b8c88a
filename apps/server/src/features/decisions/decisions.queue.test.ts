import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { GroupQueue, type QueueLimits } from "./decisions.queue.ts";

interface One {
  records: number;
  bytes: number;
  name: string;
}

const LIMITS: QueueLimits = { groupMaxRecords: 10, waitingMaxRecords: 1000, waitingMaxBytes: 1_000_000 };
const one = (name: string, records = 1): One => ({ name, records, bytes: records * 10 });

/** A writer whose writes end when the test says so. */
function heldWriter() {
  const groups: { orgId: string; names: string[]; end: (error?: Error) => void }[] = [];
  const write = (orgId: string, submissions: readonly One[]) =>
    new Promise<string[]>((resolve, reject) => {
      const names = submissions.map(({ name }) => name);
      groups.push({ orgId, names, end: (error) => (error ? reject(error) : resolve(names)) });
    });
  return { groups, write };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

describe("the queue", () => {
  it("writes a lone submission at once, and groups what arrives meanwhile", async () => {
    const { groups, write } = heldWriter();
    const queue = new GroupQueue<One, string>(write, () => false, LIMITS);
    const first = queue.push("a", one("1"));
    await settle();
    expect(groups.map(({ names }) => names)).toEqual([["1"]]);
    const later = [];
    for (const name of ["2", "3", "4"]) {
      later.push(queue.push("a", one(name)));
      await settle();
    }
    // So few are no group of their own while another is under way.
    expect(groups.map(({ names }) => names)).toEqual([["1"]]);
    groups[0]?.end();
    expect(await first).toBe("1");
    await settle();
    expect(groups.map(({ names }) => names)).toEqual([["1"], ["2", "3", "4"]]);
    groups[1]?.end();
    expect(await Promise.all(later)).toEqual(["2", "3", "4"]);
    expect(queue.waitingRecords).toBe(0);
  });

  it("computes a second group while the first is written, where enough wait for one; never a third", async () => {
    const { groups, write } = heldWriter();
    const queue = new GroupQueue<One, string>(write, () => false, LIMITS);
    const answers = [queue.push("a", one("1"))];
    await settle();
    for (const name of ["2", "3", "4"]) {
      answers.push(queue.push("a", one(name, 10)));
      await settle();
    }
    expect(groups.map(({ names }) => names)).toEqual([["1"], ["2"]]);
    groups[1]?.end();
    await settle();
    expect(groups.map(({ names }) => names)).toEqual([["1"], ["2"], ["3"]]);
    for (let i = 0; i < 4; i++) {
      for (const group of groups) group.end();
      await settle();
    }
    expect(await Promise.all(answers)).toEqual(["1", "2", "3", "4"]);
  });

  it("halves a crowd only where both halves are groups", async () => {
    const { groups, write } = heldWriter();
    const queue = new GroupQueue<One, string>(write, () => false, { ...LIMITS, groupMaxRecords: 1000 });
    void Array.from({ length: 127 }, (_, i) => queue.push("a", one(`a${i}`)));
    void Array.from({ length: 128 }, (_, i) => queue.push("b", one(`b${i}`)));
    await settle();
    expect(groups.map(({ orgId, names }) => [orgId, names.length])).toEqual([
      ["a", 127],
      ["b", 64],
      ["b", 64],
    ]);
  });

  it("answers every submission with its own answer, never splits one, never writes more than a group holds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 60 }), async (sizes) => {
        const groups: number[] = [];
        const write = async (_org: string, submissions: readonly One[]) => {
          groups.push(submissions.reduce((sum, { records }) => sum + records, 0));
          if (groups.length % 3 === 0) await turn();
          return submissions.map(({ name }) => name);
        };
        const queue = new GroupQueue<One, string>(write, () => false, LIMITS);
        const answers = await Promise.all(sizes.map((size, i) => queue.push("a", one(`n${i}`, size))));
        expect(answers).toEqual(sizes.map((_, i) => `n${i}`));
        expect(groups.reduce((sum, records) => sum + records, 0)).toBe(sizes.reduce((sum, size) => sum + size, 0));
        for (const records of groups) expect(records <= 10 || sizes.includes(records)).toBe(true);
      }),
    );
  });

  it("lets organisations go side by side", async () => {
    const { groups, write } = heldWriter();
    const queue = new GroupQueue<One, string>(write, () => false, LIMITS);
    const slow = queue.push("a", one("slow"));
    const quick = queue.push("b", one("quick"));
    await settle();
    groups.find(({ orgId }) => orgId === "b")?.end();
    expect(await quick).toBe("quick");
    groups.find(({ orgId }) => orgId === "a")?.end();
    await slow;
  });

  it("refuses what would not fit, but never a request that meets an empty queue", async () => {
    const { groups, write } = heldWriter();
    const queue = new GroupQueue<One, string>(write, () => false, { ...LIMITS, waitingMaxRecords: 5 });
    expect(queue.refusal(one("huge", 50))).toBeUndefined();
    const held = queue.push("a", one("1", 4));
    expect(queue.refusal(one("2", 1))).toBeUndefined();
    expect(queue.refusal(one("3", 2))).toBe("full");
    await settle();
    groups[0]?.end();
    await held;
    expect(queue.refusal(one("3", 2))).toBeUndefined();
  });

  it("writes each by itself where one of a group is at fault, and fails all where none is", async () => {
    const write = async (_org: string, submissions: readonly One[]) => {
      if (submissions.some(({ name }) => name === "poison")) throw new Error("poison");
      if (submissions.some(({ name }) => name === "storm")) throw new TypeError("storm");
      return submissions.map(({ name }) => name);
    };
    const queue = new GroupQueue<One, string>(write, (error) => !(error instanceof TypeError), LIMITS);
    const settled = await Promise.allSettled(["a", "poison", "b"].map((name) => queue.push("o", one(name))));
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const all = await Promise.allSettled(["a", "storm"].map((name) => queue.push("o", one(name))));
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("answers all that it took in before it is closed, and takes nothing more", async () => {
    const write = async (_org: string, submissions: readonly One[]) => {
      await turn();
      return submissions.map(({ name }) => name);
    };
    const queue = new GroupQueue<One, string>(write, () => false, { ...LIMITS, groupMaxRecords: 2 });
    const answers = Array.from({ length: 9 }, (_, i) => queue.push("a", one(String(i))));
    const closing = queue.close();
    expect(queue.refusal(one("x"))).toBe("closed");
    await closing;
    expect(queue.waitingRecords).toBe(0);
    expect(await Promise.all(answers)).toHaveLength(9);
  });
});
