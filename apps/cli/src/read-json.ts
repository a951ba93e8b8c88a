/** A file that another tool wrote. */
import { readFile } from "node:fs/promises";

import { UsageError } from "./usage.ts";

/** @param file `-` reads standard input. @throws UsageError where it can't be read as JSON. */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file === "-" ? "/dev/stdin" : file, "utf8")) as unknown;
  } catch (cause) {
    throw new UsageError(`${file} can't be read as JSON.`, { cause });
  }
}
