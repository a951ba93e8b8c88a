/**
 * Processor time, by who used it: on a machine that does other work at the same time it is what can be compared, because
 * a wall clock also counts the waiting for a core. Reads /proc, so Linux only; elsewhere the figures are not known.
 */
import { readdirSync, readFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { writeFile } from "node:fs/promises";

/** Microseconds so far; null where the system does not tell. */
export interface ProcessorTime {
  readonly node: number;
  readonly postgres: number | null;
}

/** Ticks of a Linux kernel's process accounting; every distribution builds it so. */
const TICK_MICROS = 10_000;

/** The postmaster of a backend on this machine; undefined elsewhere. */
export function postmasterOf(backendPid: number): number | undefined {
  return statOf(String(backendPid))?.parent;
}

/** Of this process, and of the PostgreSQL whose postmaster is `postmasterPid` with all its backends. */
export function processorTime(postmasterPid: number | undefined): ProcessorTime {
  const { user, system } = process.cpuUsage();
  return { node: user + system, postgres: familyMicros(postmasterPid) };
}

function familyMicros(pid: number | undefined): number | null {
  if (pid === undefined) return null;
  try {
    let ticks = 0;
    for (const entry of readdirSync("/proc")) {
      if (!/^\d+$/.test(entry)) continue;
      const stat = statOf(entry);
      if (stat === undefined) continue;
      if (Number(entry) === pid) ticks += stat.own + stat.reaped;
      else if (stat.parent === pid) ticks += stat.own;
    }
    return ticks * TICK_MICROS;
  } catch {
    return null;
  }
}

/** The process may have ended meanwhile. */
function statOf(pid: string): { parent: number; own: number; reaped: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [parent, user, system, reapedUser, reapedSystem] = [1, 11, 12, 13, 14].map((i) => Number(fields[i]));
    return {
      parent: parent as number,
      own: (user as number) + (system as number),
      reaped: (reapedUser as number) + (reapedSystem as number),
    };
  } catch {
    return undefined;
  }
}

/** Runs `work` while V8 samples this process, and writes the profile for Chrome's developer tools. */
export async function profiled<T>(file: string | undefined, work: () => Promise<T>): Promise<T> {
  if (file === undefined) return work();
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  try {
    return await work();
  } finally {
    const { profile } = await session.post("Profiler.stop");
    session.disconnect();
    await writeFile(file, JSON.stringify(profile));
  }
}
