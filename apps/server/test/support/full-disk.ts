/** A small file system in memory that a test can fill up: only root may mount one, and only Linux is asked. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, open, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const CHUNK = Buffer.alloc(1024 * 1024, 1);
const SMALLEST = Buffer.alloc(4096, 1);

export interface SmallDisk {
  readonly folder: string;
  /** Takes the last byte. */
  fill(): Promise<void>;
  /** Gives back what `fill` took. */
  free(): Promise<void>;
  close(): Promise<void>;
}

/** Why there can be none here; undefined where there can. */
export async function noSmallDisk(): Promise<string | undefined> {
  if (process.platform !== "linux") return "only Linux mounts file systems in memory this way";
  if (process.getuid?.() !== 0) return "only root may mount a file system";
  try {
    await (await mountDisk(1)).close();
    return undefined;
  } catch (error) {
    return `mounting is not allowed here: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export async function mountDisk(sizeMb: number): Promise<SmallDisk> {
  const folder = await mkdtemp(path.join(tmpdir(), "steward-disk-"));
  await chmod(folder, 0o755);
  await run("mount", ["-t", "tmpfs", "-o", `size=${sizeMb}m,mode=0755`, "tmpfs", folder]);
  const ballast = path.join(folder, "ballast");
  return {
    folder,
    async fill() {
      const file = await open(ballast, "a");
      try {
        for (const piece of [CHUNK, SMALLEST]) {
          while ((await statfs(folder)).bavail > 0) await file.write(piece);
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        await file.close();
      }
    },
    free: () => rm(ballast, { force: true }),
    async close() {
      await run("umount", ["-l", folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
