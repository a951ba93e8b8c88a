/** `steward ledger export`: the audit pack as files, from which anybody verifies the log. */
import {
  CHECKPOINT_PATH,
  decodeManifest,
  MANIFEST_PATH,
  type PackFile,
  packFiles,
  type PackReader,
} from "@steward/ledger";

import type { Server } from "../server.ts";
import { UsageError } from "../usage.ts";
import { folderPack, makeEmptyFolder, writePackFile } from "./folder.ts";
import { print, progress, reportVerification } from "./report.ts";
import { readLedger, serverPack } from "./server.ts";
import { verify, wasErasedMeanwhile } from "./verify.ts";

/** Files that are downloaded at once: the server answers one while another travels. */
const CONCURRENT_FILES = 4;
/** Bodies that are erased while a pack is written fit only a newer one. */
const ATTEMPTS = 3;

/** Downloads and verifies; answers whether nothing was found. @throws UsageError */
export async function exportPack(folder: string, server: Server): Promise<boolean> {
  await makeEmptyFolder(folder);
  for (let attempt = 1; ; attempt++) {
    const { checkpoint, verificationKey } = await readLedger(server);
    await download(serverPack(server, checkpoint.size), folder);
    const verification = await verify(await folderPack(folder), {});
    if (attempt < ATTEMPTS && wasErasedMeanwhile(verification)) continue;
    const ok = reportVerification(verification);
    print(`Exported to ${folder}. Key of the log: ${verificationKey}`);
    return ok;
  }
}

/** The manifest comes last: a pack that has one is complete. */
async function download(pack: PackReader, folder: string): Promise<void> {
  const manifest = await pack.read(MANIFEST_PATH);
  const checkpoint = await pack.read(CHECKPOINT_PATH);
  if (manifest === undefined || checkpoint === undefined) throw new UsageError("The server has no pack of this log.");
  const { size, earlierCheckpoints } = decodeManifest(manifest);
  const files = [...packFiles(size, earlierCheckpoints)].filter(({ kind }) => kind !== "manifest");
  const tell = progress("Downloaded");
  let next = 0;
  let done = 0;
  const take = async () => {
    while (next < files.length) {
      const { kind, path } = files[next++] as PackFile;
      const bytes = kind === "checkpoint" ? checkpoint : await pack.read(path);
      // Entries that disclose nothing have no file; anything else that is missing is for the verification to say.
      if (bytes !== undefined) await writePackFile(folder, path, bytes);
      tell(++done, files.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_FILES }, take));
  await writePackFile(folder, MANIFEST_PATH, manifest);
}
