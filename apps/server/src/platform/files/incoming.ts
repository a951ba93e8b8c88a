/** Takes a file in: streamed to this machine's disk, counted and hashed on the way. */
import { createHash, randomUUID } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";

import { FileError } from "./store.ts";

export interface Received {
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
  /** Removes it from here; what was put into a store stays there. */
  discard(): Promise<void>;
}

/**
 * Writes a stream into a new file of the folder and answers when it is on the disk.
 * @throws FileError `too_large` before more than the limit is written; nothing stays.
 */
export async function receive(folder: string, content: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Received> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, randomUUID());
  const discard = () => rm(file, { force: true });
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const handle = await open(file, "wx", 0o600);
  try {
    for await (const chunk of content) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw new FileError("too_large", "The file is larger than accepted.");
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } catch (error) {
    await handle.close();
    await discard();
    throw error;
  }
  await handle.close();
  return { path: file, digest: hash.digest("hex"), sizeBytes, discard };
}

/** Removes what uploads left that were broken off by the end of their process; answers how many. */
export async function removeLeftovers(folder: string, olderThanMs: number, nowMs: number): Promise<number> {
  let removed = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    const file = path.join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined || nowMs - found.mtimeMs < olderThanMs) continue;
    await rm(file, { force: true });
    removed++;
  }
  return removed;
}
