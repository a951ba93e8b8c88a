/** A pack as files in a folder. */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

import { MANIFEST_PATH, type PackReader } from "@steward/ledger";

import { UsageError } from "../usage.ts";

/** @throws UsageError where the folder holds no pack. */
export async function folderPack(folder: string): Promise<PackReader> {
  const found = await stat(path.join(folder, MANIFEST_PATH)).catch(() => undefined);
  if (!found?.isFile()) throw new UsageError(`${folder} holds no pack: it has no ${MANIFEST_PATH}.`);
  return {
    async read(file) {
      try {
        return await readFile(path.join(folder, ...file.split("/")));
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
        throw new UsageError(`${file} cannot be read: ${String(code)}.`, { cause: error });
      }
    },
  };
}

/** @throws UsageError where there is something in the folder already. */
export async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new UsageError(`${folder} is not empty; choose another folder.`);
}

export async function writePackFile(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  const target = path.join(folder, ...file.split("/"));
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, bytes);
}

/** @throws UsageError naming the file. */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UsageError(`${file} cannot be read.`, { cause });
  }
}
