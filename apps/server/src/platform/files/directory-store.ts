/** Evidence files in a directory: `<directory>/objects/ab/<digest>`. */
import { constants, createReadStream } from "node:fs";
import { access, copyFile, link, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";

import { FileError, type FileStore, requireDigest } from "./store.ts";

/** Characters of the digest that make a folder: 256 folders keep each one small. */
const FOLDER_CHARS = 2;

export function directoryStore(directory: string): FileStore {
  const fileOf = (digest: string) =>
    path.join(directory, "objects", requireDigest(digest).slice(0, FOLDER_CHARS), digest);
  return {
    async put(digest, source) {
      const target = fileOf(digest);
      const folder = path.dirname(target);
      if (await isThere(target)) return;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await placeWhole(source, target);
      await syncFolder(folder);
      await syncFolder(path.dirname(folder));
    },
    async open(digest) {
      const file = fileOf(digest);
      if (!(await isThere(file))) throw new FileError("missing", `The evidence file ${digest} is not in ${directory}.`);
      return createReadStream(file);
    },
    has: async (digest) => isThere(fileOf(digest)),
    async remove(digest) {
      await rm(fileOf(digest), { force: true });
    },
  };
}

async function isThere(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/** Under its name it is whole or not at all. The source is on the disk already; across file systems it is copied. */
async function placeWhole(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "EXDEV" && code !== "EPERM" && code !== "ENOTSUP") throw error;
    const draft = `${target}.${process.pid}.part`;
    await copyFile(source, draft);
    await syncFile(draft);
    await rename(draft, target);
  }
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes names durable; Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
